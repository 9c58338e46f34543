import { startLoad } from '../load/program.ts'
import { dialectOf } from '../load/program.ts'
import { inRounds, pair, withCpu } from '../rounds.ts'
import type { Part, Ratio, Row } from '../types.ts'
import { openGroups } from './groups.ts'

/** The first one is warmed until Node has compiled what both run: after two seconds of it Parley's first round took a third longer than the others, after five still a tenth. */
const shapes = [{ name: '1 × 100', key: 'fanout 1x100', chats: 1, people: 100, warmUpMs: 8000 }, { name: '10 × 10', key: 'fanout 10x10', chats: 10, people: 10, warmUpMs: 2000 }]
const inFlight = 8

/** Stored messages to everybody of a chat: each is sent by a socket, stored by a majority, and heard by all sockets of the chat, the sender's own among them. */
export const fanout: Part = {
  name: 'fanout',
  subjects: ['parley', 'fastapi', 'socketio'],

  async run (stage, { rounds, seconds, say }) {
    const rows: Row[] = []
    const ratios: Ratio[] = []
    const notes: string[] = []
    const load = await startLoad(stage)
    for (const shape of shapes) {
      const open = new Map(await Promise.all(this.subjects.map(async name => {
        const subject = await stage.subject(name)
        return [name, { subject, ...await openGroups(stage, load, subject, shape) }] as const
      })))
      const fan = async (name: string, ms: number) => {
        const { subject, groups } = open.get(name)!
        return await load.tell('fan', { dialect: dialectOf(subject), kind: 'message', groups, inFlight, ms, hears: 'all' })
      }
      const stored = async (name: string) => {
        const { subject, chatIds } = open.get(name)!
        return (await Promise.all(chatIds.map(chatId => subject.api.count(chatId)))).reduce((sum, count) => sum + count, 0)
      }
      for (const name of this.subjects) await fan(name, shape.warmUpMs)
      const values = await inRounds(this.subjects, rounds, async name => {
        const before = await stored(name)
        const { result, micros } = await withCpu({ server: open.get(name)!.subject.pid, mongod: stage.mongo.pid, load: load.pid }, () => fan(name, seconds * 1000))
        const { ms, messages, deliveries, lost, whole } = result
        if (lost > 0) throw new Error(`${name} lost ${lost} deliveries`)
        const written = await stored(name) - before
        const sent = messages + inFlight * shape.chats
        if (written < messages || written > sent) throw new Error(`${name} stored ${written} messages of ${messages} to ${sent}`)
        say(`fan-out ${shape.name}, ${name}: ${Math.round(deliveries / ms * 1000)} deliveries a second, ${(micros['server']! / deliveries).toFixed(2)} µs of the server each`)
        return {
          'deliveries a second': deliveries / ms * 1000,
          'server, µs a delivery': micros['server']! / deliveries,
          'mongod, µs a message': micros['mongod']! / messages,
          'load program, µs a delivery': micros['load']! / deliveries,
          'p50 until all have it, ms': whole.find(({ percentile }) => percentile === 50)!.value,
          'p99 until all have it, ms': whole.find(({ percentile }) => percentile === 99)!.value
        }
      })
      for (const [unit, perSubject] of Object.entries(values)) rows.push({ name: `stored fan-out ${shape.name}, ${inFlight} in flight`, unit, perSubject })
      const deliveries = values['deliveries a second']!
      for (const to of this.subjects.slice(1)) ratios.push(pair(`${shape.key} ÷ ${to}`, deliveries, 'parley', to))
      for (const { close } of open.values()) await close()
    }
    return { rows, ratios, notes }
  }
}
