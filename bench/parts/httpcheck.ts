import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { json } from 'node:stream/consumers'
import { putLoad } from '../load/index.ts'
import { pathOf } from '../run.ts'
import { inRounds, pair } from '../rounds.ts'
import type { Part } from '../types.ts'
import { prepare } from './page.ts'

const connections = 32

/** Pages a second as autocannon counts them. */
async function autocannon (url: string, token: string, seconds: number): Promise<number> {
  const child = spawn(process.execPath, [pathOf('node_modules/autocannon/autocannon.js'), '--json', '-c', String(connections), '-d', String(seconds), '-H', `authorization=Bearer ${token}`, url], { stdio: ['ignore', 'pipe', 'ignore'] })
  const [told, [code]] = await Promise.all([json(child.stdout), once(child, 'close')]) as [{ '2xx': number, non2xx: number, duration: number }, [number]]
  if (code !== 0 || told.non2xx > 0) throw new Error(`autocannon ended with ${code} and ${told.non2xx} answers that were no success`)
  return told['2xx'] / told.duration
}

/** That our load program for HTTP sees what a well-known one sees. */
export const httpcheck: Part = {
  name: 'httpcheck',
  isApart: true,
  subjects: ['load program', 'autocannon'],

  async run (stage, { rounds, seconds }) {
    const parley = await stage.subject('parley')
    const { load: { urls: [url], tokens: [token] } } = await prepare(stage, parley, { messages: 200, chats: 1, people: 1 })
    const load = { urls: [url!], tokens: [token!], connections }
    await putLoad(stage, { ...load, seconds: 2 })
    const { pages } = await inRounds(this.subjects, rounds, async name => {
      if (name === 'autocannon') return { pages: await autocannon(url!, token!, Math.ceil(seconds)) }
      const { answers, seconds: took } = await putLoad(stage, { ...load, seconds })
      return { pages: answers / took }
    })
    return {
      rows: [{ name: `pages of Parley as two load programs see them, ${connections} in flight`, unit: 'a second', perSubject: pages! }],
      ratios: [pair('load program ÷ autocannon', pages!, 'load program', 'autocannon')]
    }
  }
}
