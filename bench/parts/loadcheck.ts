import { dialectOf, startLoad } from '../load/program.ts'
import { startFlood } from '../peers/bare.ts'
import { inRounds, pair } from '../rounds.ts'
import type { Part } from '../types.ts'
import { frameTexts } from './frame-texts.ts'
import { openGroups } from './groups.ts'

const people = 100
/** As many frames in one write as a server has in flight, and as many as fit the buffers. */
const floods = { 'flood, 8 in a write': 8, 'flood, 100 in a write': 100 }

/** That the load program is not what is measured: it hears prepared frames of another process at least three times as fast as the fastest server sends its own. */
export const loadcheck: Part = {
  name: 'loadcheck',
  isApart: true,
  subjects: ['parley', ...Object.keys(floods)],

  async run (stage, { rounds, seconds, say }) {
    const load = await startLoad(stage)
    const parley = await stage.subject('parley')
    const { groups, close } = await openGroups(stage, load, parley, { chats: 1, people })
    const ms = seconds * 1000
    const values = await inRounds(this.subjects, rounds, async name => {
      if (name === 'parley') {
        const answer = await load.tell('fan', { dialect: dialectOf(parley), kind: 'message', groups, inFlight: 8, ms, hears: 'all' })
        return { 'deliveries a second': answer.deliveries / answer.ms * 1000 }
      }
      const flood = await startFlood(stage, { frame: frameTexts.message, together: floods[name as keyof typeof floods] })
      const { hostname, port } = new URL(flood.url)
      const { first } = await load.tell('open', { dialect: 'bare', targets: Array.from({ length: people }, () => ({ host: hostname, port: Number(port), path: '/', place: { chatId: '', token: '' } })), atOnce: 32 })
      const answer = await load.tell('listen', { dialect: 'bare', sockets: Array.from({ length: people }, (_, index) => first + index), ms })
      await flood.stop()
      say(`${name}: the load program heard ${Math.round(answer.deliveries / answer.ms * 1000)} a second with ${(answer.cpuMs * 1000 / answer.deliveries).toFixed(2)} µs each`)
      return { 'deliveries a second': answer.deliveries / answer.ms * 1000, 'load program, µs a delivery': answer.cpuMs * 1000 / answer.deliveries }
    })
    await close()
    return {
      rows: Object.entries(values).map(([unit, perSubject]) => ({ name: 'what the load program can hear', unit, perSubject })),
      ratios: Object.keys(floods).map(name => pair('load program ÷ fastest server', values['deliveries a second']!, name, 'parley'))
    }
  }
}
