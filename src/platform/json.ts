import { isUtf8 } from 'node:buffer'
import sjson from 'secure-json-parse'
import { Problem } from './errors.ts'

/** Deep enough for any message of the contract; far from what overflows a stack. */
const maxDepth = 32

function tooDeep (text: string): boolean {
  let depth = 0
  let inString = false
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (inString) {
      if (c === 92) i++
      else if (c === 34) inString = false
    } else if (c === 34) inString = true
    else if (c === 123 || c === 91) { if (++depth > maxDepth) return true } else if (c === 125 || c === 93) depth--
  }
  return false
}

/**
 * The one way JSON from outside is read, for bodies and frames alike. Throws `malformed_json` for bytes that are not UTF-8,
 * text that is not JSON, nesting deeper than 32, `__proto__` or `constructor.prototype` members, and half surrogates
 * (which no database or other client could give back unchanged).
 */
export function parseJson (bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new Problem('malformed_json', 'The text is not valid UTF-8.')
  const text = bytes.toString('utf8')
  if (tooDeep(text)) throw new Problem('malformed_json', `The JSON is nested deeper than ${maxDepth}.`)
  let value: unknown
  try {
    value = sjson.parse(text, undefined, { protoAction: 'error', constructorAction: 'error' })
  } catch {
    // The parser's own words would quote the text, and with it perhaps a password.
    throw new Problem('malformed_json')
  }
  // Only an escape can bring in a half surrogate, and JSON.stringify writes none but halves as such an escape. Written backslashes
  // are taken out first: a text may well speak of "\ud83d".
  if (/\\u[dD][89a-fA-F]/.test(text) && /\\ud[89a-f]/.test(JSON.stringify(value).replaceAll('\\\\', ''))) throw new Problem('malformed_json', 'A string holds half of a surrogate pair.')
  return value
}

/** `parseJson` as Fastify's parser of bodies. */
export function jsonBody (_request: unknown, body: Buffer, done: (error: Error | null, value?: unknown) => void) {
  let value: unknown
  try {
    value = parseJson(body)
  } catch (error) {
    return done(error as Error)
  }
  done(null, value)
}
