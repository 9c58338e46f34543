import fc from 'fast-check'
import t from 'tap'
import { Problem } from '../../src/platform/errors.ts'
import type { Actor } from '../../src/platform/guard.ts'
import { startApp } from '../helpers/app.ts'
import { type Person, registerAll } from '../helpers/people.ts'
import { type Catcher, createCatcher, freshRead, inOrder } from './catching-up.ts'

const app = await startApp(t)
const { services } = app
const [ann, bob, cyd] = await registerAll(app, 'ann', 'bob', 'cyd') as [Person, Person, Person]
const actorOf = ({ id, username }: Person): Actor => ({ id, username, role: 'user', session_id: '', expires_at: 0 })

const n = fc.nat({ max: 1000 })
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('send' as const), at: n, who: n }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('edit' as const), at: n }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), at: n }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('react' as const), at: n, who: n, remove: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('branch' as const), at: n, replace: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('activate' as const), at: n }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('drop' as const), at: n }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('name' as const), at: n }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('title' as const), at: n }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('people' as const), who: n, what: fc.constantFrom('add', 'remove', 'admin') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const), sure: fc.nat({ max: 1 }) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('catch up' as const), client: n, limit: fc.integer({ min: 1, max: 9 }), pages: fc.integer({ min: 1, max: 6 }), epoch: fc.boolean() }) }
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never
const pick = <T>(items: T[], at: number): T | undefined => items[at % Math.max(1, items.length)]
const total = { runs: 0, pages: 0, resyncs: 0, items: 0, done: 0, refused: 0 }

/** Several writers and several clients on one chat. `steps` of one list come after each other, the lists at the same time. */
async function run (lists: Step[][]) {
  total.runs++
  const { chats, messages, branches } = services
  const owner = actorOf(ann)
  const { chat: { id } } = await chats.create(owner, { type: 'group', participant_ids: [bob.id], title: 'A chat' })
  const clients: Catcher[] = [ann, bob, bob, cyd].map(person => createCatcher(services, actorOf(person), id))
  let texts = 0
  const known = async () => (await freshRead(services, owner, id))!.shown

  async function perform (step: Step): Promise<unknown> {
    if (step.do === 'catch up') {
      const client = pick(clients, step.client)!
      return await catchUp(client, step.limit, step.epoch, step.pages)
    }
    const text = `text ${++texts}`
    if (step.do === 'title') return await chats.update(owner, id, { title: text })
    if (step.do === 'clear') return step.sure === 0 ? await chats.clear(owner, id) : undefined
    if (step.do === 'people') {
      const person = pick([bob, cyd], step.who)!
      if (step.what === 'add') return await chats.participants.add(owner, id, [person.id])
      return step.what === 'remove' ? await chats.participants.remove(owner, id, person.id) : await chats.participants.change(owner, id, person.id, step.who % 2 === 0)
    }
    const shown = await known()
    const all = [...shown.messages.values()]
    const branch = 'at' in step ? pick([...shown.branches.keys()], step.at)! : ''
    if (step.do === 'send') return await messages.send(actorOf(pick([ann, bob], step.who)!), id, { content: text, branch_id: branch })
    if (step.do === 'activate') return await branches.activate(owner, id, branch)
    if (step.do === 'drop') return await branches.remove(owner, id, branch, true)
    if (step.do === 'name') return await branches.rename(owner, id, branch, text)
    const message = pick(all, step.at)
    if (!message) return
    if (step.do === 'edit') return await messages.edit(actorOf(message.sender_id === ann.id ? ann : bob), message.id, text)
    if (step.do === 'delete') return await messages.remove(owner, message.id)
    if (step.do === 'react') return await messages.react(actorOf(pick([ann, bob], step.who)!), message.id, step.at % 2 ? '👍' : '🎉', step.remove)
    return await branches.create(owner, id, { message_id: message.id, ...(step.replace ? { replace_with: text } : { name: text }) })
  }

  const busy = new Map<Catcher, Promise<void>>()
  /** A client does one thing at a time, as a real one does. */
  async function catchUp (client: Catcher, limit: number, epoch: boolean, pages: number) {
    const before = busy.get(client)
    const mine = (async () => {
      await before
      for (let i = 0; i < pages && await client.step(limit, epoch); i++);
    })()
    busy.set(client, mine.catch(() => {}))
    await mine
  }

  await Promise.all(lists.map(async list => {
    for (const step of list) {
      try {
        await perform(step)
        total.done++
      } catch (error) {
        // What another writer has just removed cannot be changed any more; that is not what is tested here.
        if (!(error instanceof Problem) || error.status >= 500 || error.code === 'resync_required') throw error
        total.refused++
      }
    }
  }))
  for (const [i, client] of clients.entries()) {
    await catchUp(client, 1 + i, i % 2 === 0, 1000)
    const [copy, fresh] = [inOrder(client.shown), inOrder((await freshRead(services, client.actor, id))?.shown)]
    if (JSON.stringify(copy) !== JSON.stringify(fresh)) throw new Error(`client ${i} differs:\n  copy  ${JSON.stringify(copy)}\n  fresh ${JSON.stringify(fresh)}`)
    for (const key of ['pages', 'resyncs', 'items'] as const) total[key] += client.counts[key]
  }
}

t.test('whoever catches up, whenever and in whatever portions, ends with what a fresh read gives', async t => {
  const seed = Number(process.env['PROPERTY_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  t.comment(`PROPERTY_SEED=${seed}`)
  const lists = fc.array(fc.array(step, { minLength: 10, maxLength: 25, size: 'max' }), { minLength: 1, maxLength: 3 })
  await fc.assert(fc.asyncProperty(lists, run), { seed, numRuns: 12, interruptAfterTimeLimit: 40_000, markInterruptAsFailure: false, endOnFailure: true })
  t.ok(total.pages > 10 && total.items > 10, `held for seed ${seed}: ${JSON.stringify(total)}`)
})
