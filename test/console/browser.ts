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
export async function axeFaults (page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const { violations } = await page.evaluate<{ violations: { id: string, nodes: { target: string[], failureSummary: string }[] }[] }>('axe.run(document, { resultTypes: ["violations"] })')
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary.replace(/\s+/g, ' ')}`))
}

/** Judges what is on the screen by light and by dark. */
export async function axeFaultsInBoth (page: Page): Promise<string[]> {
  const faults: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    faults.push(...(await axeFaults(page)).map(fault => `${colorScheme}: ${fault}`))
  }
  await page.emulateMedia({ colorScheme: 'light' })
  return faults
}
