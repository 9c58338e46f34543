// What the browser tests of the console have in common.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { chromiumPath, openTab } from '../docs/browser.ts'

export const executable = chromiumPath()
export const options = executable ? {} : { skip: 'there is no Chromium here: install it, or name it by CHROMIUM' }

/** A window of its own, as another person's; it notes what a page must not do. */
export const openWindow = async (t: Test) => await openTab(t, t, executable!)

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds wrong with what is on the screen, each as one line. */
export async function axeFaults (page: Page, rules?: string[]): Promise<string[]> {
  await page.evaluate(axe)
  const options = { resultTypes: ['violations'], ...(rules && { runOnly: rules }) }
  const { violations } = await page.evaluate<{ violations: { id: string, nodes: { target: string[], failureSummary: string }[] }[] }>(`axe.run(document, ${JSON.stringify(options)})`)
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary.replace(/\s+/g, ' ')}`))
}

/** Judges what is on the screen by light, and by dark what may differ there: the contrast. */
export async function axeFaultsInBoth (page: Page): Promise<string[]> {
  const faults = (await axeFaults(page)).map(fault => `light: ${fault}`)
  await page.emulateMedia({ colorScheme: 'dark' })
  faults.push(...(await axeFaults(page, ['color-contrast'])).map(fault => `dark: ${fault}`))
  await page.emulateMedia({ colorScheme: 'light' })
  return faults
}
