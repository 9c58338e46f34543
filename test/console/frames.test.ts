import { readFile } from 'node:fs/promises'
import file from 'tap'
import { startApp } from '../helpers/app.ts'
import { makeChat as createChat, register } from '../helpers/people.ts'
import { openSocket } from '../helpers/socket.ts'
import { axeFaultsInBoth, openWindow, options } from './browser.ts'
import { message, password } from './scene.ts'

file.test('the frames of the socket', options, async t => {
  const app = await startApp(t)
  const [ann, bob] = await Promise.all([register(app, 'ann'), register(app, 'bob')])
  const chat = await createChat(app, ann, 'group', [bob])
  const { page, complaints } = await openWindow(t)
  await page.goto(`${app.url}/console#chat=${chat.id}`)
  await page.getByLabel('Email or username').fill('ann@example.com')
  await page.getByLabel('Password').fill(password)
  await page.getByLabel('Password').press('Enter')
  await page.getByRole('heading', { name: 'A chat' }).waitFor()
  const rows = page.locator('.frame')
  const form = page.getByRole('form', { name: 'Send a frame' })
  const choose = async (name: string) => await form.getByRole('combobox', { name: 'Frame', exact: true }).selectOption(name)
  const outcome = (text: string | RegExp) => form.locator('.outcome', { hasText: text })
  const field = (member: string) => form.locator(`#field-${member}`)
  const fault = (member: string, words: string | RegExp) => form.locator(`#about-${member} .fault`, { hasText: words })
  const filter = (name: string) => page.getByRole('combobox', { name })
  const note = async () => await page.locator('.frames .pane-head .note').innerText()

  await t.test('the list of commands is that of the served document, and each begins without a fault', async t => {
    const { body } = await app.root('GET', '/asyncapi.json')
    const commands = Object.values<any>(body.components.messages).filter(({ payload }) => payload.$ref?.endsWith('Command')).map(({ name }) => name)
    t.ok(commands.length >= 12)
    t.same(await form.getByRole('combobox', { name: 'Frame', exact: true }).locator('option').allInnerTexts(), commands)
    for (const name of commands) {
      await choose(name)
      const { type } = JSON.parse(await form.locator('#frame-text').inputValue())
      t.equal(type, name)
      // A chat without a message has no message, and nothing runs in it: there the example's ids stand.
      t.same(await form.locator('.fault').allInnerTexts(), [], `${name} as it stands`)
    }
  })

  await t.test('what is wrong is told beside its field before anything is sent', async t => {
    await choose('message')
    t.equal(await field('chat_id').inputValue(), chat.id, 'the chat on the screen is filled in')
    await field('content').fill('')
    await fault('content', 'is needed').waitFor()
    await field('chat_id').fill('nowhere')
    await fault('chat_id', 'must be an id').waitFor()
    const before = await rows.count()
    await field('content').press('Control+Enter')
    await outcome('2 things are wrong').waitFor()
    t.equal(await rows.locator(':text-is("message")').count(), 0, 'nothing was sent')
    t.equal(await rows.count(), before)
    await form.locator('#frame-text').fill('{"type":"message"')
    await form.locator('#frame-fault', { hasText: 'This is not JSON' }).waitFor()
    await form.locator('#frame-text').fill('{"type":"shout"}')
    await form.locator('#frame-fault', { hasText: '"type" must be one of: authenticate, subscribe' }).waitFor()
    await form.locator('#frame-text').fill(JSON.stringify({ type: 'message', chat_id: chat.id, content: 'x'.repeat(10_001) }))
    await form.locator('.fault', { hasText: 'must have at most 10000 characters' }).waitFor()
  })

  await t.test('a good frame goes with Ctrl+Enter, and is brought back', async t => {
    await choose('message')
    await field('content').fill('By hand')
    await field('content').press('Control+Enter')
    await outcome(/^Answered by ack after \d+ ms/).waitFor()
    await message(page, 'By hand').waitFor()
    await choose('ping')
    await form.getByRole('combobox', { name: 'Sent before' }).selectOption({ index: 1 })
    t.match(JSON.parse(await form.locator('#frame-text').inputValue()), { type: 'message', content: 'By hand' }, 'from the list')
    await choose('ping')
    await form.locator('#frame-text').press('Control+Home')
    await form.locator('#frame-text').press('ArrowUp')
    t.match(JSON.parse(await form.locator('#frame-text').inputValue()), { type: 'message', content: 'By hand' }, 'and by the arrow')
    t.same(await page.evaluate('JSON.parse(sessionStorage.getItem("parley-sent-frames")).length'), 1)
  })

  await t.test('a refusal of the server stands beside the field it names', async t => {
    const refused = async (member: string, words: RegExp, code: string) => {
      await field(member).press('Control+Enter')
      await outcome(code).waitFor()
      await fault(member, words).waitFor()
    }
    await choose('read')
    await field('seq').fill('999999')
    await refused('seq', /must not be over/, 'validation_failed')
    await choose('message')
    await field('chat_id').fill('0123456789abcdef01234567')
    await refused('chat_id', /no such chat/, 'chat_not_found')
    await choose('react')
    await field('emoji').fill('two')
    await refused('emoji', /emoji/, 'validation_failed')
    t.pass('three fields')
  })

  await t.test('a frame is spread out, by mouse or keyboard', async t => {
    const last = rows.last()
    await last.click()
    t.equal(JSON.parse(await page.locator('.frame-detail pre').innerText()).type, 'error')
    t.same(await axeFaultsInBoth(page), [], 'axe on the frames')
    await page.locator('.frame[aria-expanded=true]').press('Escape')
    await page.locator('.frame-detail').waitFor({ state: 'detached' })
    await last.focus()
    await page.keyboard.press('ArrowUp')
    await page.locator('.frame.out:focus').waitFor()
    await page.keyboard.press('Enter')
    t.equal(JSON.parse(await page.locator('.frame-detail pre').innerText()).type, 'react', 'one further up')
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByRole('button', { name: 'Copy' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    t.match(JSON.parse(await page.evaluate('navigator.clipboard.readText()')), { type: 'react', emoji: 'two' })
    await page.locator('.frame[aria-expanded=true]').click()
  })

  await t.test('frames are filtered by type, chat and text, and leave as a file', async t => {
    await filter('All types').selectOption('error')
    t.same(await rows.locator('b').allInnerTexts(), ['error', 'error', 'error'])
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: '.jsonl' }).click()
    const lines = (await readFile(await (await download).path(), 'utf8')).trim().split('\n').map(line => JSON.parse(line))
    t.match(lines, [{ direction: 'in', type: 'error', frame: { code: 'validation_failed' } }, { frame: { code: 'chat_not_found' } }, { frame: { code: 'validation_failed' } }])
    t.equal(lines.length, 3)
    await filter('All types').selectOption('')
    await filter('All chats').selectOption({ label: 'A chat' })
    t.ok((await rows.locator('b').allInnerTexts()).includes('new_message') && !(await rows.locator('b').allInnerTexts()).includes('hello'))
    await page.getByRole('searchbox', { name: 'Search in frames' }).fill('by hand')
    await rows.nth(2).waitFor({ state: 'detached' })
    t.same(await rows.locator('b').allInnerTexts(), ['message', 'new_message'])
    t.match(await note(), /^2 of \d+$/)
    const whole = page.waitForEvent('download')
    await page.getByRole('button', { name: '.json', exact: true }).click()
    t.equal(JSON.parse(await readFile(await (await whole).path(), 'utf8')).length, 2)
    await page.getByRole('searchbox', { name: 'Search in frames' }).fill('')
    await filter('All chats').selectOption('')
  })

  await t.test('a paused list stands still and misses nothing; a cleared one is empty', async t => {
    const socket = await openSocket(t, `${app.api}/ws/${chat.id}?token=${bob.token}`)
    await socket.next('subscribed')
    // Else that somebody came could be the first frame of the list that was just cleared.
    await rows.locator('b:text-is("user_joined")').waitFor()
    await page.getByRole('button', { name: 'Clear' }).click()
    await page.getByText('No frames yet.').waitFor()
    await page.getByRole('button', { name: 'Pause' }).click()
    socket.send({ type: 'message', chat_id: chat.id, content: 'While paused' })
    await message(page, 'While paused').waitFor()
    const resume = page.getByRole('button', { name: /^Resume \(\d+ new\)$/ })
    await resume.waitFor()
    t.equal(await rows.count(), 0)
    await resume.click()
    await rows.locator('b:text-is("new_message")').waitFor()
  })

  await t.test('thousands of frames leave the page quick: the last 2,000 are kept, few are drawn', async t => {
    const socket = await openSocket(t, `${app.api}/ws/${chat.id}?token=${bob.token}`)
    await page.evaluate('window.gaps = []; let last = performance.now(); const beat = now => { window.gaps.push(now - last); last = now; requestAnimationFrame(beat) }; requestAnimationFrame(beat)')
    const began = Date.now()
    for (let sent = 0; sent < 2600; sent++) {
      socket.send({ type: 'typing', chat_id: chat.id, content: sent % 2 === 0 ? 'start' : 'stop' })
      // 500 a second on purpose: what is tried is a page that is given more than it can draw.
      if (sent % 50 === 49) await new Promise(resolve => { setTimeout(resolve, 100) })
    }
    socket.send({ type: 'message', chat_id: chat.id, content: 'The last' })
    await message(page, 'The last').waitFor()
    await rows.locator('b:text-is("new_message")').last().waitFor()
    const gaps = await page.evaluate<number[]>('window.gaps')
    t.comment(`${Math.round(2600 / (Date.now() - began) * 1000)} frames a second, ${gaps.length} pictures, the longest pause ${Math.round(Math.max(...gaps))} ms`)
    t.equal(await note(), '2000')
    t.ok(await rows.count() < 60, 'only what is seen is drawn')
    t.ok(gaps.length > 20, 'it was drawn all the while')
  })

  t.same(complaints, [])
})
