import file from 'tap'
import { startApp } from '../helpers/app.ts'
import { startProvider } from '../helpers/provider.ts'
import { axeFaults, openWindow, options } from './browser.ts'
import { branchFrom, lane, makeChat, message, say, signUp, use } from './scene.ts'

file.test('a conversation with a model', options, async t => {
  const provider = await startProvider(t)
  const { url } = await startApp(t, provider.settings)
  const { page, complaints } = await openWindow(t)
  await signUp(page, url, 'ann')
  await makeChat(page, 'Assistant', { title: 'Logs' })
  const reply = page.locator('.message.model').last()

  await t.test('a reply is read while it is written', async t => {
    const held = provider.hold({ after: 3, text: 'One two three four five' })
    await say(page, 'Count.')
    await held.arrived
    await reply.locator('.bubble', { hasText: /^One two three$/ }).waitFor()
    t.same(await axeFaults(page), [], 'axe on a reply that is being written')
    held.release()
    await reply.locator('.bubble', { hasText: /^One two three four five$/ }).waitFor()
    await page.getByRole('button', { name: 'Send', exact: true }).waitFor()
  })

  await t.test('a reply that is stopped keeps what was written', async () => {
    const held = provider.hold({ after: 2, text: 'Six seven eight' })
    await say(page, 'Go on.')
    await reply.locator('.bubble', { hasText: /^Six seven$/ }).waitFor()
    await page.getByRole('button', { name: 'Stop the reply' }).click()
    await held.disconnected
    await reply.locator('.ending', { hasText: 'stopped' }).waitFor()
    await reply.locator('.bubble', { hasText: /^Six seven$/ }).waitFor()
  })

  await t.test('a reply is written again, and one goes from one to the other', async t => {
    provider.next({ text: 'Six seven eight nine' })
    await use(page, 'Six seven', 'Write again')
    await reply.locator('.bubble', { hasText: 'Six seven eight nine' }).waitFor()
    await reply.getByRole('img', { name: 'Alternative 2 of 2' }).waitFor()
    t.equal(await lane(page, /^alternative \d+ active/).getAttribute('aria-selected'), 'true', 'the tree shows the new one')
    await reply.getByRole('button', { name: 'The alternative before' }).click()
    await reply.getByRole('img', { name: 'Alternative 1 of 2' }).waitFor()
    await reply.locator('.bubble', { hasText: /^Six seven$/ }).waitFor()
    await lane(page, /^main active/).waitFor()
    await reply.getByRole('button', { name: 'The next alternative' }).click()
    await reply.locator('.bubble', { hasText: 'Six seven eight nine' }).waitFor()
  })

  await t.test('a reply that ends while a page is read does not stay as that page has it', async () => {
    const held = provider.hold({ after: 2, text: 'Ten eleven twelve' })
    await page.route('**/api/v1/chats/*/messages?*', async route => {
      const response = await route.fetch()
      held.release()
      await page.locator('[aria-live]', { hasText: 'AI: Ten eleven twelve' }).waitFor({ state: 'attached' })
      await route.fulfill({ response })
    }, { times: 1 })
    await use(page, 'Six seven', 'Write again')
    await reply.locator('.bubble', { hasText: /^Ten eleven twelve$/ }).waitFor()
    await page.getByRole('button', { name: 'Send', exact: true }).waitFor()
  })

  await t.test('what was written of a reply while its page was read is shown, and what comes after it', async () => {
    const held = provider.hold({ after: 2, text: 'Thirteen fourteen fifteen' })
    await page.route('**/api/v1/chats/*/messages?*', async route => {
      const response = await route.fetch()
      await page.locator('.frame', { hasText: 'reply_delta' }).filter({ hasText: 'fourteen' }).first().waitFor({ state: 'attached' })
      await route.fulfill({ response })
    }, { times: 1 })
    await use(page, 'Ten eleven', 'Write again')
    await reply.locator('.bubble', { hasText: /^Thirteen fourteen$/ }).waitFor()
    held.release()
    await reply.locator('.bubble', { hasText: /^Thirteen fourteen fifteen$/ }).waitFor()
    await page.getByRole('button', { name: 'Send', exact: true }).waitFor()
  })

  await t.test('a branch goes its own way, and the model is told of its path alone', async t => {
    await branchFrom(page, 'One two three', 'Backwards')
    await lane(page, /^Backwards active 2 messages/).waitFor()
    await page.locator('.message', { hasText: 'Six' }).first().waitFor({ state: 'detached' })
    provider.next({ text: 'Five four three' })
    await say(page, 'Backwards now.')
    await message(page, 'Five four three').waitFor()
    const { messages } = provider.received.at(-1)!.body
    t.same(messages.map(({ content }: { content: string }) => content).slice(-3), ['Count.', 'One two three four five', 'Backwards now.'])
  })

  await t.test('a model that fails is told with the reply', async () => {
    provider.next({ fault: 'status', status: 401 })
    await say(page, 'And now?')
    await reply.locator('.ending', { hasText: 'failed: ai_refused' }).waitFor()
  })

  t.same(complaints, [])
})
