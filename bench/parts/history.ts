import mongoose from 'mongoose'
import { ask } from '../run.ts'
import { pair } from '../rounds.ts'
import type { Part } from '../types.ts'
import { curveOf, type Point, timeEach } from './curve.ts'

const sizes = [100, 1000, 10_000, 100_000, 1_000_000]
const deep = 500_000

export const history: Part = {
  name: 'history',
  subjects: ['parley'],
  async run (stage, options) {
    const subject = await stage.subject('parley')
    const [person] = await stage.people(subject, 1)
    const { token } = person!
    const points: Point[] = []
    let longest = ''
    for (const size of sizes) {
      if (size > 100_000) options.say(`  writing ${size} messages …`)
      longest = await stage.chat(subject, [person!], size)
      points.push({ label: `newest of ${size}`, x: size, url: subject.api.page(longest), token })
    }
    const client = await new mongoose.mongo.MongoClient(stage.mongo.uri).connect()
    stage.later(() => client.close())
    const edge = await client.db('parley').collection('messages').findOne({ chat_id: new mongoose.mongo.ObjectId(longest), seq: sizes.at(-1)! - deep })
    const { next_cursor: cursor, items } = await ask(`${subject.api.page(longest)}&before=${String(edge!._id)}`, { token })
    if (items.length !== 50) throw new Error('a page in the depth is not full')
    const far: Point = { label: `${deep} deep`, x: deep, url: `${subject.api.page(longest)}&cursor=${cursor}`, token }
    const times = await timeEach(stage, [...points, far], options)
    const { row, curve } = curveOf('page by length of the history', 'messages', points, times, options.say)
    row.perSubject[far.label] = times[far.label]!
    return {
      rows: [row],
      curves: [curve],
      ratios: [
        pair('page of 1,000,000 ÷ of 100', times, `newest of ${sizes.at(-1)}`, 'newest of 100'),
        pair('500,000 deep ÷ newest', times, far.label, `newest of ${sizes.at(-1)}`)
      ]
    }
  }
}
