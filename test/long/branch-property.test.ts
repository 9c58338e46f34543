import fc from 'fast-check'
import t from 'tap'
import { makeChat } from '../helpers/people.ts'
import { branchScene, chatOf } from '../branches/scene.ts'

const { app, owner } = await branchScene(t)

/** A message of the model: one object, shared by all branches whose path it is on. */
interface Told { id: string, content: string, deleted: boolean, role: string, turn: Told | null, after: Told | null, order: number }
/** A branch of the model is nothing but the list of its messages. */
interface Line { id: string, name: string, kind: string, parent: Line | null, path: Told[], own: Told[] }

/** What a chat should be, in the simplest words. */
class Model {
  lines: Line[] = []
  active!: Line
  messages: Told[] = []
  ordered = 0
  constructor (mainId: string) { this.restart(mainId) }
  restart (mainId: string) {
    this.messages = []
    this.lines = [{ id: mainId, name: 'main', kind: 'main', parent: null, path: [], own: [] }]
    this.active = this.lines[0]!
  }

  add (line: Line, id: string, content: string, role: string, turn: Told | 'self' | null): Told {
    const message: Told = { id, content, role, deleted: false, turn: null, after: line.path.at(-1) ?? null, order: ++this.ordered }
    message.turn = turn === 'self' ? message : turn
    line.path.push(message)
    line.own.push(message)
    this.messages.push(message)
    return message
  }

  siblings = (message: Told) => this.messages.filter(({ after }) => after === message.after).sort((a, b) => a.order - b.order)
  questions = (line: Line) => line.path.filter(message => message.turn === message)
  fork (from: Line, keep: number, id: string, name: string, kind: string): Line {
    const last = from.path[keep - 1]
    const line = { id, name, kind, parent: last ? this.lines.find(({ own }) => own.includes(last))! : null, path: from.path.slice(0, keep), own: [] }
    this.lines.push(line)
    return line
  }

  descendants = (line: Line): Line[] => this.lines.filter(({ parent }) => parent === line).flatMap(child => [child, ...this.descendants(child)])
  remove (gone: Line[]) {
    this.lines = this.lines.filter(line => !gone.includes(line))
    this.messages = this.messages.filter(message => !gone.some(({ own }) => own.includes(message)))
  }
}

const n = fc.nat({ max: 1000 })
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('send' as const), line: fc.option(n), role: fc.constantFrom('user', 'assistant', 'system'), reply: fc.option(n, { freq: 2 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('turn' as const), line: fc.option(n) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('branch' as const), line: fc.option(n), by: fc.constantFrom('message_id', 'message_index', 'turn_index'), at: n, replace: fc.boolean(), activate: fc.option(fc.boolean()) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('switch' as const), line: n }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('edit' as const), at: n }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), at: n }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('drop' as const), line: n, cascade: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const), sure: fc.nat({ max: 3 }) }) }
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

const pick = <T>(items: T[], at: number): T | undefined => items[at % Math.max(1, items.length)]

let runs = 0
async function run (steps: Step[]) {
  runs++
  const chat = await makeChat(app, owner)
  const here = chatOf(app, owner, chat.id)
  const url = `/chats/${chat.id}`
  const model = new Model(chat.active_branch_id)
  const same = (found: unknown, wanted: unknown, what: string) => {
    if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new Error(`${what}:\n  found  ${JSON.stringify(found)}\n  wanted ${JSON.stringify(wanted)}`)
  }
  let texts = 0

  async function perform (step: Step) {
    const named = 'line' in step && step.line !== null ? pick(model.lines, step.line) : undefined
    const line = named ?? model.active
    const to = named && { branch_id: named.id }
    if (step.do === 'send') {
      const answered = step.reply === null ? undefined : pick(model.messages, step.reply)
      const content = `text ${++texts}`
      const sent = await here.say(content, { role: step.role, ...to, ...(answered && { reply_to: answered.id }) })
      const joins = step.role === 'assistant' && answered && answered.turn === answered && line.path.includes(answered)
      model.add(line, sent.id, content, step.role, joins ? answered : null)
    } else if (step.do === 'turn') {
      const [question, response] = [`question ${++texts}`, `response ${texts}`]
      const turn = await here.turn(question, response, to)
      const asked = model.add(line, turn.turn_id, question, 'user', 'self')
      model.add(line, turn.response_id, response, 'assistant', asked)
    } else if (step.do === 'branch') {
      const questions = model.questions(line)
      const turnAt = questions.length > 0 ? step.at % questions.length : 0
      const next = questions[turnAt + 1]
      const inTurn = line.path.filter((message, i) => message.turn === questions[turnAt] && questions.length > 0 && (!next || i < line.path.indexOf(next)))
      const chosen = step.by === 'turn_index' ? inTurn.at(-1) : pick(line.path, step.at)
      const index = chosen ? line.path.indexOf(chosen) : 0
      const selector = step.by === 'turn_index' ? { turn_index: turnAt } : step.by === 'message_index' ? { message_index: index } : chosen ? { message_id: chosen.id } : { message_index: 0 }
      const content = `again ${++texts}`
      const body = { ...selector, ...to, ...(step.replace ? { replace_with: content } : { name: `branch ${texts}` }), ...(step.activate !== null && { activate: step.activate }) }
      const answer = await here.tryBranch(body)
      if (!chosen) return same([answer.status, answer.body.code], [400, 'index_off_path'], 'a place that is not there')
      if (answer.status !== 201) throw new Error(`${JSON.stringify(body)} answered ${answer.text}`)
      const made = model.fork(line, step.replace ? index : index + 1, answer.body.id, answer.body.name, step.replace ? 'alternative' : 'named')
      if (step.replace) model.add(made, answer.body.message.id, content, chosen.role, chosen.turn === chosen ? 'self' : chosen.turn)
      if (step.activate ?? step.replace) model.active = made
    } else if (step.do === 'switch') {
      await here.activate(line.id)
      model.active = line
    } else if (step.do === 'edit' || step.do === 'delete') {
      const message = pick(model.messages, step.at)
      if (!message) return
      const content = `edited ${++texts}`
      const { status } = await here.ask(step.do === 'edit' ? 'PATCH' : 'DELETE', `/messages/${message.id}`, step.do === 'edit' ? { content } : undefined)
      same(status, step.do === 'delete' ? 204 : message.deleted ? 409 : 200, step.do)
      if (step.do === 'delete') Object.assign(message, { deleted: true, content: '' })
      else if (!message.deleted) message.content = content
    } else if (step.do === 'drop') {
      const gone = [line, ...model.descendants(line)]
      const refused = line.kind === 'main' || gone.includes(model.active) || (gone.length > 1 && !step.cascade)
      const { status } = await here.ask('DELETE', `${url}/branches/${line.id}?cascade=${String(step.cascade)}`)
      same(status, refused ? 409 : 204, 'deleting a branch')
      if (!refused) model.remove(gone)
    } else if (step.sure === 0) {
      await here.must('DELETE', `${url}/messages`)
      model.restart((await here.must('GET', url)).active_branch_id)
    }
  }

  for (const step of steps) await perform(step)
  same((await here.must('GET', url)).active_branch_id, model.active.id, 'the active branch')
  same((await here.tree()).map(({ id, name, kind, parent_branch_id: parent, size, own_size: own, is_active: active }: any) => [id, name, kind, parent, size, own, active]),
    model.lines.map(line => [line.id, line.name, line.kind, line.parent?.id ?? null, line.path.length, line.own.length, line === model.active]), 'the tree')
  for (const line of model.lines) {
    const what = `branch ${line.name}`
    const wanted = line.path.map((message, i) => {
      const siblings = model.siblings(message)
      return [message.id, message.content, i, message.deleted, message.role, message.turn?.id ?? null, siblings.indexOf(message), siblings.length]
    })
    const told = (items: any[]) => items.map(({ id, content, message_index: index, is_deleted: deleted, role, turn_id: turn, alternatives }) => [id, content, index, deleted, role, turn, alternatives.index, alternatives.count])
    same(told(await here.path(line.id)), wanted, what)
    const page = await here.page(`branch_id=${line.id}&limit=100`)
    const visible = wanted.filter(([, , , deleted]) => !deleted)
    same(told(page.items), visible.slice().reverse(), `${what}, newest first, without tombstones`)
    same(page.count, visible.length, `${what}, count`)
    const questions = model.questions(line)
    const turns = await here.must('GET', `${url}/turns?branch_id=${line.id}&limit=100`)
    same(turns.items.map(({ turn_id: id, turn_index: index, question, response, response_id: answer }: any) => [id, index, question, response, answer]), questions.map((question, i) => {
      const answer = line.path.filter(message => message.turn === question && message !== question).at(-1)
      return [question.id, i, question.content, answer?.content ?? null, answer?.id ?? null]
    }), `${what}, turns`)
    same(turns.count, questions.length, `${what}, count of turns`)
  }
}

t.test('whatever happens in whatever order, every branch tells its history', async t => {
  const seed = Number(process.env['PROPERTY_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  t.comment(`PROPERTY_SEED=${seed}`)
  const started = Date.now()
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30, size: 'max' }), run), { seed, numRuns: Number(process.env['PROPERTY_RUNS'] ?? 12), interruptAfterTimeLimit: 10_000, markInterruptAsFailure: false, endOnFailure: false })
  t.ok(runs > 1, `held for seed ${seed}: ${runs} runs in ${Date.now() - started} ms`)
})
