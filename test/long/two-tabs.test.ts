import { Types } from 'mongoose'
import t from 'tap'
import type { Ancestor } from '../../src/log/branch.ts'
import { client, startApp } from '../helpers/app.ts'
import { makeChat, register } from '../helpers/people.ts'
import { startServer } from '../helpers/process.ts'
import { chatOf } from '../branches/scene.ts'

t.test('a hundred sends and branchings at once from two processes leave a tree in which every message has its place', async t => {
  const app = await startApp(t)
  const { MONGODB_DATABASE: database, SECRET_KEY: secret } = app.config
  const tabs = await Promise.all([0, 1].map(async () => await startServer(t, { MONGODB_DATABASE: database, SECRET_KEY: secret })))
  const owner = await register(app)
  const chat = await makeChat(app, owner)
  const clients = tabs.map(({ url }) => chatOf({ request: client(`${url}/api/v1`) }, owner, chat.id))
  for (let i = 0; i < 5; i++) await clients[i % 2]!.turn(`q${i}`, `a${i}`)

  const targets: string[] = [chat.active_branch_id]
  const acknowledged: { id: string, branch_id: string, content: string, seq: number }[] = []
  const made: { id: string }[] = []
  const refused: string[] = []
  async function act (i: number) {
    const tab = clients[i % 2]!
    const target = targets[Math.floor(i / 2) % targets.length]!
    const [path, body] = i % 5 === 4
      ? ['branches', { name: `branch ${i}`, message_index: i % 8, branch_id: target, activate: i % 10 === 4 }]
      : i % 5 === 2
        ? ['branches', { message_index: i % 8, branch_id: target, replace_with: `again ${i}` }]
        : i % 5 === 3
          ? ['turns', { question: `question ${i}`, response: `response ${i}`, branch_id: target, client_id: `c${i}` }]
          : ['messages', { content: `sent ${i}`, client_id: `c${i}`, ...(i % 2 === 0 && { branch_id: target }) }]
    const { status, body: answer, text } = await tab.ask('POST', `/chats/${chat.id}/${path}`, body)
    if (status >= 300) {
      refused.push(`${path} ${status} ${answer?.code ?? text}`)
      return
    }
    if (path === 'messages') acknowledged.push(answer)
    if (path === 'turns') acknowledged.push(...await Promise.all([answer.turn_id, answer.response_id].map(async id => await tab.must('GET', `/messages/${id}`))))
    if (path !== 'branches') return
    made.push(answer)
    targets.push(answer.id)
    if (answer.message) acknowledged.push(answer.message)
  }
  // Ten tabs' worth at a time on each process, so that the branches made by some are written to by others.
  const order = Array.from({ length: 100 }, (_, i) => i)
  await Promise.all(Array.from({ length: 20 }, async () => { for (let i = order.shift(); i !== undefined; i = order.shift()) await act(i) }))
  t.same(refused.filter(text => !/ (503|429) /.test(text) && !text.includes('index_off_path')), [], 'nothing failed that should not')
  t.ok(made.length >= 20, `${made.length} branches were made, ${acknowledged.length} messages acknowledged, ${refused.length} refused`)

  const { log } = app.services
  const entries = await log.entries.find({ chat_id: new Types.ObjectId(chat.id) }).sort({ seq: 1 }).toArray() as any[]
  const branches = await log.branches.find({ chat_id: chat.id }).lean()
  const messages = entries.filter(({ kind }) => kind === 'message')
  t.same(entries.map(({ seq }) => seq), entries.map((_, i) => i + 1), 'seq is 1..n without a hole')
  t.same(new Set(made.map(({ id }) => id)), new Set(branches.filter(({ kind }) => kind !== 'main').map(({ _id }) => String(_id))), 'every branch that was acknowledged is there, and no other')
  t.equal(new Set(branches.map(({ name }) => name)).size, branches.length)
  const byId = new Map(branches.map(branch => [String(branch._id), branch]))
  const placed = new Set<string>()
  const problems: string[] = []
  for (const branch of branches) {
    const { lineage } = branch as unknown as { lineage: Ancestor[] }
    const own = messages.filter(({ branch_id: id }) => id.equals(branch._id))
    const inherited = lineage.flatMap(({ branch_id: id, upto_index: upto }, depth) => messages.filter(message => message.branch_id.equals(id) && message.message_index <= upto && message.message_index > (lineage[depth - 1]?.upto_index ?? -1)))
    const path = [...inherited, ...own]
    if (path.some(({ message_index: index }, i) => index !== i)) problems.push(`${branch.name}: its path is not 0..k but ${path.map(({ message_index: index }) => index).join(' ')}`)
    if (path.some(({ seq }, i) => i > 0 && seq <= path[i - 1].seq)) problems.push(`${branch.name}: its path is not in the order of the log`)
    let turns = 0
    for (const message of path) {
      if (message.turn_id?.equals(message._id)) turns++
      if (message.turn_count !== turns) problems.push(`${branch.name}: ${message.content} counts ${message.turn_count} turns, not ${turns}`)
    }
    const fork = path[inherited.length - 1]
    if (String(branch.fork_message_id) !== String(fork?._id ?? null)) problems.push(`${branch.name}: not forked where its lineage ends`)
    if (String(branch.parent_branch_id) !== String(fork?.branch_id ?? null)) problems.push(`${branch.name}: its parent does not hold its fork`)
    if (fork && fork.seq !== lineage.at(-1)!.upto_seq) problems.push(`${branch.name}: its lineage names another seq`)
    if (fork && JSON.stringify(byId.get(String(fork.branch_id))!.lineage) !== JSON.stringify(lineage.slice(0, -1))) problems.push(`${branch.name}: its lineage is not its parent's and one more`)
    if (entries[branch.seq - 1]?.branch_id && branch.seq > 0 && String(entries[branch.seq - 1].branch_id) !== String(branch._id)) problems.push(`${branch.name}: another entry tells of it`)
    for (const { _id } of own) placed.add(String(_id))
  }
  t.same(problems, [])
  t.equal(placed.size, messages.length, 'every message is on a branch')
  const stored = new Map(messages.map(message => [String(message._id), message]))
  t.same(acknowledged.filter(({ id, branch_id: branch, content, seq }) => {
    const found = stored.get(id)
    return !found || String(found.branch_id) !== branch || found.content !== content || found.seq !== seq
  }), [], 'every acknowledged message is found where it was acknowledged')
  for (const branch of branches) t.equal((await clients[0]!.path(String(branch._id))).length, (await clients[1]!.page(`branch_id=${String(branch._id)}`)).count)
})
