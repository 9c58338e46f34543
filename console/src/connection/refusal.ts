import { signal } from '@preact/signals'
import { errorOfAnswer } from './answer.ts'
import { api, status } from './link.ts'

/** What a plain request says of the address that would not become a socket; browsers keep that from pages. */
export const refusal = signal<string | undefined>(undefined)

/** The answer of an address that waits for sockets: nothing is wrong there. */
const upgradeRequired = 426

async function ask () {
  const answer = await fetch(`${api.baseUrl}/api/v1/ws`).catch(() => undefined)
  if (!answer || answer.status === upgradeRequired) return undefined
  const { code, detail } = await errorOfAnswer(answer)
  return `The server refused the socket: HTTP ${answer.status}, ${code}. ${detail}`
}

let before = status.peek().state
status.subscribe(({ state, code, error }) => {
  // A handshake that failed ends with 1006 and no word, as does a connection that breaks off later.
  const failed = before === 'connecting' && state === 'waiting' && code === 1006 && !error
  before = state
  if (state === 'open') refusal.value = undefined
  else if (failed) void ask().then(words => { refusal.value = words })
})
