import { startBareHttp } from '../peers/bare-http.ts'
import { ask } from '../run.ts'
import { pair } from '../rounds.ts'
import type { Part, Person, Row, Stage, Subject } from '../types.ts'
import { closedLoop, type Contestant, inFlight, openLoop, speedRatio, warmUp } from './http.ts'
import { compareRights } from './rights.ts'

const subjects = ['parley', 'fastapi', 'socketio']
/** Messages of each chat, chats, and people of each. */
const size = { messages: 2000, chats: 20, people: 10 }

/** What a page must have in common with that of every other server. */
const essence = (page: { items: Record<string, unknown>[] }) => page.items.map(({ seq, content, role, status, created_at, is_deleted, is_edited, reactions, message_index }) => ({ seq, content, role, status, created_at, is_deleted, is_edited, reactions, message_index }))

export async function prepare (stage: Stage, subject: Subject, size: { messages: number, chats: number, people: number }): Promise<Contestant & { people: Person[], chats: string[] }> {
  const people = await stage.people(subject, size.people)
  const chats: string[] = []
  for (let i = 0; i < size.chats; i++) chats.push(await stage.chat(subject, people, size.messages))
  return { subject, people, chats, load: { urls: chats.map(subject.api.page), tokens: chats.map((_, index) => people[index % people.length]!.token) } }
}

const readPage = async (subject: Subject, chatId: string, { token }: Person) => await ask(subject.api.page(chatId), { token })

export const page: Part = {
  name: 'page',
  subjects,
  async run (stage, options) {
    const contestants = []
    for (const name of subjects) contestants.push(await prepare(stage, await stage.subject(name), size))
    const [first, ...others] = contestants
    const wanted = JSON.stringify(essence(await readPage(first!.subject, first!.chats[0]!, first!.people[0]!)))
    const notes = [`page: ${await compareRights(stage, contestants.map(({ subject }) => subject))}`]
    for (const { subject, chats, people } of others) {
      const given = JSON.stringify(essence(await readPage(subject, chats[0]!, people[0]!)))
      if (given !== wanted) throw new Error(`${subject.name} answers another page than parley:\n${given.slice(0, 500)}\n${wanted.slice(0, 500)}`)
    }
    notes.push(`page: the answers of ${subjects.join(', ')} have the same items in the same order with the same content`)
    const bare = await startBareHttp(stage, JSON.stringify(await readPage(first!.subject, first!.chats[0]!, first!.people[0]!)))
    stage.later(bare.stop)
    const withBare: Contestant[] = [...contestants, { subject: bare, load: { urls: [bare.api.page(first!.chats[0]!)], tokens: [] } }]
    await warmUp(stage, withBare)
    const rows: Row[] = []
    for (const connections of inFlight) rows.push(...await closedLoop(stage, 'page of 50', withBare, connections, options))
    const full = rows.filter(({ name }) => name.endsWith(`, ${inFlight.at(-1)} in flight`))
    const ratios = withBare.slice(1).map(({ subject: { name } }) => speedRatio(`page ÷ ${name}`, full, 'parley', name))
    // At half of what the slowest full server can do, none is ever full.
    const slowest = Math.min(...full.find(({ unit }) => unit === 'a second')!.perSubject['fastapi']!)
    const { rows: latency, distribution } = await openLoop(stage, 'page of 50', contestants, Math.max(50, Math.round(slowest / 20) * 10), options)
    const p99 = latency.find(({ unit }) => unit === 'p99 ms')!.perSubject
    ratios.push(pair('page p99 ÷ fastapi', p99, 'parley', 'fastapi'))
    await bare.stop()
    return { rows: [...rows, ...latency], ratios, distributions: [distribution], notes }
  }
}
