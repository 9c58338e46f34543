import { mongo, Types } from 'mongoose'
import type { MessageEntry, MessageStatus, Role } from './entry.ts'

/** What a page is found, ordered and completed by. */
export type Placed = Pick<MessageEntry, '_id' | 'branch_id' | 'message_index' | 'turn_count' | 'is_deleted'>

/** The members of a stored message that plain JSON can be written from, in the order of their slots; those that each has come first. */
const always = ['_id', 'chat_id', 'branch_id', 'seq', 'rev', 'message_index', 'turn_count', 'role', 'sender_id', 'content', 'status', 'created_at'] as const
const members = [...always, 'turn_id', 'run_id', 'reply_to', 'reactions', 'is_edited', 'is_deleted', 'edited_at'] as const
type Member = typeof members[number]
const slotOf = Object.fromEntries(members.map((name, slot) => [name, slot])) as Record<Member, number>

/** Stored, too, but nothing of the public shape. */
const internal = ['kind', 'client_id', 'client_digest']

/** Element types of BSON 1.1 that are told apart here. */
const type = { double: 1, objectId: 7, boolean: 8, date: 9, int32: 16 } as const

/** More than the number of any type in `sizes`. */
const typeRoom = 32

/** How many bytes a value of each type has; below zero: its first four say how many, and -1 - so many more. */
const sizes: Record<number, number> = { 1: 8, 2: -5, 3: -1, 4: -1, 5: -6, 6: 0, 7: 12, 8: 1, 9: 8, 10: 0, 16: 4, 17: 8, 18: 8, 19: 16 }

/** The words of a message's `role` and `status`. */
const words = ['user', 'assistant', 'system', 'complete', 'streaming', 'stopped', 'error'] satisfies (Role | MessageStatus)[]

/** The hash of Java's `String.hashCode`, of bytes. */
const hashOf = (text: string) => Buffer.from(text).reduce((hash, byte) => (Math.imul(hash, 31) + byte) | 0, 0)

/** A map by hash, in which no two may have the same. */
function byHash<Value> (pairs: (readonly [string, Value])[]): Map<number, Value> {
  const map = new Map(pairs.map(([text, value]) => [hashOf(text), value]))
  if (map.size < pairs.length) throw new Error(`two of ${pairs.map(([text]) => text).join(', ')} have the same hash`)
  return map
}

/** The slot of a name's hash; -1 for what is skipped. A stored name is one of ours, so that among them no two may have the same hash. */
const slots = byHash([...members.map((name, slot) => [name, slot] as const), ...internal.map(name => [name, -1] as const)])
const wordOf = byHash(words.map(word => [word, word] as const))

/** What the last message had in a slot: neighbours in a page are of one chat, of one branch, often of one sender. */
const lastIds = members.map(() => ({ high: 0, middle: 0, low: 0, hex: '0'.repeat(24) }))

/** The branch of the last message: an id cannot be changed, so all of a branch can have the same. */
let lastBranch = { hex: '', id: new Types.ObjectId() }

const dayMs = 86_400_000
const digits = (count: number, width: number) => Array.from({ length: count }, (_, n) => String(n).padStart(width, '0'))
const [two, three] = [digits(60, 2), digits(1000, 3)]
const lastDay = { day: NaN, text: '' }

/** What `toISOString` answers, three to seven times as fast where the day is that of the moment before. */
function rfc3339 (ms: number): string {
  const day = Math.floor(ms / dayMs)
  if (day !== lastDay.day) {
    lastDay.text = new Date(ms).toISOString().replace(/T.*/, 'T')
    lastDay.day = day
  }
  const rest = ms - day * dayMs
  const seconds = Math.floor(rest / 1000)
  return `${lastDay.text}${two[Math.floor(seconds / 3600)]!}:${two[Math.floor(seconds / 60) % 60]!}:${two[seconds % 60]!}.${three[rest % 1000]!}Z`
}

/**
 * A stored message that is not decoded: most of a page's time went into making objects of it and JSON of these. It knows where
 * its members lie in the document of BSON (bsonspec.org, version 1.1), and makes what is asked for.
 */
export class StoredMessage implements Placed {
  readonly #bytes: Buffer
  /** Where the value of each member begins, times `typeRoom`, and its type; 0: there is none. */
  readonly #at: number[] = new Array<number>(members.length).fill(0)
  /** It has members that only `entry` knows, for example what its model used. */
  readonly isPlain: boolean

  constructor (bytes: Uint8Array) {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.isPlain = this.#scan()
  }

  #scan (): boolean {
    const bytes = this.#bytes
    let at = 4
    let isPlain = true
    let found = 0
    for (let kind = bytes[at++]!; kind !== 0; kind = bytes[at++]!) {
      let hash = 0
      for (let byte = bytes[at++]!; byte !== 0; byte = bytes[at++]!) hash = (Math.imul(hash, 31) + byte) | 0
      const slot = slots.get(hash)
      if (slot === undefined) isPlain = false
      else if (slot >= 0) {
        this.#at[slot] = at * typeRoom + kind
        if (slot < always.length) found++
      }
      const size = sizes[kind]
      if (size === undefined) throw new TypeError(`a message with an element of the type ${kind}`)
      at += size < 0 ? bytes.readInt32LE(at) - size - 1 : size
    }
    // An array of BSON with nothing in it has five bytes.
    return isPlain && found === always.length && (this.#at[slotOf.reactions] === 0 || bytes.readInt32LE(this.#placeOf(slotOf.reactions)) === 5)
  }

  #placeOf (slot: number): number { return Math.floor(this.#at[slot]! / typeRoom) }
  #typeOf (slot: number): number { return this.#at[slot]! % typeRoom }
  #long (at: number): number { return this.#bytes.readInt32LE(at + 4) * 2 ** 32 + this.#bytes.readUInt32LE(at) }

  /** A number. */
  number (member: Member): number {
    const slot = slotOf[member]
    const at = this.#placeOf(slot)
    const kind = this.#typeOf(slot)
    return kind === type.int32 ? this.#bytes.readInt32LE(at) : kind === type.double ? this.#bytes.readDoubleLE(at) : this.#long(at)
  }

  /** An id in hexadecimal, or null. */
  hex (member: Member): string | null {
    const slot = slotOf[member]
    if (this.#typeOf(slot) !== type.objectId) return null
    const at = this.#placeOf(slot)
    const bytes = this.#bytes
    const last = lastIds[slot]!
    const high = bytes.readInt32LE(at)
    const middle = bytes.readInt32LE(at + 4)
    const low = bytes.readInt32LE(at + 8)
    if (high === last.high && middle === last.middle && low === last.low) return last.hex
    last.high = high
    last.middle = middle
    last.low = low
    last.hex = bytes.toString('hex', at, at + 12)
    return last.hex
  }

  /** A text. */
  text (member: Member): string {
    const at = this.#placeOf(slotOf[member])
    return this.#bytes.toString('utf8', at + 4, at + 3 + this.#bytes.readInt32LE(at))
  }

  /** A text that is one of few words. */
  word (member: 'role' | 'status'): string {
    const at = this.#placeOf(slotOf[member])
    let hash = 0
    for (let n = at + 4; this.#bytes[n] !== 0; n++) hash = (Math.imul(hash, 31) + this.#bytes[n]!) | 0
    return wordOf.get(hash) ?? this.text(member)
  }

  /** A truth value; false where there is none. */
  flag (member: Member): boolean { return this.#typeOf(slotOf[member]) === type.boolean && this.#bytes[this.#placeOf(slotOf[member])] === 1 }

  /** A moment in RFC 3339, or null. */
  time (member: Member): string | null {
    const slot = slotOf[member]
    return this.#typeOf(slot) === type.date ? rfc3339(this.#long(this.#placeOf(slot))) : null
  }

  get _id (): Types.ObjectId { return new Types.ObjectId(this.hex('_id')!) }
  get branch_id (): Types.ObjectId {
    const hex = this.hex('branch_id')!
    if (hex !== lastBranch.hex) lastBranch = { hex, id: new Types.ObjectId(hex) }
    return lastBranch.id
  }

  get message_index (): number { return this.number('message_index') }
  get turn_count (): number { return this.number('turn_count') }
  get is_deleted (): boolean { return this.flag('is_deleted') }

  /** The whole message, decoded. */
  entry (): MessageEntry { return mongo.BSON.deserialize(this.#bytes) as MessageEntry }
}
