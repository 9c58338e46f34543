import { createHash } from 'node:crypto'
import { Types } from 'mongoose'
import t from 'tap'
import { makeChat, type Person, registerAll } from '../helpers/people.ts'
import { startPair, type TestServer } from '../helpers/process.ts'
import { noRedis, startRedis } from '../helpers/redis.ts'
import { type Frame, insist, openSpeaker, overHttp, type Reply, retries, type Speaker } from './speaker.ts'

const messageCount = 1000
const workersPerSender = 2
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i)
const dice = (sides: number) => Math.floor(Math.random() * sides)

/** An entry of the log as MongoDB has it. */
interface Row { seq: number, kind: 'message' | 'change', _id: Types.ObjectId, type?: string, message_id?: Types.ObjectId, content?: string, is_deleted?: boolean, rev?: number, reactions?: unknown[] }

/** What a frame tells: of the numbers from `first` to `seq`, that this happened at `seq`. Without a `type` it only passes them. */
interface Told { first: number, seq: number, type?: string, id?: string }

function toldBy (text: string): Told[] {
  const frame: Frame = JSON.parse(text)
  if (frame.type !== 'sync') return [{ first: frame['first_seq'] ?? frame['seq'], seq: frame['seq'], type: frame.type, ...(frame.type !== 'chat_updated' && { id: frame['message']?.id ?? frame['message_id'] }) }]
  let at: number = frame['from']
  const told: Told[] = []
  for (const { seq, type } of frame['changes']) {
    told.push({ first: at + 1, seq, type })
    at = seq
  }
  if (at < frame['to']) told.push({ first: at + 1, seq: frame['to'] })
  return told
}

/** Where what was told differs from the log: a hole, something twice, another event or message at a number, or a number passed over whose message never comes. */
function faultsIn (told: Told[], log: Row[], from: number): string[] {
  const faults: string[] = []
  const messageAt = (seq: number) => {
    const row = log[seq - 1]!
    return row.kind === 'message' ? String(row._id) : row.message_id && String(row.message_id)
  }
  const lastTold = new Map<string, number>()
  const passed: number[] = []
  let at = from
  for (const { first, seq, type, id } of told) {
    if (first !== at + 1 || seq < first) faults.push(`${first}..${seq} at ${at}`)
    for (let n = first; n < (type === undefined ? seq + 1 : seq); n++) passed.push(n)
    at = seq
    if (type === undefined) continue
    const row = log[seq - 1]
    if (!row) {
      faults.push(`${seq} ${type} is not in the log`)
      continue
    }
    const message = messageAt(seq)
    const known = message !== undefined && lastTold.has(message)
    const expected = !message ? row.type : row.type === 'message_deleted' ? 'message_deleted' : known ? 'message_updated' : 'new_message'
    if (type !== expected || id !== message) faults.push(`${seq} is ${type} of ${id} and should be ${expected} of ${message}`)
    if (message) lastTold.set(message, seq)
  }
  for (const n of passed) {
    const message = messageAt(n)
    if (!message || !(lastTold.get(message)! > n)) faults.push(`${n} was passed over`)
  }
  if (at !== log.length) faults.push(`ended at ${at} of ${log.length}`)
  return faults
}

/** The messages as a client has them that took over all it heard. */
function copyOf (heard: string[]) {
  const copy = new Map<string, unknown>()
  for (const text of heard) {
    const { type, seq, message, message_id: deleted }: Frame = JSON.parse(text)
    if (type === 'message_deleted') copy.set(deleted, ['', true, seq, 0])
    else if (message) copy.set(message.id, [message.content, message.is_deleted, message.rev, message.reactions.length])
  }
  return copy
}

t.test('forty sockets over two processes hear one order', { skip: noRedis }, async t => {
  const redis = await startRedis(t)
  // Long: what the processes tell each other has to suffice.
  const { one, two, servers, db } = await startPair(t, { REDIS_URL: redis.url, WS_COMPARE_MS: '600000' })
  const people = await registerAll(one, ...upTo(10).map(i => `person-${i}`))
  const senders = people.slice(0, 8)
  const chat = await makeChat(one, people[0]!, 'group', people.slice(1))
  const sockets = await Promise.all(people.flatMap(person => [one, one, two, two].map(async server => ({ server, person, speaker: await openSpeaker(t, server, person, [chat.id]) }))))
  const entries = db.collection<Row>('messages')
  const readLog = async () => await entries.find({ chat_id: new Types.ObjectId(chat.id) }).sort({ seq: 1 }).toArray() as Row[]
  const from = (await readLog()).length
  const refusals = new Map<string, number>()
  const acknowledged = new Map<string, number>()
  const all: string[] = []

  async function done (ask: () => Promise<Reply>): Promise<any> {
    const { code, message } = await insist(ask)
    if (code === undefined) return message
    refusals.set(code, (refusals.get(code) ?? 0) + 1)
  }

  async function send (server: TestServer, person: Person, speaker: Speaker | undefined, content: string): Promise<string | undefined> {
    const message = { content, client_id: `order-${content.replaceAll(' ', '-')}` }
    const stored = await done(async () => speaker ? await speaker.command({ type: 'message', chat_id: chat.id, ...message }) : await overHttp(server, person, 'POST', `/chats/${chat.id}/messages`, message))
    if (!stored) return undefined
    acknowledged.set(stored.id, stored.seq)
    return stored.id
  }

  async function react (server: TestServer, person: Person, speaker: Speaker | undefined, id: string) {
    const emoji = ['👍', '🎉', '🙂'][dice(3)]!
    await done(async () => speaker ? await speaker.command({ type: 'react', message_id: id, emoji }) : await overHttp(server, person, 'PUT', `/messages/${id}/reactions/${encodeURIComponent(emoji)}`))
  }

  const begun = Date.now()
  await Promise.all(senders.flatMap((person, sender) => upTo(workersPerSender).map(async worker => {
    const own: string[] = []
    const mine = sockets.filter(socket => socket.person === person)
    for (const turn of upTo(messageCount / senders.length / workersPerSender + (worker === 0 ? 0.5 : -0.5))) {
      // A socket of theirs or a request, on this process or that.
      const { server, speaker } = mine[dice(mine.length)]!
      const id = await send(server, person, dice(2) === 0 ? speaker : undefined, `${sender} ${worker} ${turn}`)
      if (!id) continue
      own.push(id)
      all.push(id)
      const lot = dice(100)
      const other = servers[dice(2)]!
      const any = own[dice(own.length)]!
      if (lot < 15) await done(() => overHttp(other, person, 'PATCH', `/messages/${any}`, { content: `edited after turn ${turn}` }))
      else if (lot < 23) await done(() => overHttp(other, person, 'DELETE', `/messages/${any}`))
      else if (lot < 35) await react(server, person, dice(2) === 0 ? speaker : undefined, all[dice(all.length)]!)
      else if (lot < 36) await done(() => overHttp(other, people[0]!, 'PATCH', `/chats/${chat.id}`, { title: `after ${sender} ${worker} ${turn}` }))
    }
  })))
  const written = Date.now()
  const log = await readLog()
  const places = await Promise.all(sockets.map(({ speaker }) => speaker.reaches(chat.id, log.length)))
  const heard = Date.now()

  t.same(log.map(({ seq }) => seq), upTo(log.length).map(i => i + 1), 'the log has no hole')
  t.equal(acknowledged.size, messageCount)
  t.same(log.filter(({ seq, message_id: id }) => id && log.findLast(row => row.message_id?.equals(id))!.seq === seq && !log.some(({ _id, rev }) => _id.equals(id) && rev === seq)), [], 'a message\'s revision is the number of its newest change')
  t.same(log.filter(({ kind }) => kind === 'message').map(({ _id, seq }) => [String(_id), seq]), [...acknowledged].sort(([, a], [, b]) => a - b), 'what was acknowledged is what is stored, at these numbers')
  t.same([...refusals.keys()].filter(code => code !== 'message_deleted'), [], 'nothing was refused but changes of what is deleted')
  t.same([places.filter(at => at !== log.length), sockets.flatMap(({ speaker }) => speaker.closed ?? [])], [[], []], 'every socket stayed open and is where the log is')

  const state = new Map(log.filter(({ kind }) => kind === 'message').map(({ _id, content, is_deleted = false, rev, reactions = [] }) => [String(_id), [content, is_deleted, rev, reactions.length]]))
  for (const [name, server] of Object.entries({ one, two })) {
    const here = sockets.filter(socket => socket.server === server).map(({ speaker }) => speaker)
    const told = here[0]!.heard.flatMap(toldBy)
    t.equal(new Set(here.map(({ heard }) => createHash('sha256').update(heard.join('\n')).digest('hex'))).size, 1, `all sockets of ${name} heard the same, byte for byte`)
    t.same(here.flatMap(({ heard }) => faultsIn(heard.flatMap(toldBy), log, from)).slice(0, 10), [], `each number of the log came once, in order, to ${name}`)
    t.same(copyOf(here[0]!.heard), state, `what ${name}'s sockets told is what is stored`)
    t.comment(`${name}: ${told.length} frames of the log on each of ${here.length} sockets, ${told.filter(({ first, seq }) => first < seq).length} of them for several numbers (${told.reduce((sum, { first, seq }) => sum + seq - first, 0)} passed over), ${here[0]!.heard.filter(text => text.startsWith('{"type":"sync"')).length} as sync`)
  }

  const late = new Map<string, unknown>()
  for (let since = from, more = true; more;) {
    const { body } = await servers[0].request('GET', `/chats/${chat.id}/changes?since=${since}&limit=500`, { token: people[9]!.token })
    for (const { message } of body.changes) if (message) late.set(message.id, [message.content, message.is_deleted, message.rev, message.reactions.length])
    since = body.to
    more = body.has_more
  }
  t.same(late, state, 'who comes afterwards catches up with all of it')

  const count = (type: string) => log.filter(row => row.type === type).length
  t.comment(`${log.length} entries: ${messageCount} messages, ${count('message_edited')} edits, ${count('message_deleted')} deletions, ${count('message_reacted')} reactions, ${count('chat_updated')} titles`)
  t.comment(`${written - begun} ms until all was written, ${heard - written} ms more until all was heard; ${sockets.reduce((sum, { speaker }) => sum + speaker.frames, 0)} frames; asked again: ${JSON.stringify(Object.fromEntries(retries))}, refused: ${JSON.stringify(Object.fromEntries(refusals))}`)
})
