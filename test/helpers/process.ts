import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { freePort } from './port.ts'
import { client, testSettings } from './app.ts'

/** A built server in a process of its own (the settings of the tests, changed by `settings`); it ends with the test. */
export async function startProcess (t: Test, settings: Record<string, string>) {
  const port = await freePort()
  const child = spawn(process.execPath, [fileURLToPath(new URL('../../dist/server.js', import.meta.url))], {
    env: { PATH: process.env['PATH'], ...testSettings(), ...settings, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const ended = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGTERM')
    await ended
  })
  let said = ''
  for await (const chunk of child.stdout) {
    said += String(chunk)
    if (said.includes('is ready')) break
  }
  if (!said.includes('is ready')) throw new Error(`the server ended before it was ready: ${said}`)
  const url = `http://127.0.0.1:${port}`
  return { url, child, request: client(`${url}/api/v1`) }
}
