import { Types } from 'mongoose'
import t from 'tap'
import { createBranchReads, mainBranch } from '../../src/log/branch.ts'
import { createFindFew, type FewQuery } from '../../src/platform/find-few.ts'
import { startApp } from '../helpers/app.ts'

const { connection } = await startApp(t)
const branches = connection.collection('branches')
const creator = new Types.ObjectId()
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)

/** Chats with so many branches each, in the order of their ids; a chat is the ids of its branches in order. */
async function makeChats (...counts: number[]) {
  const chats = counts.map(count => ({ id: new Types.ObjectId(), branches: upTo(count).map(() => new Types.ObjectId()) }))
  await branches.insertMany(chats.flatMap(chat => chat.branches.map((id, seq) => ({ ...mainBranch(id, chat.id, creator, new Date()), name: `branch ${seq}`, seq }))))
  return chats
}

/** Reads of branches, and the queries that they made. */
function watchedReads () {
  const queries: FewQuery[] = []
  const findFew = createFindFew(connection)
  const watched = Object.assign(async <Row>(collection: string, query: FewQuery) => {
    queries.push(query)
    return await findFew<Row>(collection, query)
  }, { raw: findFew.raw })
  return { reads: createBranchReads(watched), queries }
}

const idsOf = (rows: { _id: Types.ObjectId }[] | undefined) => rows?.map(({ _id }) => String(_id))

t.test('the branches of chats that are asked for at once are read by one command', async t => {
  const { reads, queries } = watchedReads()
  const chats = await makeChats(1, 3, 7, 2, 1)
  const asked = [...chats, chats[1]!].map(chat => ({ chat, wanted: chat.branches.at(-1)! }))
  const found = await Promise.all(asked.map(({ chat, wanted }) => reads.one(String(chat.id), String(wanted))))
  for (const [index, { branch, others }] of found.entries()) {
    const { chat, wanted } = asked[index]!
    t.same(branch?._id, wanted)
    t.same(idsOf(others), chat.branches.map(String), 'all of that chat, parents first, and none of another')
  }
  t.equal(queries.length, 1)
  t.notOk(chats.some(({ id }) => reads.isCrowded(String(id))))
})

t.test('each read is as fresh as one of its own', async t => {
  const { reads } = watchedReads()
  const [one, two] = await makeChats(2, 1)
  const read = () => Promise.all([reads.one(String(one!.id), String(one!.branches[1])), reads.one(String(two!.id), String(two!.branches[0]))])
  t.ok((await read()).every(({ branch }) => branch))
  await branches.updateOne({ _id: two!.branches[0]! }, { $inc: { deleted_count: 5 } })
  await branches.deleteOne({ _id: one!.branches[1]! })
  const [gone, changed] = await read()
  t.equal(gone.branch, undefined, 'a branch that ended')
  t.ok(reads.pathOf(String(one!.id), String(one!.branches[1])), 'even where its path is remembered')
  t.same(idsOf(gone.others), [String(one!.branches[0])])
  t.equal(changed.branch?.deleted_count, 5)
  t.equal((await reads.one(String(two!.id), String(one!.branches[0]))).branch, undefined, 'a branch of another chat')
})

t.test('chats with many branches leave none of the others short', async t => {
  for (const counts of [[50, 3, 7, 1], [1, 50, 3, 8, 2], [3, 2, 7, 50], [8, 8, 8], [7, 7, 9, 7, 7], [13, 7]]) {
    const { reads, queries } = watchedReads()
    const chats = await makeChats(...counts)
    for (const round of ['first', 'again']) {
      const found = await Promise.all(chats.map(({ id, branches }) => reads.one(String(id), String(branches.at(-1)))))
      for (const [index, { branch, others }] of found.entries()) {
        const chat = chats[index]!
        const what = `${chat.branches.length} of ${counts.join()}, ${round}`
        t.same(branch?._id, chat.branches.at(-1), what)
        t.same(idsOf(others), chat.branches.length < 8 ? chat.branches.map(String) : undefined, what)
        t.equal(reads.isCrowded(String(chat.id)), chat.branches.length >= 8, what)
      }
    }
    t.ok(queries.every(({ limit }) => limit <= 8 * counts.length), 'however many there are, few are read')
  }
})

t.test('more chats than one command takes', async t => {
  const { reads, queries } = watchedReads()
  const chats = await makeChats(...upTo(120).map(() => 1))
  const found = await Promise.all(chats.map(({ id, branches }) => reads.one(String(id), String(branches[0]))))
  t.same(idsOf(found.map(({ branch }) => branch!)), chats.map(({ branches }) => String(branches[0])))
  t.equal(queries.length, 3)
})

t.test('who asked with others hears of a failure, and what is asked next is answered', async t => {
  const findFew = createFindFew(connection)
  let fail = true
  const reads = createBranchReads(Object.assign(async <Row>(collection: string, query: FewQuery) => {
    if (fail) throw new Error('the database is away')
    return await findFew<Row>(collection, query)
  }, { raw: findFew.raw }))
  const chats = await makeChats(1, 1)
  const ask = () => Promise.allSettled(chats.map(({ id, branches }) => reads.one(String(id), String(branches[0]))))
  t.match(await ask(), [{ status: 'rejected', reason: { message: 'the database is away' } }, { status: 'rejected' }])
  fail = false
  t.match(await ask(), [{ status: 'fulfilled' }, { status: 'fulfilled' }])
})
