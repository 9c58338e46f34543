import mongoose from 'mongoose'
import { pair } from '../rounds.ts'
import { textOf, timeOf } from '../texts.ts'
import type { Part, Person, Stage, Subject } from '../types.ts'
import { curveOf, type Point, timeEach } from './curve.ts'

const { ObjectId } = mongoose.mongo
const counts = [1, 10, 100, 1000]
/** Branches of which each goes on from the one before, and messages of each. */
const chain = { branches: 100, messages: 100 }

interface Ancestor { branch_id: mongoose.mongo.BSON.ObjectId, upto_seq: number, upto_index: number, upto_turns: number }

/**
 * Writes branches straight into the database, in the product's shape; answers the last one. With `isChain` each goes on from the one
 * before, else they part from places all over the main branch.
 */
async function writeBranches (db: mongoose.mongo.Db, chatId: string, owner: Person, { count, own, isChain }: { count: number, own: number, isChain: boolean }): Promise<string> {
  const ofChat = { chat_id: new ObjectId(chatId) }
  const main = (await db.collection('branches').findOne(ofChat))!
  const newest = (await db.collection('messages').find({ ...ofChat, kind: 'message' }).sort({ seq: -1 }).limit(1).toArray())[0]!
  let seq: number = (await db.collection('messages').find(ofChat).sort({ seq: -1 }).limit(1).toArray())[0]!['seq']
  const branches: mongoose.mongo.Document[] = []
  const messages: mongoose.mongo.Document[] = []
  const places = isChain ? [newest] : await db.collection('messages').find({ ...ofChat, kind: 'message', message_index: { $in: Array.from({ length: count }, (_, i) => Math.floor((i + 1) * newest['message_index'] / (count + 1))) } }).sort({ seq: 1 }).toArray()
  let parent = main
  let fork = newest
  let lineage: Ancestor[] = []
  for (let i = 0; i < count; i++) {
    if (!isChain) fork = places[i]!
    const _id = new ObjectId()
    const inherited = [...lineage, { branch_id: parent._id as Ancestor['branch_id'], upto_seq: fork['seq'], upto_index: fork['message_index'], upto_turns: 0 }]
    const branch = { _id, ...ofChat, name: `branch ${i}`, kind: 'named', parent_branch_id: parent._id, fork_message_id: fork._id, created_from_message_index: fork['message_index'], seq: ++seq, lineage: inherited, deleted_count: 0, created_by: new ObjectId(owner.id), created_at: timeOf(i) }
    branches.push(branch)
    let last = fork
    for (let j = 0; j < own; j++) {
      last = { _id: new ObjectId(), kind: 'message', ...ofChat, branch_id: _id, seq: ++seq, rev: seq, message_index: last['message_index'] + 1, turn_count: 0, role: 'user', sender_id: new ObjectId(owner.id), content: textOf(j), status: 'complete', created_at: timeOf(j) }
      messages.push(last)
    }
    if (isChain) {
      parent = branch
      fork = last
      lineage = inherited
    }
  }
  await db.collection('branches').insertMany(branches)
  if (messages.length > 0) await db.collection('messages').insertMany(messages)
  return String(branches.at(-1)!['_id'])
}

const branchPage = (subject: Subject, chatId: string, branchId: string) => `${subject.api.page(chatId)}&branch_id=${branchId}`

async function points (stage: Stage, subject: Subject, person: Person, db: mongoose.mongo.Db): Promise<Point[]> {
  const made: Point[] = []
  for (const count of counts) {
    const chat = await stage.chat(subject, [person], 10_000)
    // The main branch is the first.
    if (count > 1) await writeBranches(db, chat, person, { count: count - 1, own: 1, isChain: false })
    made.push({ label: `${count} branches`, x: count, url: subject.api.page(chat), token: person.token })
  }
  return made
}

export const branches: Part = {
  name: 'branches',
  subjects: ['parley'],
  async run (stage, options) {
    const subject = await stage.subject('parley')
    const [person] = await stage.people(subject, 1)
    const client = await new mongoose.mongo.MongoClient(stage.mongo.uri).connect()
    stage.later(() => client.close())
    const db = client.db('parley')
    const byCount = await points(stage, subject, person!, db)
    const flat = await stage.chat(subject, [person!], chain.branches * chain.messages)
    const deep = await stage.chat(subject, [person!], chain.messages)
    const last = await writeBranches(db, deep, person!, { count: chain.branches - 1, own: chain.messages, isChain: true })
    const depth: Point[] = [
      { label: 'flat', x: 1, url: subject.api.page(flat), token: person!.token },
      { label: 'chain of 100', x: chain.branches, url: branchPage(subject, deep, last), token: person!.token }
    ]
    const times = await timeEach(stage, [...byCount, ...depth], options)
    const { row, curve } = curveOf('page by number of branches', 'branches of the chat', byCount, times, options.say)
    const { row: deepRow } = curveOf('page 10,000 messages deep', 'branches', depth, times, options.say)
    return {
      rows: [row, deepRow],
      curves: [curve],
      ratios: [pair('branch page over 100 branches ÷ flat', times, 'chain of 100', 'flat'), pair('page in a chat of 1000 branches ÷ of 1', times, '1000 branches', '1 branches')]
    }
  }
}
