import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** What every key begins with, so that a person and a scanner for leaked secrets know one when they see one. */
const mark = 'parley'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Characters of the secret, of 256 bits, and of the checksum, of 32. */
const lengths = { secret: 43, checksum: 6 }

const form = /^(parley_([0-9a-f]{24})_[0-9A-Za-z]{43})([0-9A-Za-z]{6})$/

function base62 (value: bigint, length: number): string {
  let text = ''
  for (let rest = value; text.length < length; rest /= 62n) text = alphabet[Number(rest % 62n)]! + text
  return text
}

const checksumOf = (text: string) => base62(BigInt(crc32(text)), lengths.checksum)

/** What is stored of a key. A fast hash is enough: 256 random bits cannot be searched for. */
export const hashOf = (key: string) => createHash('sha256').update(key).digest('base64url')

/** The part of a key that is no secret. */
export const prefixOf = (id: string) => `${mark}_${id}`

/**
 * A new key for an id: `parley_<id>_<secret><checksum>`. The form is that of GitHub's tokens (GitHub blog, "Behind GitHub's new
 * authentication token formats", 2021): a mark, underscores, which a double click does not stop at, and at the end the CRC-32 of all
 * before it in six digits of base 62, by which a scanner tells a key from what only looks like one without asking anybody.
 */
export function makeKey (id: string): string {
  const text = `${prefixOf(id)}_${base62(BigInt(`0x${randomBytes(32).toString('hex')}`), lengths.secret)}`
  return text + checksumOf(text)
}

/** Whether a text wants to be a key: no access token begins so. */
export const isKey = (text: string) => text.startsWith(`${mark}_`)

/** The id and the hash of a key; undefined for a text that cannot be one. */
export function readKey (text: string): { id: string, hash: string } | undefined {
  const [, body, id, checksum] = form.exec(text) ?? []
  return body !== undefined && id !== undefined && checksumOf(body) === checksum ? { id, hash: hashOf(text) } : undefined
}
