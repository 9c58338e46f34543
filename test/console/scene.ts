// How a person drives the console; shared by its tests and by the pictures of the README.
import type { Locator, Page } from 'playwright-core'

export const password = 'correct horse battery'

/** Opens the console and makes an account by its form. */
export async function signUp (page: Page, url: string, username: string, hash = ''): Promise<void> {
  await page.goto(`${url}/console${hash}`)
  await page.getByRole('button', { name: 'Make an account' }).click()
  await page.getByLabel('Email').fill(`${username}@example.com`)
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Register' }).click()
  await page.locator('.top .name', { hasText: username }).waitFor()
}

/** Makes a chat by the dialog; answers its id. */
export async function makeChat (page: Page, kind: 'Assistant' | 'Direct' | 'Group', { title, people = [] }: { title?: string, people?: string[] } = {}): Promise<string> {
  await page.getByRole('button', { name: 'New chat' }).click()
  const dialog = page.getByRole('dialog', { name: 'New chat' })
  await dialog.getByRole('radio', { name: kind }).check()
  if (title !== undefined) await dialog.getByLabel('Title').fill(title)
  for (const name of people) {
    await dialog.getByRole('searchbox').fill(name)
    await dialog.getByRole('list', { name: 'People found' }).getByRole('button', { name }).first().click()
  }
  await dialog.getByRole('button', { name: 'Make the chat' }).click()
  await dialog.waitFor({ state: 'detached' })
  await page.waitForURL(/#chat=[0-9a-f]{24}$/)
  return new URL(page.url()).hash.slice('#chat='.length)
}

/** Writes a message and sends it with Enter. */
export async function say (page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(text)
  await page.getByRole('textbox', { name: 'Message' }).press('Enter')
}

/** The messages that have this in their text, once the server has them. */
export const message = (page: Page, text: string | RegExp): Locator => page.locator('.message').filter({ has: page.locator('.bubble', { hasText: text }) })

/** Presses one of the tools of a message. */
export async function use (page: Page, text: string | RegExp, tool: string): Promise<void> {
  await message(page, text).last().hover()
  await message(page, text).last().getByRole('button', { name: tool, exact: true }).click()
}

/** The lane of a branch in the drawn tree. */
export const lane = (page: Page, name: string | RegExp): Locator => page.getByRole('listbox', { name: 'Branches' }).getByRole('option', { name })

/** Makes a branch behind a message. */
export async function branchFrom (page: Page, text: string | RegExp, name: string): Promise<void> {
  await use(page, text, 'Branch from here')
  await page.getByLabel('Name').fill(name)
  await page.getByRole('button', { name: 'Branch', exact: true }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await lane(page, new RegExp(`^${name} (active )?\\d`)).waitFor()
}
