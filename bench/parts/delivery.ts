import type { Kind } from '../load/dialects.ts'
import { dialectOf, startLoad } from '../load/program.ts'
import { startBareSockets } from '../peers/bare.ts'
import { inRounds, pair, withCpu } from '../rounds.ts'
import type { Part, Ratio, Row } from '../types.ts'
import { frameTexts } from './frame-texts.ts'
import { openGroups } from './groups.ts'

const people = 100
const warmUpMs = 1000
const tasks: { kind: Kind, hears: 'all' | 'others', stored: boolean, name: string, key: string }[] = [
  { kind: 'typing', hears: 'others', stored: false, name: 'delivery without storing', key: 'delivery ÷ bare ws' },
  { kind: 'message', hears: 'all', stored: true, name: 'delivery of a stored message', key: 'stored delivery ÷ bare ws with an insert' }
]

/**
 * One thing in flight, sent on when the last of a group has heard it: how near the product is to a server that does nothing else. What
 * Parley delivers without storing it is a sign of typing (it passes the token, rights, limits, schema and rate limits as any frame does);
 * a message is measured against a bare server that inserts a document before it sends.
 */
export const delivery: Part = {
  name: 'delivery',
  subjects: ['parley', 'bare'],

  async run (stage, { rounds, seconds, say }) {
    const rows: Row[] = []
    const ratios: Ratio[] = []
    const load = await startLoad(stage)
    const parley = await stage.subject('parley')
    const { groups: [group], close } = await openGroups(stage, load, parley, { chats: 1, people })
    for (const { kind, hears, stored, name, key } of tasks) {
      const bare = await startBareSockets(stage, { frame: frameTexts[kind], hears, stored })
      const { hostname, port } = new URL(bare.url)
      const place = { chatId: 'room', token: '' }
      const { first } = await load.tell('open', { dialect: 'bare', targets: Array.from({ length: people }, () => ({ host: hostname, port: Number(port), path: '/room', place })), atOnce: 32 })
      const sides = {
        parley: { pid: parley.pid, dialect: dialectOf(parley), groups: [group!] },
        bare: { pid: bare.pid, dialect: 'bare', groups: [{ sockets: Array.from({ length: people }, (_, index) => first + index) }] }
      }
      const fan = async (side: string, ms: number) => {
        const { dialect, groups } = sides[side as keyof typeof sides]
        const answer = await load.tell('fan', { dialect, kind, groups, inFlight: 1, ms, hears })
        if (answer.lost > 0) throw new Error(`${side} lost ${answer.lost} deliveries`)
        return answer
      }
      for (const side of this.subjects) await fan(side, warmUpMs)
      const values = await inRounds(this.subjects, rounds, async side => {
        const { result: { ms, messages, deliveries, whole }, micros } = await withCpu({ server: sides[side as keyof typeof sides].pid }, () => fan(side, seconds * 1000))
        say(`${name}, ${side}: ${Math.round(messages / ms * 1000)} a second to ${deliveries / messages} each`)
        return {
          'a second': messages / ms * 1000,
          'server, µs each': micros['server']! / messages,
          'p50, ms': whole.find(({ percentile }) => percentile === 50)!.value
        }
      })
      for (const [unit, perSubject] of Object.entries(values)) rows.push({ name: `${name}, one in flight to ${people}`, unit, perSubject })
      ratios.push(pair(key, values['a second']!, 'parley', 'bare'))
      await load.tell('close', { from: first, to: first + people })
      await bare.stop()
    }
    await close()
    return { rows, ratios }
  }
}
