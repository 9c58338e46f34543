import { trusted, Types } from 'mongoose'
import type { UserModel, UserRecord } from './model.ts'

/** Where a search stands: the key that matched, and the id among equal keys. */
export type SearchPlace = [key: string, id: string]

/** The keys that are searched, each with how it must begin. */
export type Prefixes = Partial<Record<'username_key' | 'full_name_key' | 'email_key', string>>

interface Match { key: string, record: UserRecord }

// The last code point is a noncharacter that no name holds: what begins with the prefix sorts below it.
const afterAll = '\u{10FFFF}'

/** MongoDB orders strings by their UTF-8 bytes; JavaScript's `<` would put astral characters elsewhere. */
const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

const byPlace = (a: Match, b: Match) => byBytes(a.key, b.key) || byBytes(String(a.record._id), String(b.record._id))

const fieldsOf = (prefixes: Prefixes) => Object.keys(prefixes) as (keyof Prefixes)[]

/** The first of the keys by which an account matches: only there is it shown, on whichever page that falls. */
const firstKey = (record: UserRecord, prefixes: Prefixes) =>
  fieldsOf(prefixes).map(field => ({ key: record[field] ?? '', prefix: prefixes[field]! })).filter(({ key, prefix }) => key.startsWith(prefix)).map(({ key }) => key).sort(byBytes)[0]

async function readRange (model: UserModel, field: keyof Prefixes, prefix: string, after: SearchPlace | undefined, limit: number, others: object): Promise<Match[]> {
  const end = prefix + afterAll
  const filter = after
    ? { $or: [{ [field]: trusted({ $gt: after[0], $lt: end }) }, { [field]: after[0], _id: trusted({ $gt: new Types.ObjectId(after[1]) }) }] }
    : { [field]: trusted({ $gte: prefix, $lt: end }) }
  // Usernames and emails are unique: their indexes give the order without the id, which they do not hold.
  const records = await model.find({ ...others, ...filter }).sort(field === 'full_name_key' ? { full_name_key: 1, _id: 1 } : { [field]: 1 }).limit(limit).lean()
  return records.map(record => ({ key: record[field]!, record }))
}

/**
 * The accounts that fit `others` and have a key that begins with its prefix, in the order of the key that matched: up to `limit`
 * of them behind `after`, each with its place. Ordered index ranges are merged; no pattern is run.
 */
export async function searchAccounts (model: UserModel, prefixes: Prefixes, after: SearchPlace | undefined, limit: number, others = {}): Promise<{ record: UserRecord, place: SearchPlace }[]> {
  const found: { record: UserRecord, place: SearchPlace }[] = []
  for (let place = after; ;) {
    const ranges = await Promise.all(fieldsOf(prefixes).map(field => readRange(model, field, prefixes[field]!, place, limit, others)))
    // Each range is complete up to its own end, so the first `limit` of all together are complete too.
    const matches = ranges.flat().sort(byPlace).slice(0, limit)
    for (const { key, record } of matches) {
      const id = String(record._id)
      if (key === firstKey(record, prefixes) && found.at(-1)?.place[1] !== id) found.push({ record, place: [key, id] })
      place = [key, id]
    }
    if (matches.length < limit || found.length >= limit) return found.slice(0, limit)
  }
}
