import { trusted, Types } from 'mongoose'
import type { UserModel, UserRecord } from './model.ts'

/** Where a search stands: the key that matched, and the id among equal keys. */
export type SearchPlace = [key: string, id: string]

interface Match { key: string, record: UserRecord }

// The last code point is a noncharacter that no name holds: what begins with the prefix sorts below it.
const afterAll = '\u{10FFFF}'

/** MongoDB orders strings by their UTF-8 bytes; JavaScript's `<` would put astral characters elsewhere. */
const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

const byPlace = (a: Match, b: Match) => byBytes(a.key, b.key) || byBytes(String(a.record._id), String(b.record._id))

/** The first of the keys by which an account matches: only there is it shown, on whichever page that falls. */
const firstKey = ({ username_key, full_name_key }: UserRecord, prefix: string) =>
  [username_key, full_name_key ?? ''].filter(key => key.startsWith(prefix)).sort(byBytes)[0]

async function readRange (model: UserModel, field: 'username_key' | 'full_name_key', prefix: string, after: SearchPlace | undefined, limit: number): Promise<Match[]> {
  const end = prefix + afterAll
  const filter = after
    ? { $or: [{ [field]: trusted({ $gt: after[0], $lt: end }) }, { [field]: after[0], _id: trusted({ $gt: new Types.ObjectId(after[1]) }) }] }
    : { [field]: trusted({ $gte: prefix, $lt: end }) }
  // Usernames are unique: their index gives the order without the id, which it does not hold.
  const records = await model.find(filter).sort(field === 'username_key' ? { username_key: 1 } : { full_name_key: 1, _id: 1 }).limit(limit).lean()
  return records.map(record => ({ key: record[field]!, record }))
}

/**
 * The accounts whose username or full name begins with `prefix` (a search key), in the order of the key that matched:
 * up to `limit` of them behind `after`, each with its place. Two ordered index ranges are merged; no pattern is run.
 */
export async function searchAccounts (model: UserModel, prefix: string, after: SearchPlace | undefined, limit: number): Promise<{ record: UserRecord, place: SearchPlace }[]> {
  const found: { record: UserRecord, place: SearchPlace }[] = []
  for (let place = after; ;) {
    const ranges = await Promise.all((['username_key', 'full_name_key'] as const).map(field => readRange(model, field, prefix, place, limit)))
    // Each range is complete up to its own end, so the first `limit` of both together are complete too.
    const matches = ranges.flat().sort(byPlace).slice(0, limit)
    for (const { key, record } of matches) {
      const id = String(record._id)
      if (key === firstKey(record, prefix) && found.at(-1)?.place[1] !== id) found.push({ record, place: [key, id] })
      place = [key, id]
    }
    if (matches.length < limit || found.length >= limit) return found.slice(0, limit)
  }
}
