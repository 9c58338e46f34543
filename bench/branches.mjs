// What branches cost within one process, against the real MongoDB: npm run build && node bench/branches.mjs.
// In one chat of 1,000,000 messages and branches up to 50 forks deep: a page of 50 at their heads beside one of a linear chat
// of 100 messages, and making a branch there beside making one in a chat of ten. Ratios within a round; rounds rotate the order.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Types } from 'mongoose'
import { buildApp } from '../dist/app.js'
import { loadConfig } from '../dist/platform/config.js'
import { startEmbeddedMongo } from '../dist/platform/embedded-mongo.js'
import { connectMongo } from '../dist/platform/mongo.js'

const size = Number(process.env.BENCH_MESSAGES ?? 1_000_000)
const rounds = Number(process.env.BENCH_ROUNDS ?? 9)
const pagesPerRound = 150
const branchesPerRound = 12
const say = line => process.stdout.write(`${line}\n`)

const folder = await mkdtemp(join(tmpdir(), 'parley-bench-'))
const mongo = await startEmbeddedMongo({ dataDir: folder, say })
let connection
let app
try {
  const config = loadConfig({ NODE_ENV: 'test', MONGODB_URL: mongo.uri, MONGODB_DATABASE: 'bench', SECRET_KEY: 'a benchmark needs no secret at all', RATE_LIMIT: 'off', LOG_LEVEL: 'silent' }, '/nonexistent')
  connection = await connectMongo(config)
  app = await buildApp({ config, connection })
  await app.prepare()
  await measure(app.services)
} finally {
  await app?.drain()
  await connection?.close()
  await mongo.stop()
  await rm(folder, { recursive: true, force: true })
}

async function measure ({ users, chats, log, messages, branches }) {
  const user = new Types.ObjectId()
  await connection.collection('users').insertOne({ _id: user, email: 'bench@example.com', username: 'bench', created_at: new Date() })
  const actor = { id: String(user), username: 'bench', role: 'user', session_id: '' }

  /** A chat with so many messages, inserted directly. */
  async function chatOf (count) {
    const { chat } = await chats.create(actor, { type: 'assistant', title: 'bench' })
    const base = { kind: 'message', chat_id: new Types.ObjectId(chat.id), branch_id: new Types.ObjectId(chat.active_branch_id), role: 'user', sender_id: user, content: 'a message of the usual length, as people write them', status: 'complete', created_at: new Date(), turn_count: 0 }
    const portion = 20_000
    for (let from = 0; from < count; from += portion) {
      const rows = Array.from({ length: Math.min(portion, count - from) }, (_, i) => ({ ...base, _id: new Types.ObjectId(), seq: from + i + 1, rev: from + i + 1, message_index: from + i }))
      await log.entries.insertMany(rows, { ordered: false, writeConcern: { w: 1, j: false } })
      if (count > 100_000 && (from + portion) % 100_000 === 0) say(`  ${from + portion} of ${count} messages`)
    }
    return chat
  }

  say(`Seeding a chat of ${size} messages …`)
  const started = Date.now()
  const [big, linear, small] = [await chatOf(size), await chatOf(100), await chatOf(10)]
  say(`  in ${Math.round((Date.now() - started) / 1000)} s`)

  // Branches on branches near the head of the big chat: each has one message of its own, so that a page there touches up to 50.
  const deep = new Map()
  let last = big.active_branch_id
  for (let depth = 1; depth <= 50; depth++) {
    const made = await branches.create(actor, big.id, { name: `depth ${depth}`, message_index: size - 100 + depth, branch_id: last })
    last = made.id
    await messages.send(actor, big.id, { content: 'beyond the fork', branch_id: last })
    if ([1, 10, 50].includes(depth)) deep.set(depth, last)
  }
  const page = async (chat, branchId) => {
    const { items } = await messages.list(actor, chat.id, { limit: 50, ...(branchId && { branch_id: branchId }) })
    if (items.length !== 50) throw new Error(`a page of ${items.length}`)
  }
  let name = 0
  const branchIn = async (chat, index) => { await branches.create(actor, chat.id, { name: `made ${++name}`, message_index: index, branch_id: chat.active_branch_id }) }

  const work = {
    'page, linear chat of 100': { times: pagesPerRound, run: () => page(linear) },
    [`page, chat of ${size}, no fork`]: { times: pagesPerRound, run: () => page(big, big.active_branch_id) },
    'page, 1 fork deep': { times: pagesPerRound, run: () => page(big, deep.get(1)) },
    'page, 10 forks deep': { times: pagesPerRound, run: () => page(big, deep.get(10)) },
    'page, 50 forks deep': { times: pagesPerRound, run: () => page(big, deep.get(50)) },
    'branch in a chat of 10': { times: branchesPerRound, run: () => branchIn(small, 5) },
    [`branch in a chat of ${size}`]: { times: branchesPerRound, run: () => branchIn(big, Math.floor(size / 2)) }
  }
  const names = Object.keys(work)
  for (const { run } of Object.values(work)) for (let i = 0; i < 10; i++) await run()
  const results = Object.fromEntries(names.map(each => [each, []]))
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const which = names[(i + round) % names.length]
      const begin = performance.now()
      for (let j = 0; j < work[which].times; j++) await work[which].run()
      results[which].push((performance.now() - begin) / work[which].times)
    }
  }

  const sorted = list => [...list].sort((a, b) => a - b)
  const range = list => { const all = sorted(list); return [all[0], all[Math.floor(all.length / 2)], all.at(-1)] }
  say(`\n${rounds} rounds, milliseconds each: min / median / max`)
  for (const which of names) say(`  ${which.padEnd(36)} ${range(results[which]).map(value => value.toFixed(2)).join(' / ')}`)
  say('\nratios within a round: min / median / max')
  for (const [which, against, goal] of [
    [names[1], names[0]],
    [names[2], names[0], 1.5], [names[3], names[0], 2], [names[4], names[0], 4],
    [names[6], names[5], 1.15]
  ]) {
    const ratios = range(results[which].map((value, i) => value / results[against][i]))
    const verdict = goal === undefined ? '' : `  goal ≤ ${goal}: ${ratios[1] <= goal ? 'reached' : ratios[0] <= goal ? 'not reached by the median' : 'missed'}`
    say(`  ${`${which} ÷ ${against}`.padEnd(64)} ${ratios.map(value => value.toFixed(2)).join(' / ')}${verdict}`)
  }
  await explain({ log, page: () => page(big, deep.get(50)) })
}

/** Prints how MongoDB answers each query of a page. */
async function explain ({ log, page }) {
  const asked = []
  const restore = []
  for (const [name, collection] of [['messages', log.entries], ['branches', log.branches.collection]]) {
    const real = collection.find
    collection.find = function (...given) {
      const cursor = real.apply(this, given)
      const copy = real.apply(this, given)
      asked.push([name, copy])
      for (const word of ['sort', 'limit', 'hint', 'project']) {
        const call = cursor[word]
        cursor[word] = (...options) => { copy[word](...options); return call.apply(cursor, options) }
      }
      return cursor
    }
    restore.push(() => { collection.find = real })
  }
  await page()
  for (const undo of restore) undo()
  const stages = plan => typeof plan !== 'object' || plan === null ? [] : [...(plan.stage ? [`${plan.stage}${plan.indexName ? ` ${plan.indexName}` : ''}`] : []), ...Object.entries(plan).filter(([key]) => key !== 'rejectedPlans').flatMap(([, part]) => stages(part))]
  say('\nexplain() of the queries of a page 50 forks deep')
  const summary = new Map()
  for (const [name, cursor] of asked) {
    const plan = await cursor.explain('executionStats')
    const line = `${name.padEnd(9)} ${[...new Set(stages(plan.queryPlanner.winningPlan))].join(' < ')}`
    const { totalKeysExamined: keys, totalDocsExamined: docs, nReturned: rows } = plan.executionStats
    const sum = summary.get(line) ?? { queries: 0, keys: 0, docs: 0, rows: 0 }
    summary.set(line, { queries: sum.queries + 1, keys: sum.keys + keys, docs: sum.docs + docs, rows: sum.rows + rows })
  }
  for (const [line, { queries, keys, docs, rows }] of summary) say(`  ${queries} × ${line}: ${keys} keys, ${docs} documents, ${rows} rows`)
  const text = [...summary.keys()].join(' ')
  say(/COLLSCAN|\bSORT\b/.test(text) ? '  a collection scan or a blocking sort: not as it should be' : '  no collection scan, no blocking sort')
}
