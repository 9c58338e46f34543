import { createHmac, timingSafeEqual } from 'node:crypto'
import { Problem } from './errors.ts'

type Place = (string | number | null)[]

export interface Cursors {
  /** An opaque cursor for a place in the list named `list`. */
  seal: (list: string, place: Place) => string
  /** The place a cursor names. Throws `invalid_cursor` when it was altered or made for another list. */
  open: <P extends Place>(list: string, cursor: string) => P
}

/** Cursors signed with a key derived from the server's secret: 12 bytes of HMAC-SHA-256 are far beyond guessing online. */
export function createCursors (secret: string): Cursors {
  const key = createHmac('sha256', secret).update('parley cursor').digest()
  const sign = (list: string, body: string) => createHmac('sha256', key).update(`${list}\n${body}`).digest().subarray(0, 12)
  return {
    seal (list, place) {
      const body = Buffer.from(JSON.stringify(place)).toString('base64url')
      return `${body}.${sign(list, body).toString('base64url')}`
    },
    open (list, cursor) {
      const [body = '', signature = '', ...rest] = cursor.split('.')
      const given = Buffer.from(signature, 'base64url')
      const right = sign(list, body)
      if (rest.length > 0 || given.length !== right.length || !timingSafeEqual(given, right)) throw new Problem('invalid_cursor')
      return JSON.parse(Buffer.from(body, 'base64url').toString())
    }
  }
}
