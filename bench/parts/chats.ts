import { each } from '../stage.ts'
import { pair } from '../rounds.ts'
import type { Part } from '../types.ts'
import { curveOf, type Point, timeEach } from './curve.ts'

const sizes = [10, 100, 1000, 10_000]

export const chats: Part = {
  name: 'chats',
  subjects: ['parley'],
  async run (stage, options) {
    const subject = await stage.subject('parley')
    const people = (await stage.people(subject, 20 + sizes.length)).slice(-sizes.length)
    const points: Point[] = []
    for (const [index, size] of sizes.entries()) {
      const person = people[index]!
      if (size > 1000) options.say(`  making ${size} chats …`)
      await each(size, 16, async () => await stage.chat(subject, [person]))
      points.push({ label: `of ${size}`, x: size, url: `${subject.url}/api/v1/chats?limit=50`, token: person.token })
    }
    const times = await timeEach(stage, points, options)
    const { row, curve } = curveOf('list of chats by how many one has', 'chats of one person', points, times, options.say)
    return { rows: [row], curves: [curve], ratios: [pair('chats of one with 10,000 ÷ with 100', times, 'of 10000', 'of 100')] }
  }
}
