import type mongoose from 'mongoose'
import { mongo } from 'mongoose'
import type { Ledger } from './ledger.ts'
import type { Scene } from './stage.ts'

type Row = mongoose.mongo.WithId<mongoose.mongo.BSON.Document>

/** The rules of the log, by which the checker and its report call them. */
export const logRules = [
  'every acknowledged send is there, exactly once',
  'no number is missing or given twice',
  'places are whole on every branch',
  'each message is at its newest change',
  'each sender\'s messages are in the order of their acknowledgements',
  'acknowledged edits and deletions last'
] as const

/** Looks at a chat's whole log in the database; `broken` of the ledger hears what is wrong. Answers its entries. */
export async function checkLog (db: mongoose.mongo.Db, { broken, acknowledged, revs, deleted }: Ledger, { id }: Pick<Scene, 'id'>): Promise<Row[]> {
  const [once, numbers, places, newest, order, lasting] = logRules
  const rows = await db.collection('messages').find({ chat_id: new mongo.ObjectId(id) }).sort({ seq: 1 }).toArray()
  rows.forEach(({ seq }, index) => { if (seq !== index + 1 && rows[index - 1]?.['seq'] !== seq - 1) broken(numbers, `chat ${id}: after ${rows[index - 1]?.['seq']} comes ${seq}`) })

  const byClientId = new Map<string, Row[]>()
  const newestChange = new Map<string, number>()
  const byBranch = new Map<string, Row[]>()
  for (const row of rows) {
    if (row['client_id']) {
      const key = `${row['sender_id']} ${row['client_id']}`
      byClientId.set(key, [...byClientId.get(key) ?? [], row])
    }
    const about = row['kind'] === 'message' ? row._id : row['message_id']
    if (about) newestChange.set(String(about), row['seq'])
    if (row['kind'] === 'message') {
      const branch = String(row['branch_id'])
      const own = byBranch.get(branch) ?? []
      own.push(row)
      byBranch.set(branch, own)
    }
  }
  for (const [key, found] of byClientId) if (found.length > 1) broken(once, `chat ${id}: ${key} is there ${found.length} times`)

  const lanes = new Map<string, { seq: number, clientId: string }>()
  for (const send of acknowledged) {
    if (send.chatId !== id) continue
    const [row] = byClientId.get(`${send.senderId} ${send.clientId}`) ?? []
    if (!row) broken(once, `chat ${id}: ${send.clientId}, acknowledged as number ${send.seq}, is not there`)
    else if (String(row._id) !== send.id || row['seq'] !== send.seq) broken(once, `chat ${id}: ${send.clientId} was acknowledged as ${send.id} with number ${send.seq} and is ${row._id} with ${row['seq']}`)
    else if (!row['is_edited'] && !row['is_deleted'] && row['content'] !== send.content) broken(once, `chat ${id}: ${send.clientId} says something else`)
    const before = lanes.get(send.lane)
    if (before && before.seq >= send.seq) broken(order, `chat ${id}: ${before.clientId} has number ${before.seq}, ${send.clientId} after it ${send.seq}`)
    lanes.set(send.lane, send)
  }

  for (const row of rows) {
    if (row['kind'] !== 'message') continue
    const messageId = String(row._id)
    if (row['rev'] !== newestChange.get(messageId)) broken(newest, `chat ${id}: message ${messageId} is at ${row['rev']}, its newest change is ${newestChange.get(messageId)}`)
    if (row['rev'] < (revs.get(messageId) ?? 0)) broken(lasting, `chat ${id}: message ${messageId} was acknowledged at ${revs.get(messageId)} and is at ${row['rev']}`)
    if (deleted.has(messageId) && !row['is_deleted']) broken(lasting, `chat ${id}: message ${messageId} was deleted and is there`)
    if (row['is_deleted'] && row['content'] !== '') broken(lasting, `chat ${id}: the tombstone ${messageId} has text`)
  }

  // A branch goes on where it left its parent; its own messages have the places after that.
  const branches = new Map((await db.collection('branches').find({ chat_id: new mongo.ObjectId(id) }).toArray()).map(branch => [String(branch._id), branch]))
  for (const [branchId, own] of byBranch) {
    const branch = branches.get(branchId)
    // One that was deleted left its messages as numbers only.
    if (!branch) continue
    const first = own[0]!['message_index']
    const start = (branch['lineage'].at(-1)?.upto_index ?? -1) + 1
    if (first !== start) broken(places, `chat ${id}: branch ${branchId} begins with place ${first}, not ${start}`)
    own.forEach((row, index) => { if (row['message_index'] !== first + index) broken(places, `chat ${id}: branch ${branchId} has ${row['message_index']} at number ${row['seq']} instead of ${first + index}`) })
  }
  return rows
}
