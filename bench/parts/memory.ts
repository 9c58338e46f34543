import { dialectOf, type Load, startLoad, targetOf } from '../load/program.ts'
import { pair } from '../rounds.ts'
import { each } from '../stage.ts'
import type { Part, Person, Row, Stage } from '../types.ts'
import { kib, openedAtOnce, rested } from './resident.ts'

/** In chats of ten people with ten sockets each. */
const idle = { sockets: 7000, people: 10, socketsOfEach: 10, warmUp: 300 }
const subscribed = { sockets: 50, chats: 400 }
/** Rounds, of a minute and more each. */
const most = 3

/** Sockets that nobody speaks on, opened in chats on a server that has just started. */
async function perIdleSocket (stage: Stage, load: Load, name: string, seeded: Map<string, { people: Person[], chats: string[] }>): Promise<number> {
  // The same variant is the same database: only the process is new.
  const subject = await stage.subject(name, { name: 'memory' })
  const count = idle.sockets / idle.people / idle.socketsOfEach
  let seed = seeded.get(name)
  if (!seed) {
    const people = await stage.people(subject, idle.people)
    seed = { people, chats: await each(count, 4, () => stage.chat(subject, people)) }
    seeded.set(name, seed)
    await subject.stop()
    return await perIdleSocket(stage, load, name, seeded)
  }
  const targets = seed.chats.flatMap(chatId => seed.people.flatMap(person => Array<ReturnType<typeof targetOf>>(idle.socketsOfEach).fill(targetOf(subject, chatId, person))))
  const dialect = dialectOf(subject)
  const warm = await load.tell('open', { dialect, targets: targets.slice(0, idle.warmUp), atOnce: openedAtOnce })
  await load.tell('close', { from: warm.first, to: warm.first + idle.warmUp })
  const before = await rested(subject)
  const { first } = await load.tell('open', { dialect, targets, atOnce: openedAtOnce })
  const after = await rested(subject)
  const { open } = await load.tell('state', { from: first, to: first + targets.length })
  if (open !== targets.length) throw new Error(`${name} kept ${open} of ${targets.length} sockets`)
  await load.tell('close', { from: first, to: first + targets.length })
  await subject.stop()
  return (after - before) / targets.length
}

async function perSubscription (stage: Stage, load: Load): Promise<number> {
  const subject = await stage.subject('parley', { name: 'subscriptions' })
  const people = await stage.people(subject, subscribed.sockets)
  const chats = await each(subscribed.chats + 1, 4, () => stage.chat(subject, people))
  const targets = people.map(person => targetOf(subject, chats[0]!, person))
  const { first } = await load.tell('open', { dialect: 'parley', targets, atOnce: openedAtOnce })
  const sockets = targets.map((_, index) => first + index)
  const subscribe = async (some: string[]) => await load.tell('ask', { sockets, frames: some.map(chatId => JSON.stringify({ type: 'subscribe', id: chatId, chat_id: chatId })), answer: '{"type":"ack"' })
  // The first half brings the heap to its working size: what a subscription keeps is what the second adds.
  const half = subscribed.chats / 2
  await subscribe(chats.slice(1, 1 + half))
  const before = await rested(subject)
  await subscribe(chats.slice(1 + half))
  const after = await rested(subject)
  await load.tell('close', { from: first, to: first + sockets.length })
  await subject.stop()
  return (after - before) / (subscribed.sockets * half)
}

/** What memory a socket costs that is only there, and a chat that it hears. */
export const memory: Part = {
  name: 'memory',
  subjects: ['parley', 'fastapi'],

  async run (stage, { rounds, say }) {
    const load = await startLoad(stage)
    const seeded = new Map<string, { people: Person[], chats: string[] }>()
    const values: Record<string, number[]> = Object.fromEntries(this.subjects.map(name => [name, []]))
    // Side by side: most of the time nothing is done but to wait until a server has given back what it does not need.
    const subscribing = perSubscription(stage, load)
    subscribing.catch(() => {})
    for (let round = 0; round < Math.min(rounds, most); round++) {
      await Promise.all(this.subjects.map(async name => {
        const bytes = await perIdleSocket(stage, load, name, seeded)
        say(`an idle socket of ${name}: ${(bytes / kib).toFixed(1)} KiB`)
        values[name]!.push(bytes / kib)
      }))
    }
    const subscription = await subscribing
    say(`a subscription: ${subscription.toFixed(0)} bytes`)
    const rows: Row[] = [
      { name: `memory of an idle socket, ${idle.sockets} from zero`, unit: 'KiB', perSubject: values },
      { name: `memory of a subscription, ${subscribed.sockets} sockets to ${subscribed.chats} chats each, second half`, unit: 'bytes', perSubject: { parley: [subscription] } }
    ]
    return {
      rows,
      ratios: this.subjects.slice(1).map(name => pair(`memory of an idle socket ÷ ${name}`, values, 'parley', name))
    }
  }
}
