// A real Chromium for the tests of pages.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import type { Test } from 'tap'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const quiet = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

const isProgram = (path: string) => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Chromium as the variable CHROMIUM names it, or from PATH; undefined where there is none. */
export const chromiumPath = (): string | undefined =>
  [process.env['CHROMIUM'] ?? '', ...(process.env['PATH'] ?? '').split(delimiter).flatMap(folder => names.map(name => join(folder, name)))].filter(Boolean).find(isProgram)

const browsers = new WeakMap<Test, Promise<Browser>>()

/** One Chromium for all tabs of a test, its profile in a new folder that goes with it. */
function launch (t: Test, executablePath: string): Promise<Browser> {
  const launching = browsers.get(t) ?? chromium.launch({ executablePath, args: quiet }).then(launched => {
    t.teardown(async () => { await launched.close() })
    return launched
  })
  browsers.set(t, launching)
  return launching
}

/** A tab that notes what a page must not do: complain in the console, break its policy, or ask another server. */
export async function openTab (t: Test, file: Test, executablePath: string): Promise<{ page: Page, complaints: string[] }> {
  const context = await (await launch(file, executablePath)).newContext({ viewport: { width: 1200, height: 850 } })
  t.teardown(async () => { await context.close() })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', message => { if (['error', 'warning'].includes(message.type())) complaints.push(`console: ${message.text()}`) })
  page.on('pageerror', error => { complaints.push(`error: ${error.message}`) })
  page.on('request', request => {
    const { protocol, host } = new URL(request.url())
    if (protocol.startsWith('http') && host !== new URL(page.url()).host && page.url() !== 'about:blank') complaints.push(`request: ${request.url()}`)
  })
  await page.addInitScript({ content: "document.addEventListener('securitypolicyviolation', event => console.error('policy:', event.violatedDirective, event.blockedURI))" })
  page.setDefaultTimeout(20_000)
  return { page, complaints }
}
