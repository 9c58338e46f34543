import file from 'tap'
import { startApp } from '../helpers/app.ts'
import { axeFaults, axeFaultsInBoth, openWindow, options } from './browser.ts'
import { branchFrom, lane, makeChat, message, password, say, signUp, use } from './scene.ts'

file.test('two people in two windows', options, async t => {
  const { url, request } = await startApp(t)
  const { page: ann, complaints: ofAnn } = await openWindow(t)
  const { page: bob, complaints: ofBob } = await openWindow(t)
  let chatId = ''

  await t.test('a form tells at its fields what is wrong', async t => {
    await ann.goto(`${url}/console`)
    await ann.getByRole('heading', { name: 'Sign in' }).waitFor()
    t.same(await axeFaultsInBoth(ann), [], 'axe on the first screen')
    t.match(await ann.locator('.welcome').innerText(), /New chat.*second window.*npm run demo/s, 'it leads on')
    await ann.getByRole('button', { name: 'Make an account' }).click()
    await ann.getByLabel('Email').fill('ann')
    await ann.getByLabel('Password').fill('short')
    await ann.getByRole('button', { name: 'Register' }).click()
    await ann.locator('#email-about', { hasText: 'looks like' }).waitFor()
    t.match(await ann.locator('#password-about').innerText(), /at least 8 characters/)
    t.equal(await ann.evaluate('document.activeElement.id'), 'email', 'the first faulty field has the focus')
    t.same(ofAnn.splice(0), ['console: Failed to load resource: the server responded with a status of 400 (Bad Request)'])
    await signUp(ann, url, 'ann')
    await signUp(bob, url, 'bob')
  })

  await t.test('a wrong password is told in words, and a name that is taken', async t => {
    const { page, complaints } = await openWindow(t)
    await page.goto(`${url}/console`)
    await page.getByLabel('Email or username').fill('ann')
    await page.getByLabel('Password').fill('wrong horse battery')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.locator('#password-about', { hasText: 'The name or the password is wrong.' }).waitFor()
    await page.getByLabel('Password').fill(password)
    await page.getByLabel('Password').press('Enter')
    await page.locator('.top .name', { hasText: 'ann' }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    t.equal(await page.evaluate('sessionStorage.length'), 0, 'nothing is kept')
    t.same(complaints, ['console: Failed to load resource: the server responded with a status of 401 (Unauthorized)'])
  })

  await t.test('a chat shows up at the other, messages come both ways, and reading is seen', async t => {
    chatId = await makeChat(ann, 'Group', { title: 'Trip to Lisbon', people: ['bob'] })
    await say(ann, 'Shall we go to Lisbon in May?')
    await bob.locator('.chat', { hasText: 'Trip to Lisbon' }).locator('.unread', { hasText: '1' }).waitFor()
    await bob.locator('.chat', { hasText: 'Trip to Lisbon' }).click()
    await message(bob, 'Lisbon in May').waitFor()
    t.equal(new URL(bob.url()).hash, `#chat=${chatId}`)
    await message(ann, 'Lisbon in May').locator('.readers', { hasText: 'Seen by bob' }).waitFor()
    await bob.locator('.chat .unread').waitFor({ state: 'detached' })
    await ann.locator('.pane-head', { hasText: 'bob online' }).waitFor()
    await say(bob, 'Yes! I have two weeks.')
    await message(ann, 'two weeks').waitFor()
    t.equal(await message(bob, 'two weeks').count(), 1, 'what was shown at once is not shown twice')
    t.equal(await bob.locator('.sending').count(), 0)
  })

  await t.test('typing is seen, and its end', async () => {
    await ann.getByRole('textbox', { name: 'Message' }).pressSequentially('Then')
    await bob.locator('.typing', { hasText: 'ann is typing' }).waitFor()
    await ann.getByRole('textbox', { name: 'Message' }).fill('')
    await bob.locator('.typing', { hasText: 'ann is typing' }).waitFor({ state: 'detached' })
  })

  await t.test('replies, edits, reactions and deletions are seen', async t => {
    await use(ann, 'two weeks', 'Reply')
    await say(ann, 'Then a flat near Alfama.')
    await message(bob, 'Alfama').locator('.answered', { hasText: 'two weeks' }).waitFor()
    await use(ann, 'Alfama', 'Edit')
    await ann.getByRole('textbox', { name: 'New text' }).fill('Then a flat in Alfama.')
    await ann.getByRole('textbox', { name: 'New text' }).press('Enter')
    await message(bob, 'flat in Alfama').locator('.by', { hasText: 'edited' }).waitFor()
    await use(bob, 'flat in Alfama', 'React')
    await bob.getByRole('button', { name: 'React with 👍' }).click()
    await message(ann, 'flat in Alfama').getByRole('button', { name: '👍 by bob' }).waitFor()
    await say(bob, 'Nonsense')
    await message(ann, 'Nonsense').waitFor()
    await use(bob, 'Nonsense', 'Delete')
    await bob.getByRole('dialog').press('Escape')
    t.equal(await message(bob, 'Nonsense').count(), 1, 'Escape closes the question and deletes nothing')
    await use(bob, 'Nonsense', 'Delete')
    await bob.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click()
    await message(ann, 'This message was deleted.').waitFor()
    t.equal(await message(ann, 'Nonsense').count(), 0)
  })

  await t.test('a branch is drawn at both, and one goes there by mouse or keyboard', async t => {
    await branchFrom(ann, 'two weeks', 'Porto instead')
    await say(ann, 'Or Porto?')
    await message(ann, 'Or Porto').waitFor()
    t.equal(await message(ann, 'Alfama').count(), 0, 'the new branch has its own end')
    await lane(bob, /^Porto instead 3 messages, forked after message 2/).waitFor()
    t.equal(await message(bob, 'Or Porto').count(), 0, 'the other stays where they read')
    await lane(bob, /^Porto instead/).click()
    await message(bob, 'Or Porto').waitFor()
    await bob.getByRole('listbox', { name: 'Branches' }).press('ArrowUp')
    await bob.getByRole('listbox', { name: 'Branches' }).press('Enter')
    await message(bob, 'flat in Alfama').waitFor()
    t.equal(await lane(bob, /^main/).getAttribute('aria-selected'), 'true')
    await ann.getByRole('button', { name: 'Make it active for all' }).click()
    await lane(bob, /^Porto instead active/).waitFor()
    await message(bob, 'Or Porto').waitFor()
    t.same(await axeFaultsInBoth(ann), [], 'axe on the conversation')
  })

  await t.test('on a phone the panes are tabs', async t => {
    await bob.setViewportSize({ width: 360, height: 740 })
    for (const [name, what] of [['Chats', '.chat-list'], ['Conversation', '.messages'], ['Frames', '.frame-list']] as const) {
      await bob.getByRole('tab', { name }).click()
      await bob.locator(what).waitFor()
      t.equal(await bob.evaluate('document.documentElement.scrollWidth'), 360, `${name} is no wider than the screen`)
      t.same(await axeFaults(bob), [], `axe on ${name}`)
    }
    await bob.getByRole('tab', { name: 'Frames' }).press('ArrowLeft')
    await bob.locator('.messages').waitFor()
    t.same(await axeFaultsInBoth(bob), [], 'axe on a phone')
  })

  await t.test('an address leads to its chat, and older messages come when one scrolls up', async t => {
    const { access_token: token } = JSON.parse(await ann.evaluate<string>('sessionStorage.getItem("parley-session")'))
    for (let i = 1; i <= 60; i++) await request('POST', `/chats/${chatId}/messages`, { token, body: { content: `Number ${i}.` } })
    await message(ann, 'Number 60.').waitFor()
    await ann.reload()
    await message(ann, 'Number 60.').waitFor()
    t.equal(await message(ann, 'Lisbon in May').count(), 0, 'the first are not loaded yet')
    await ann.locator('.messages').evaluate((element: any) => { element.scrollTop = 0 })
    await message(ann, 'Lisbon in May').waitFor()
    t.ok(await ann.locator('.messages').evaluate((element: any) => element.scrollTop > 0), 'what was read stays in sight')
    t.same(await ann.locator('.message .bubble').allInnerTexts(), ['Shall we go to Lisbon in May?', 'Yes! I have two weeks.', 'Or Porto?', ...Array.from({ length: 60 }, (_, i) => `Number ${i + 1}.`)], 'each once and in order')
  })

  await t.test('without any key the offline model answers, token by token', async t => {
    await makeChat(ann, 'Assistant')
    await say(ann, 'What is a message log?')
    await ann.locator('.message.model:not(.streams)', { hasText: 'no language model' }).waitFor()
    await ann.getByRole('combobox', { name: 'All types' }).selectOption('reply_delta')
    t.ok(await ann.locator('.frame').count() > 5, 'in pieces')
  })

  t.same([...ofAnn, ...ofBob], [], 'no page complained')
})
