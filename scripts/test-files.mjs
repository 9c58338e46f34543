// Runs test files one after the other in this process, each when its parent names it: { name, path } as the answer to { ready },
// anything else to end. Prints one TAP stream, in which a test named "end of <name>" follows those of each file. A file must not await a test of its own
// first level.
import asyncHooks from 'node:async_hooks'
import { syncBuiltinESMExports } from 'node:module'
import { pathToFileURL } from 'node:url'

// tap follows every promise, to tell which test a stray error belongs to: an eighth of the time. A stray error ends its file instead.
asyncHooks.createHook = () => ({ enable () {}, disable () {} })
syncBuiltinESMExports()
const { default: t } = await import('tap')

// What the first level takes down goes with its file, not with this process: twenty servers would beat their hearts side by side.
const teardowns = []
t.teardown = t.after = work => { teardowns.push(work) }
async function tearDown () {
  for (const work of teardowns.splice(0).reverse()) await work()
}

const given = []
let wake
// tap lets nobody wait for a message alone.
const waits = setInterval(() => {}, 2 ** 30)
process.on('message', file => {
  given.push(file)
  wake?.()
})

// Tests run in the order in which they were made: those of a file before its end, and that before the next file.
function next () {
  t.test('next file', async () => {
    process.send({ ready: true })
    if (given.length === 0) await new Promise(resolve => { wake = resolve })
    const file = given.shift()
    if (!file.path) {
      clearInterval(waits)
      return process.disconnect()
    }
    try {
      await import(pathToFileURL(file.path).href)
    } finally {
      t.test('teardown', tearDown)
      t.test(`end of ${file.name}`, async () => {})
      next()
    }
  })
}
next()
