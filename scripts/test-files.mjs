// Runs test files one after the other in this process: node --import tsx scripts/test-files.mjs <files…>. Prints one TAP stream, in
// which a test named "end of <file>" follows those of each file. A file must not await a test of its own first level.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'

let goOn = () => {}
for (const file of process.argv.slice(2)) {
  await import(pathToFileURL(resolve(file)).href)
  goOn()
  const loaded = new Promise(resolve => { goOn = resolve })
  // Tests run in the order in which they were made: when this one is reached, all of the file have ended. It stays until the next
  // file has made its own, because tap ends where nothing is left to do.
  await new Promise(resolve => {
    t.test(`end of ${file}`, async () => {
      resolve()
      await loaded
    })
  })
}
goOn()
