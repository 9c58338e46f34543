import mongoose from 'mongoose'
import { pair } from '../rounds.ts'
import type { Part } from '../types.ts'
import { curveOf, type Point, timeEach } from './curve.ts'

const sizes = [10, 100, 1000, 10_000]

/** Makes so many chats like one that has just been made, straight in the database. */
async function copyChat (db: mongoose.mongo.Db, chatId: string, count: number): Promise<void> {
  const { ObjectId } = mongoose.mongo
  const chat = (await db.collection('chats').findOne({ _id: new ObjectId(chatId) }))!
  const branch = (await db.collection('branches').findOne({ chat_id: chat._id }))!
  const copies = Array.from({ length: count }, (_, i) => ({ ...chat, _id: new ObjectId(), active_branch_id: new ObjectId(), updated_at: new Date(Number(chat['updated_at']) - i) }))
  await db.collection('branches').insertMany(copies.map(({ _id, active_branch_id }) => ({ ...branch, _id: active_branch_id, chat_id: _id })))
  await db.collection('chats').insertMany(copies)
}

export const chats: Part = {
  name: 'chats',
  subjects: ['parley'],
  async run (stage, options) {
    const subject = await stage.subject('parley')
    const client = await new mongoose.mongo.MongoClient(stage.mongo.uri).connect()
    stage.later(() => client.close())
    const db = client.db('parley')
    const people = (await stage.people(subject, 100 + sizes.length)).slice(-sizes.length)
    const points: Point[] = []
    for (const [index, size] of sizes.entries()) {
      const person = people[index]!
      await copyChat(db, await stage.chat(subject, [person]), size - 1)
      points.push({ label: `of ${size}`, x: size, url: `${subject.url}/api/v1/chats?limit=50`, token: person.token })
    }
    const times = await timeEach(stage, points, options)
    const { row, curve } = curveOf('list of chats by how many one has', 'chats of one person', points, times, options.say)
    return { rows: [row], curves: [curve], ratios: [pair('chats of one with 10,000 ÷ with 100', times, 'of 10000', 'of 100')] }
  }
}
