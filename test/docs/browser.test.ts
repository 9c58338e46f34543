import axe from 'axe-core'
import type { Locator, Page } from 'playwright-core'
import file from 'tap'
import { asRead } from '../helpers/people.ts'
import { startApp } from '../helpers/app.ts'
import { chromiumPath, openTab } from './browser.ts'

const executable = chromiumPath()
const options = executable ? {} : { skip: 'there is no Chromium here: install it, or name it by CHROMIUM' }

const operation = (page: Page, method: string, path: string): Locator =>
  page.locator('.opblock').filter({ has: page.locator(`.opblock-summary-method:text-is("${method}")`) }).filter({ has: page.locator(`[data-path="${path}"]`) })

/** Opens an operation, fills in what a step names, presses Execute, and answers what the page then shows. */
async function execute (page: Page, method: string, path: string, values: Record<string, string> = {}): Promise<{ status: number, body: any }> {
  const block = operation(page, method, path)
  if (await block.locator('.opblock-body').count() === 0) await block.locator('.opblock-summary-control').click()
  for (const [name, value] of Object.entries(values)) await block.locator(`tr[data-param-name="${name}"] input`).fill(value)
  const fits = new RegExp(`${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`)
  const answered = page.waitForResponse(answer => answer.request().method() === method && fits.test(new URL(answer.url()).pathname))
  await block.locator('button.execute').click()
  const answer = await answered
  const shown = block.locator('.live-responses-table .response', { hasText: String(answer.status()) })
  await shown.locator('.highlight-code code', { hasText: /\S/ }).first().waitFor()
  return { status: answer.status(), body: await answer.json() }
}

file.test('the first screen of /docs leads to the first message, word by word', options, async t => {
  const { url } = await startApp(t, { RATE_LIMIT: 'on' })
  const { page, complaints } = await openTab(t, file, executable!)
  await page.goto(`${url}/docs`)
  await page.locator('.opblock').first().waitFor()

  const steps = page.locator('.info ol li')
  t.equal(await steps.count(), 5)
  for (const step of await steps.all()) {
    const box = (await step.boundingBox())!
    t.ok(box.y >= 0 && box.y + box.height <= 850 && box.height < 40, 'a step is one line of the first screen', { box })
  }
  const words = await steps.allInnerTexts()
  t.match(words[0], /POST \/api\/v1\/auth\/register.*Execute/)
  t.equal(await page.title(), 'Parley: the API')
  t.same(await page.locator('.opblock-tag').evaluateAll((tags: any[]) => tags.map(tag => tag.dataset.tag)), ['auth', 'users', 'chats', 'messages', 'branches', 'ai', 'admin', 'realtime', 'system'])

  const registered = await execute(page, 'POST', '/api/v1/auth/register')
  t.equal(registered.status, 201, 'step 1', registered)

  const [name, password] = await steps.nth(1).locator('code').allInnerTexts() as [string, string]
  t.match(registered.body.user, { email: name })
  await page.locator('.scheme-container button.authorize').click()
  const form = page.locator('.auth-container').first()
  t.match(await form.innerText(), /password \(OAuth2, password\)/, 'the form of the step is the first one')
  t.equal(await page.locator('.modal-ux-content').evaluate((content: any) => content.scrollTop), 0, 'and is not scrolled away')
  await form.locator('#oauth_username').fill(name)
  await form.locator('#oauth_password').fill(password)
  await form.locator('button.authorize').click()
  await form.locator('button:text-is("Logout")').waitFor()
  t.pass('step 2')
  await page.locator('.auth-container button.btn-done').first().click()

  const chat = await execute(page, 'POST', '/api/v1/chats')
  t.equal(chat.status, 201, 'step 3', chat)
  const sent = await execute(page, 'POST', '/api/v1/chats/{chat_id}/messages', { chat_id: chat.body.id })
  t.equal(sent.status, 201, 'step 4', sent)
  const read = await execute(page, 'GET', '/api/v1/chats/{chat_id}/messages', { chat_id: chat.body.id })
  t.equal(read.status, 200, 'step 5', read)
  t.same(read.body.items, [asRead(sent.body)])
  const asked = await execute(page, 'POST', '/api/v1/chats/{chat_id}/completions', { chat_id: chat.body.id })
  t.match(asked, { status: 200, body: { reply: { role: 'assistant', status: 'complete', content: /no language model/ } } }, 'a model answers the example as it stands')

  await t.test('what can be tried without a body works as it stands, too, with a token', async t => {
    await page.locator('.scheme-container button.authorize').click()
    await form.locator('button:text-is("Logout")').click()
    const bearer = page.locator('.auth-container').nth(1)
    await bearer.locator('input').fill(registered.body.access_token)
    await bearer.locator('button.authorize').click()
    await page.locator('.auth-container button.btn-done').first().click()
    for (const path of ['/api/v1/auth/sessions', '/api/v1/users/search', '/api/v1/chats', '/health']) {
      const { status } = await execute(page, 'GET', path)
      t.equal(status, 200, path)
    }
  })
  t.same(complaints, [])

  await t.test('whoever comes second', async t => {
    const again = await execute(page, 'POST', '/api/v1/auth/register')
    t.match(again, { status: 409, body: { code: 'email_taken' } }, 'sees the answer that step 1 speaks of')
    t.match(words[0], /409/)
    const second = await execute(page, 'POST', '/api/v1/chats/{chat_id}/messages', { chat_id: chat.body.id })
    t.equal(second.status, 201, 'and a message sent twice is two messages')
    t.not(second.body.id, sent.body.id)
  })
})

file.test('/redoc shows the whole document', options, async t => {
  const { url } = await startApp(t)
  const { page, complaints } = await openTab(t, file, executable!)
  await page.goto(`${url}/redoc`)
  await page.locator('.api-content h2:has-text("Who is online in a chat")').waitFor()
  t.match(await page.locator('.api-content h1').first().innerText(), /^Parley/)
  t.same(await page.locator('.menu-content > div > ul > li > label').allInnerTexts(), ['auth', 'users', 'chats', 'messages', 'branches', 'ai', 'admin', 'realtime', 'system'])
  await page.locator('input[placeholder="Search..."]').fill('history')
  await page.locator('[data-role="search:results"] li').first().waitFor()
  t.same(complaints, [])
})

file.test('/asyncapi is whole without a program, for every reader', options, async t => {
  const { url } = await startApp(t)
  const { page, complaints } = await openTab(t, file, executable!)
  const requests: string[] = []
  page.on('request', request => { requests.push(new URL(request.url()).pathname) })
  // The page forbids programs, so axe comes by the debugger's way, which no policy stops.
  await page.addInitScript({ content: axe.source })
  const faults = async (rules?: string[]) => {
    // All frames are drawn alike; of the hundred, one each way is judged.
    const judged = { exclude: ['article:not([aria-labelledby="command-message"], [aria-labelledby="event-new_message"])'] }
    const { violations } = await page.evaluate(`axe.run(${JSON.stringify(judged)}, ${JSON.stringify({ resultTypes: ['violations'], ...(rules && { runOnly: rules }) })})`) as axe.AxeResults
    return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html).join(' ')}`)
  }
  await page.goto(`${url}/asyncapi`)
  t.equal(await page.title(), 'Parley: the WebSocket')
  t.ok(await page.locator('#command-message').isVisible())
  t.ok(await page.locator('#event-new_message').isVisible())
  t.same(requests, ['/asyncapi', '/asyncapi/style.css'])
  t.same(await faults(), [], 'in the light')

  const inner = page.locator('article[aria-labelledby="event-new_message"] .fields .fields').first()
  t.notOk(await inner.isVisible(), 'an object is closed at first')
  await page.locator('article[aria-labelledby="event-new_message"] summary').first().focus()
  await page.keyboard.press('Enter')
  t.ok(await inner.isVisible(), 'and a key opens it')
  await page.locator('nav.wide a[href="#close-codes"]').click()
  t.equal(new URL(page.url()).hash, '#close-codes')
  t.ok((await page.locator('#close-codes').boundingBox())!.y < 850, 'a link of the contents leads there')

  await page.emulateMedia({ colorScheme: 'dark' })
  t.same(await faults(['color-contrast']), [], 'in the dark')

  await page.setViewportSize({ width: 390, height: 800 })
  t.equal(await page.evaluate('document.documentElement.scrollWidth'), 390, 'a telephone need not scroll sideways')
  t.notOk(await page.locator('nav.wide').isVisible())
  const contents = page.locator('.side details')
  t.notOk(await contents.locator('a').first().isVisible())
  await contents.locator('summary').click()
  await contents.locator('a[href="#command-message"]').click()
  t.equal(new URL(page.url()).hash, '#command-message')
  t.same(complaints, [])
})
