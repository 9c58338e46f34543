// Takes the pictures of the README into docs/images/: npm run screenshots. Starts the built server with a database of its own, and
// drives a real Chromium as the tests do.
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { branchFrom, lane, makeChat, message, password, say, signUp, use } from '../test/console/scene.ts'
import { chromiumPath } from '../test/docs/browser.ts'
import { inFewColours } from './png.mjs'

const images = fileURLToPath(new URL('../docs/images/', import.meta.url))
const largest = 200_000
const executablePath = chromiumPath()
if (!executablePath) throw new Error('There is no Chromium here: install it, or name it by CHROMIUM.')

const folder = await mkdtemp(join(tmpdir(), 'parley-pictures-'))
const server = spawn(process.execPath, [fileURLToPath(new URL('../dist/bin/server.js', import.meta.url))], {
  env: { ...process.env, HOST: '127.0.0.1', PORT: '0', MONGODB_URL: '', PARLEY_DATA_DIR: folder, RATE_LIMIT: 'off', LOG_LEVEL: 'error' },
  stdio: ['ignore', 'pipe', 'inherit']
})
const ended = new Promise(resolve => { server.once('close', resolve) })
const browser = await chromium.launch({ executablePath, args: ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars'] })

try {
  await mkdir(images, { recursive: true })
  await takePictures(await addressOf(server))
} finally {
  await browser.close()
  server.kill()
  await ended
  await rm(folder, { recursive: true, force: true })
}

async function addressOf (child) {
  for await (const line of createInterface(child.stdout)) {
    const port = /^Parley is ready.*:(\d+)\/docs$/.exec(line)?.[1]
    if (port) return `http://127.0.0.1:${port}`
  }
  throw new Error('The server did not start.')
}

/** A window of its own: another person. */
async function openWindow (width, height, { colorScheme = 'light', deviceScaleFactor = 1 } = {}) {
  const page = await (await browser.newContext({ viewport: { width, height }, colorScheme, deviceScaleFactor, reducedMotion: 'reduce' })).newPage()
  page.setDefaultTimeout(30_000)
  return page
}

async function save (page, name) {
  const path = join(images, `${name}.png`)
  await page.mouse.move(0, 0)
  const picture = inFewColours(await page.screenshot())
  if (picture.length > largest) throw new Error(`${name}.png has ${picture.length} bytes, over ${largest}.`)
  await writeFile(path, picture)
  process.stdout.write(`docs/images/${name}.png ${picture.length} bytes\n`)
}

async function takePictures (url) {
  const docs = await openWindow(1280, 800)
  await docs.goto(`${url}/docs`)
  await docs.locator('.opblock').first().waitFor()
  await save(docs, 'docs')

  const ann = await openWindow(1360, 850)
  const bob = await openWindow(390, 780, { deviceScaleFactor: 2 })
  await signUp(ann, url, 'ann')
  await signUp(bob, url, 'bob')
  const chatId = await makeChat(ann, 'Group', { title: 'Trip to Lisbon', people: ['bob'] })
  await bob.goto(`${url}/console#chat=${chatId}`)
  await bob.getByRole('textbox', { name: 'Message' }).waitFor()
  const talk = async (page, text) => {
    await say(page, text)
    for (const other of [ann, bob]) await message(other, text).waitFor()
  }
  await talk(ann, 'Shall we go to Lisbon in May?')
  await talk(bob, 'Yes! The trams, the tiles, the custard tarts. I have two weeks from the 9th.')
  await talk(ann, 'Then let us look for a flat in Alfama.')
  await talk(bob, 'Up the hill, with a view of the river?')
  await talk(ann, 'With a view. And a lift, if there is one.')
  await branchFrom(ann, 'custard tarts', 'Porto instead')
  await say(ann, 'Or Porto? It rains less than one thinks.')
  await message(ann, 'Or Porto').waitFor()
  await say(ann, 'And the wine is next door.')
  await message(ann, 'next door').waitFor()
  await branchFrom(ann, 'Or Porto', 'By night train')
  await say(ann, 'There is a night train again, from Madrid.')
  await message(ann, 'night train').waitFor()
  await lane(ann, /^main/).click()
  await message(ann, 'a lift').waitFor()
  await branchFrom(ann, 'view of the river', 'Without the hill')
  await lane(ann, /^main/).click()
  await message(ann, 'a lift').waitFor()
  await use(bob, 'in Alfama', 'React')
  await bob.getByRole('button', { name: 'React with ❤️' }).click()
  await message(ann, 'in Alfama').getByRole('button', { name: /by bob/ }).waitFor()
  await message(ann, 'a lift').locator('.readers').waitFor()

  const form = ann.getByRole('form', { name: 'Send a frame' })
  await form.getByRole('combobox', { name: 'Frame', exact: true }).selectOption('read')
  await form.locator('#field-seq').fill('soon')
  await form.locator('#about-seq .fault').waitFor()
  await bob.getByRole('textbox', { name: 'Message' }).pressSequentially('I asked ')
  await ann.locator('.typing', { hasText: 'bob is typing' }).waitFor()
  await save(ann, 'console')
  await save(bob, 'console-phone')

  const night = await openWindow(1360, 850, { colorScheme: 'dark' })
  await night.goto(`${url}/console`)
  await night.getByLabel('Email or username').fill('ann')
  await night.getByLabel('Password').fill(password)
  await night.getByLabel('Password').press('Enter')
  await night.locator('.chat').first().waitFor()
  await makeChat(night, 'Assistant', { title: 'How a chat is kept' })
  const answered = night.locator('.message.model:not(.streams)', { hasText: 'start the server again' })
  await say(night, 'What is a message log?')
  await answered.waitFor()
  await use(night, 'offline model', 'Write again')
  await night.getByRole('img', { name: 'Alternative 2 of 2' }).waitFor()
  await answered.waitFor()
  await branchFrom(night, 'offline model', 'A closer look')
  await say(night, 'And why has it no holes?')
  await answered.nth(1).waitFor()
  await night.locator('.compose summary').click()
  await night.getByRole('combobox', { name: 'All types' }).selectOption('')
  await night.locator('.frame', { hasText: 'reply_finished' }).last().click()
  await night.locator('.frame-detail').waitFor()
  await save(night, 'console-dark')
}
