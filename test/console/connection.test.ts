import file from 'tap'
import { testSettings } from '../helpers/app.ts'
import { startServer } from '../helpers/process.ts'
import { openWindow, options } from './browser.ts'
import { makeChat, message, say, signUp } from './scene.ts'

/** What Chromium itself says in the console of a server that is away; nothing else is expected then. */
const away = [
  /^console: Failed to load resource: net::ERR_CONNECTION_REFUSED$/,
  /^console: WebSocket connection to 'ws:\/\/127\.0\.0\.1:\d+\/api\/v1\/ws\?ticket=[^']+' failed:/
]
const others = (complaints: string[]) => complaints.filter(complaint => !away.some(expected => expected.test(complaint)))

file.test('the connection, in words', options, async all => {
  const settings = testSettings()
  const first = await startServer(all, settings)
  const { url } = first
  const port = new URL(url).port
  const { page: ann, complaints: ofAnn } = await openWindow(all)
  const { page: bob, complaints: ofBob } = await openWindow(all)
  await signUp(ann, url, 'ann')
  await signUp(bob, url, 'bob')
  const chatId = await makeChat(ann, 'Direct', { people: ['bob'] })
  await say(ann, 'Before')
  await bob.locator('.chat', { hasText: 'ann' }).click()
  await message(bob, 'Before').waitFor()

  await all.test('a server that stops says so; what is written meanwhile arrives once when it is back', async t => {
    t.same([...ofAnn, ...ofBob], [])
    first.kill()
    await ann.locator('.banner', { hasText: 'The server is stopping.' }).waitFor()
    await first.stopped
    await ann.locator('.banner', { hasText: 'Connection lost: the server cannot be reached.' }).waitFor()
    t.match(await ann.locator('.banner').innerText(), /Trying again (in \d+ s|…)/)
    await say(bob, 'While it was away')
    await bob.locator('.sending .state', { hasText: 'Goes as soon as the connection is back' }).waitFor()
    await startServer(all, { ...settings, PORT: port })
    await ann.getByRole('button', { name: 'Now' }).click({ timeout: 2000 }).catch(() => {})
    await message(ann, 'While it was away').waitFor()
    await bob.locator('.sending').waitFor({ state: 'detached' })
    await say(ann, 'Back again')
    await message(bob, 'Back again').waitFor()
    for (const page of [ann, bob]) t.same(await page.locator('.message .bubble').allInnerTexts(), ['Before', 'While it was away', 'Back again'], 'each once')
    await ann.locator('.banner.open').waitFor({ state: 'attached' })
    t.same(others([...ofAnn.splice(0), ...ofBob.splice(0)]), [])
  })

  await all.test('a handshake that is refused tells the status and the code', async t => {
    const { page, complaints } = await openWindow(t)
    await page.route('**/api/v1/auth/ws-ticket', async route => {
      await route.fulfill({ status: 503, contentType: 'application/problem+json', headers: { 'retry-after': '1' }, body: JSON.stringify({ code: 'database_unavailable', detail: 'The database cannot be reached.', status: 503 }) })
    })
    await signUp(page, url, 'cat')
    await page.locator('.banner', { hasText: 'The server refused: HTTP 503, database_unavailable. The database cannot be reached.' }).waitFor()
    await page.unroute('**/api/v1/auth/ws-ticket')
    await page.locator('.banner.open').waitFor({ state: 'attached' })
    t.same([...new Set(complaints)], ['console: Failed to load resource: the server responded with a status of 503 (Service Unavailable)'])
  })

  await all.test('and so does one that the browser tells nothing of', async t => {
    const { page, complaints } = await openWindow(t)
    await page.addInitScript("const Real = WebSocket; window.WebSocket = class extends Real { constructor () { super(location.origin.replace('http', 'ws') + '/nowhere') } }")
    await page.route('**/api/v1/ws', async route => {
      await route.fulfill({ status: 403, contentType: 'application/problem+json', body: JSON.stringify({ code: 'origin_not_allowed', detail: 'This origin may not open a socket.', status: 403 }) })
    })
    await signUp(page, url, 'dan')
    await page.locator('.banner', { hasText: 'The server refused the socket: HTTP 403, origin_not_allowed. This origin may not open a socket.' }).waitFor()
    t.same(complaints.filter(complaint => !/status of 403|WebSocket connection to .*\/nowhere' failed/.test(complaint)), [])
  })

  await all.test('a session that was ended elsewhere asks to sign in again', async t => {
    const tokens = JSON.parse(await ann.evaluate<string>('sessionStorage.getItem("parley-session")'))
    const answer = await fetch(`${url}/api/v1/auth/logout`, { method: 'POST', headers: { authorization: `Bearer ${tokens.access_token}` } })
    t.equal(answer.status, 204)
    await ann.getByRole('alert').filter({ hasText: 'Your session ended: sign in again.' }).waitFor()
    await ann.getByLabel('Email or username').fill('ann')
    await ann.getByLabel('Password').fill('correct horse battery')
    await ann.getByLabel('Password').press('Enter')
    await message(ann, 'Back again').waitFor()
    t.equal(new URL(ann.url()).hash, `#chat=${chatId}`, 'the chat is still there')
    t.same(ofAnn.filter(complaint => !/401 \(Unauthorized\)$/.test(complaint)), [])
  })

  all.same(others(ofBob), [])
})
