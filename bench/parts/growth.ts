import { dialectOf, startLoad, targetOf } from '../load/program.ts'
import { range, withCpu } from '../rounds.ts'
import type { Curve, Part } from '../types.ts'
import { openGroups } from './groups.ts'
import { openedAtOnce } from './resident.ts'

const groupSizes = [2, 5, 10, 20, 50, 100]
const idleSockets = [100, 1000, 3000, 10_000]
const people = 100

/** What a send costs by socket as its group grows, and as the server holds more sockets that hear other chats. */
export const growth: Part = {
  name: 'growth',
  subjects: ['parley'],

  async run (stage, { rounds, seconds, say }) {
    const load = await startLoad(stage)
    const parley = await stage.subject('parley')
    const ms = seconds * 1000
    const measure = async (groups: { sockets: number[] }[]) => {
      const { result, micros } = await withCpu({ server: parley.pid }, () => load.tell('fan', { dialect: dialectOf(parley), kind: 'message', groups, inFlight: 8, ms, hears: 'all' }))
      return { message: micros['server']! / result.messages, delivery: micros['server']! / result.deliveries, perSecond: result.deliveries / result.ms * 1000 }
    }
    const bySize: Record<'message' | 'delivery', Curve> = {
      message: { name: 'a send to a group', x: 'people', y: 'µs of the server a message', points: [] },
      delivery: { name: 'a delivery in a group', x: 'people', y: 'µs of the server a delivery', points: [] }
    }
    for (const size of groupSizes) {
      const { groups, close } = await openGroups(stage, load, parley, { chats: 1, people: size })
      await measure(groups)
      const found = []
      for (let round = 0; round < rounds; round++) found.push(await measure(groups))
      for (const what of ['message', 'delivery'] as const) bySize[what].points.push({ x: size, ...range(found.map(one => one[what])) })
      say(`a group of ${size}: ${bySize.message.points.at(-1)!.median.toFixed(0)} µs of the server a message`)
      await close()
    }

    const bySockets: Curve = { name: 'stored fan-out to 100 beside other sockets', x: 'sockets', y: 'µs of the server a delivery', points: [] }
    const { groups, close } = await openGroups(stage, load, parley, { chats: 1, people })
    const all = await stage.people(parley, people)
    let held = people
    let chatId = ''
    for (const count of idleSockets) {
      for (; held < count; held += people) {
        chatId = await stage.chat(parley, all)
        await load.tell('open', { dialect: dialectOf(parley), targets: all.map(person => targetOf(parley, chatId, person)), atOnce: openedAtOnce })
      }
      const found = []
      for (let round = 0; round < rounds; round++) found.push((await measure(groups)).delivery)
      bySockets.points.push({ x: count, ...range(found) })
      say(`beside ${count} sockets: ${bySockets.points.at(-1)!.median.toFixed(2)} µs of the server a delivery`)
    }
    await close()
    return { rows: [], ratios: [], curves: [bySize.message, bySize.delivery, bySockets] }
  }
}
