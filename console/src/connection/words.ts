import type { SocketStatus } from '../../../client/src/index.ts'

/** What a close code means where its own words say too little (docs of the socket, RFC 6455 section 7.4). */
const byCode: Record<number, string> = {
  1001: 'The server is stopping.',
  1006: 'Connection lost.',
  1009: 'A frame was too large for the server.',
  1013: 'The server has too much to do.',
  4008: 'This window read too slowly.',
  4029: 'This window sent too fast.',
  4408: 'The server did not hear in time whose socket this is.',
  4409: 'You have too many windows open.'
}

/** What keeps the socket away, in a sentence or two; undefined when it is open. */
export function reasonOf ({ state, code, reason, error }: SocketStatus): string | undefined {
  if (state === 'open') return undefined
  if (state === 'connecting') return 'Connecting …'
  if (error && error.status > 0) return `The server refused: HTTP ${error.status}, ${error.code}. ${error.detail}`
  if (error?.code === 'network_error') return 'Connection lost: the server cannot be reached.'
  return byCode[code ?? 0] ?? (error ? `${error.detail} (${error.code})` : `Connection lost${reason ? `: ${reason}` : ''}.`)
}

/** Whole seconds from `now` until it is tried again. */
export const secondsLeft = (retryAt: number, now: number): number => Math.max(0, Math.ceil((retryAt - now) / 1000))
