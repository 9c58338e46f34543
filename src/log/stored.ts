import { mongo, Types } from 'mongoose'
import type { MessageEntry } from './entry.ts'

/** What a page is found, ordered and completed by. */
export type Placed = Pick<MessageEntry, '_id' | 'branch_id' | 'message_index' | 'turn_count' | 'is_deleted'>

/** The members of a stored message that plain JSON can be written from, in the order of their slots. */
const members = ['_id', 'chat_id', 'branch_id', 'seq', 'rev', 'message_index', 'turn_id', 'turn_count', 'role', 'sender_id', 'content', 'status', 'run_id', 'reply_to', 'reactions', 'is_edited', 'is_deleted', 'created_at', 'edited_at'] as const
type Member = typeof members[number]
const slotOf = Object.fromEntries(members.map((name, slot) => [name, slot])) as Record<Member, number>

/** Stored, too, but nothing of the public shape. */
const internal = ['kind', 'client_id', 'client_digest']

/** Element types of BSON 1.1 that are told apart here. */
const type = { double: 1, objectId: 7, date: 9, int32: 16 } as const

/** How many bytes a value of each type has; below zero: its first four say how many, and -1 - so many more. */
const sizes: Record<number, number> = { 1: 8, 2: -5, 3: -1, 4: -1, 5: -6, 6: 0, 7: 12, 8: 1, 9: 8, 10: 0, 16: 4, 17: 8, 18: 8, 19: 16 }

/** The slot of a name's hash; -1 for what is skipped. A stored name is one of ours, so that among them no two may have the same hash. */
const slots = new Map<number, number>()
for (const [name, slot] of [...members.map((name, slot) => [name, slot] as const), ...internal.map(name => [name, -1] as const)]) {
  let hash = 0
  for (const byte of Buffer.from(name)) hash = (Math.imul(hash, 31) + byte) | 0
  if (slots.has(hash)) throw new Error(`${name} has the hash of another name`)
  slots.set(hash, slot)
}

/**
 * A stored message that is not decoded: most of a page's time went into making objects of it and JSON of these. It knows where
 * its members lie in the document of BSON (bsonspec.org, version 1.1), and makes what is asked for.
 */
export class StoredMessage implements Placed {
  readonly #bytes: Buffer
  readonly #view: DataView
  /** Where the value of each member begins (0: there is none) and its type. */
  readonly #at = new Int32Array(members.length)
  readonly #types = new Uint8Array(members.length)
  /** It has members that only `entry` knows, for example what its model used. */
  readonly isPlain: boolean

  constructor (bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
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
        this.#at[slot] = at
        this.#types[slot] = kind
        found++
      }
      const size = sizes[kind]
      if (size === undefined) throw new TypeError(`a message with an element of the type ${kind}`)
      at += size < 0 ? this.#view.getInt32(at, true) - size - 1 : size
    }
    // An array of BSON with nothing in it has five bytes.
    return isPlain && found === members.length && this.#view.getInt32(this.#at[slotOf.reactions]!, true) === 5
  }

  #long (at: number): number { return this.#view.getInt32(at + 4, true) * 2 ** 32 + this.#view.getUint32(at, true) }

  /** A number. */
  number (member: Member): number {
    const slot = slotOf[member]
    const at = this.#at[slot]!
    const kind = this.#types[slot]
    return kind === type.int32 ? this.#view.getInt32(at, true) : kind === type.double ? this.#view.getFloat64(at, true) : this.#long(at)
  }

  /** An id in hexadecimal, or null. */
  hex (member: Member): string | null {
    const slot = slotOf[member]
    const at = this.#at[slot]!
    return this.#types[slot] === type.objectId ? this.#bytes.toString('hex', at, at + 12) : null
  }

  /** A text. */
  text (member: Member): string {
    const at = this.#at[slotOf[member]]!
    return this.#bytes.toString('utf8', at + 4, at + 3 + this.#view.getInt32(at, true))
  }

  /** A truth value. */
  flag (member: Member): boolean { return this.#bytes[this.#at[slotOf[member]]!] === 1 }

  /** A moment in RFC 3339, or null. */
  time (member: Member): string | null {
    const slot = slotOf[member]
    return this.#types[slot] === type.date ? new Date(this.#long(this.#at[slot]!)).toISOString() : null
  }

  get _id (): Types.ObjectId { return new Types.ObjectId(this.hex('_id')!) }
  get branch_id (): Types.ObjectId { return new Types.ObjectId(this.hex('branch_id')!) }
  get message_index (): number { return this.number('message_index') }
  get turn_count (): number { return this.number('turn_count') }
  get is_deleted (): boolean { return this.flag('is_deleted') }

  /** The whole message, decoded. */
  entry (): MessageEntry { return mongo.BSON.deserialize(this.#bytes) as MessageEntry }
}
