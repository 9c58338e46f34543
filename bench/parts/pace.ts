import { dialectOf, startLoad } from '../load/program.ts'
import { inRounds, pair, withCpu } from '../rounds.ts'
import type { Distribution, Part } from '../types.ts'
import { openGroups } from './groups.ts'

const deliveriesPerSecond = 20_000
const people = 100
const warmUpMs = 2000

/** How long a stored message takes to each of a group, sent at a fixed rate whatever the server does. */
export const pace: Part = {
  name: 'pace',
  subjects: ['parley', 'fastapi'],

  async run (stage, { rounds, seconds, say }) {
    const load = await startLoad(stage)
    const open = new Map(await Promise.all(this.subjects.map(async name => {
      const subject = await stage.subject(name)
      return [name, { subject, ...await openGroups(stage, load, subject, { chats: 1, people }) }] as const
    })))
    const distribution: Distribution = { name: `delivery of a stored message at ${deliveriesPerSecond} a second`, unit: 'ms', perSubject: {} }
    const send = async (name: string, ms: number) => {
      const { subject, groups } = open.get(name)!
      return await load.tell('pace', { dialect: dialectOf(subject), groups, perSecond: deliveriesPerSecond / people, ms })
    }
    for (const name of this.subjects) await send(name, warmUpMs)
    const values = await inRounds(this.subjects, rounds, async name => {
      const { result, micros } = await withCpu({ server: open.get(name)!.subject.pid }, () => send(name, seconds * 1000))
      const at = (wanted: number) => result.delivery.find(({ percentile }) => percentile === wanted)!.value
      if (result.lost > 0) throw new Error(`${name} lost ${result.lost} deliveries`)
      distribution.perSubject[name] = result.delivery
      say(`${deliveriesPerSecond} deliveries a second, ${name}: p50 ${at(50).toFixed(1)} ms, p99 ${at(99).toFixed(1)} ms (the load program at most ${result.lateMs.toFixed(1)} ms late)`)
      return { 'p50, ms': at(50), 'p99, ms': at(99), 'server, % of a core': micros['server']! / result.ms / 10, 'load program late at most, ms': result.lateMs }
    })
    for (const { close } of open.values()) await close()
    return {
      rows: Object.entries(values).map(([unit, perSubject]) => ({ name: distribution.name, unit, perSubject })),
      ratios: this.subjects.slice(1).map(name => pair(`p99 of delivery ÷ ${name}`, values['p99, ms']!, 'parley', name)),
      distributions: [distribution]
    }
  }
}
