import type { mongo } from 'mongoose'
import t from 'tap'
import { branchScene } from './scene.ts'

const { app, owner, chat, ...here } = await branchScene(t)
const { log, messages } = app.services

/** Every stage of a plan that won. */
function stagesOf (plan: unknown): string[] {
  if (typeof plan !== 'object' || plan === null) return []
  const { stage } = plan as { stage?: string }
  return [...(stage ? [stage] : []), ...Object.entries(plan).filter(([key]) => key !== 'rejectedPlans').flatMap(([, part]) => stagesOf(part))]
}

t.test('no query of a page scans a collection or sorts what it found', async t => {
  for (let i = 0; i < 20; i++) await here.turn(`q${i}`, `a${i}`)
  let last = chat.active_branch_id
  for (let i = 1; i <= 5; i++) {
    last = (await here.branch({ name: `fork ${i}`, message_index: 38 + i, branch_id: last })).id
    await here.turn(`fork ${i}`, `answer ${i}`, { branch_id: last })
    await here.say(`more ${i}`, { branch_id: last })
  }
  for (let i = 0; i < 6; i++) await here.branch({ message_index: i, branch_id: last, replace_with: `again ${i}`, activate: false })
  const deleted = (await here.path(last))[3].id
  await here.must('DELETE', `/messages/${deleted}`)

  const asked: { name: string, cursor: Pick<mongo.FindCursor, 'explain'> }[] = []
  const db = log.branches.db.db!
  const { command } = db
  db.command = async function (given, ...rest) {
    if ('find' in given) asked.push({ name: `${String(given['find'])} ${JSON.stringify(given['filter'])}`, cursor: { explain: async () => await command.call(this, { explain: given, verbosity: 'queryPlanner' }) } })
    return await command.call(this, given, ...rest)
  }
  t.teardown(() => { db.command = command })
  for (const [name, collection] of [['messages', log.entries], ['branches', log.branches.collection]] as [string, any][]) {
    for (const method of ['find', 'aggregate']) {
      const real = collection[method]
      collection[method] = function (...given: unknown[]) {
        const cursor = real.apply(this, given)
        asked.push({ name: `${name}.${method} ${JSON.stringify(given[0])}`, cursor: cursor.clone?.() ?? cursor })
        const { sort, limit, hint } = cursor
        const copy = asked.at(-1)!.cursor as any
        for (const [word, call] of Object.entries({ sort, limit, hint })) if (call) cursor[word] = (...options: unknown[]) => { copy[word](...options); return call.apply(cursor, options) }
        return cursor
      }
      t.teardown(() => { collection[method] = real })
    }
  }
  const actor = { id: owner.id, username: owner.username, role: 'user' as const, session_id: '' }
  await messages.list(actor, chat.id, { branch_id: last, limit: 50 })
  const { next_cursor: older } = await messages.list(actor, chat.id, { branch_id: last, limit: 2 })
  const before = asked.length
  await messages.list(actor, chat.id, { cursor: older!, limit: 2 })
  t.match(asked.slice(before).filter(({ name }) => name.startsWith('messages')), [{ name: /\$or/ }], 'one read of the page and of what has come since')
  await messages.list(actor, chat.id, { branch_id: last, limit: 10, order: 'asc' })
  await messages.list(actor, chat.id, { branch_id: last, limit: 10, around: (await here.path(last)).at(-3).id })
  await messages.listTurns(actor, chat.id, { branch_id: last, limit: 10, order: 'desc' })
  await messages.get(actor, (await here.path(last))[0].id)
  t.ok(asked.length >= 18, `${asked.length} queries were made`)
  const seen = new Set<string>()
  for (const { name, cursor } of asked) {
    const stages = stagesOf(await cursor.explain('queryPlanner'))
    for (const stage of stages) seen.add(stage)
    t.notOk(stages.some(stage => stage === 'COLLSCAN' || stage === 'SORT'), `${name}: ${stages.join(' ')}`)
    t.ok(stages.length > 0)
  }
  t.ok(seen.has('IXSCAN'))
})

t.test('what siblings a message has is looked up, not found by walking the log', async t => {
  let find: any
  const real = log.entries.find
  log.entries.find = function (this: unknown, filter: any, ...more: any[]) {
    if (filter.$or) find = filter
    return real.call(log.entries, filter, ...more)
  } as never
  t.teardown(() => { log.entries.find = real })
  await here.page('limit=20&order=asc')
  log.entries.find = real
  t.ok(find.$or.length > 2)
  const { executionStats } = await log.entries.find(find).project({ seq: 1 }).explain('executionStats') as any
  t.ok(executionStats.totalDocsExamined <= find.$or.length, `${executionStats.totalDocsExamined} documents looked at for ${find.$or.length} places`)
})
