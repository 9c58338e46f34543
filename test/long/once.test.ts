import { Types } from 'mongoose'
import t from 'tap'
import { makeChat, registerAll } from '../helpers/people.ts'
import { startPair } from '../helpers/process.ts'
import { noRedis, startRedis } from '../helpers/redis.ts'
import { insist, openSpeaker, overHttp, type Reply, retries } from './speaker.ts'

const sends = 2000
const atOnce = 50
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i)

t.test('two thousand sends, each fired several times at once, are stored once each', { skip: noRedis }, async t => {
  const redis = await startRedis(t)
  const { one, servers, db } = await startPair(t, { REDIS_URL: redis.url, WS_COMPARE_MS: '600000' })
  const people = await registerAll(one, ...upTo(8).map(i => `person-${i}`))
  const chats: { id: string }[] = []
  for (const owner of people.slice(0, 5)) chats.push(await makeChat(one, owner, 'group', people.filter(person => person !== owner)))
  const chatIds = chats.map(({ id }) => id)
  const listeners = await Promise.all(servers.map(server => openSpeaker(t, server, people[0]!, chatIds)))
  const speakers = await Promise.all(people.map(person => Promise.all(servers.map(server => openSpeaker(t, server, person, [])))))
  const entries = db.collection('messages')

  /** What was fired `number`-th: always the same person, chat and name. */
  function sendOf (number: number) {
    const sender = number % people.length
    const chatId = chatIds[number % chatIds.length]!
    const person = people[sender]!
    const ask = (way: number, content: string): Promise<Reply> => {
      const message = { content, client_id: `send-${number}` }
      const side = way % 2
      return way < 2 ? overHttp(servers[side]!, person, 'POST', `/chats/${chatId}/messages`, message) : speakers[sender]![side]!.command({ type: 'message', chat_id: chatId, ...message })
    }
    return { person, chatId, ask, text: `text ${number}`, rival: `another text ${number}` }
  }

  const kept = new Map<number, { id: string, content: string }>()
  const faults: string[] = []
  let fired = 0
  let fresh = 0
  let rivals = 0
  let rivalsWon = 0

  async function fire (number: number) {
    const { ask, text, rival } = sendOf(number)
    const copies = 2 + number % 3
    const contents = upTo(copies).map(copy => number % 20 === 0 && copy === copies - 1 ? rival : text)
    if (contents.includes(rival)) rivals++
    const first = Math.floor(number / 3)
    fired += copies
    // The ways in turn: REST on one, REST on two, socket on one, socket on two; the first two of a send are never on one process.
    const replies = await Promise.all(contents.map((content, copy) => insist(() => ask((first + copy) % 4, content))))
    const ids = new Set(replies.flatMap(({ message }) => message?.id ?? []))
    const texts = new Set(replies.flatMap(({ message }) => message?.content ?? []))
    const news = replies.filter(({ code, replayed }) => code === undefined && !replayed).length
    const [content] = texts
    fresh += news
    if (content === rival) rivalsWon++
    // One whose outcome a server did not know may have been kept without any answer that says so.
    const expected = replies.every(({ tries }) => tries === 1) ? [1] : [0, 1]
    if (ids.size !== 1 || texts.size !== 1 || !expected.includes(news)) faults.push(`send ${number} was answered with ${[...ids].join()}, ${[...texts].join()}, ${news} of them new`)
    replies.forEach(({ code }, copy) => {
      if (code !== (contents[copy] === content ? undefined : 'idempotency_conflict')) faults.push(`copy ${copy} of send ${number} was answered with ${code}`)
    })
    kept.set(number, { id: [...ids][0]!, content: content! })
  }

  const begun = Date.now()
  let next = 0
  await Promise.all(upTo(atOnce).map(async () => { while (next < sends) await fire(next++) }))
  const ended = Date.now()
  t.same(faults.slice(0, 10), [], 'one id in all answers, and one of them new')

  const stored = await entries.find({ kind: 'message' }).sort({ chat_id: 1, seq: 1 }).toArray()
  t.equal(stored.length, sends, 'one message each in MongoDB')
  t.same(new Map(stored.map(({ _id, content }) => [String(_id), content])), new Map([...kept.values()].map(({ id, content }) => [id, content])), 'the one that was answered')
  for (const chatId of chatIds) {
    const own = stored.filter(({ chat_id }) => chat_id.equals(new Types.ObjectId(chatId)))
    t.same(own.map(({ message_index }) => message_index), upTo(own.length), 'no place is left out')
    t.same(own.map(({ seq }) => seq), upTo(own.length).map(i => i + 1), 'and no number')
    await Promise.all(listeners.map(listener => listener.reaches(chatId, own.length)))
  }
  for (const { heard } of listeners) t.same(heard.map(text => JSON.parse(text).message.id).sort(), stored.map(({ _id }) => String(_id)).sort(), 'each was heard once')

  const late: string[] = []
  const asked = [...kept].filter(([number]) => number % 20 === 0)
  let at = 0
  await Promise.all(upTo(10).map(async () => {
    for (let item = asked[at++]; item; item = asked[at++]) {
      const [number, { id, content }] = item
      const { ask } = sendOf(number)
      for (const way of upTo(4)) {
        const isSame = (way < 2) === (number % 40 === 0)
        const { code, message, replayed } = await insist(() => ask(way, isSame ? content : 'something else'))
        if (isSame ? message?.id !== id || !replayed : code !== 'idempotency_conflict') late.push(`send ${number} again, way ${way}: ${code ?? message.id}`)
      }
    }
  }))
  t.same(late.slice(0, 10), [], 'later on the same body answers the same message, and another one is refused')
  t.equal(await entries.countDocuments({ kind: 'message' }), sends)

  t.comment(`${fired} fired for ${sends} sends in ${ended - begun} ms, ${atOnce} sends at a time; ${fresh} answered as new; of ${rivals} other bodies ${rivalsWon} were first; asked again: ${JSON.stringify(Object.fromEntries(retries))}`)
  t.comment(`${asked.length * 4} asked later in ${Date.now() - ended} ms; ${listeners.map(({ frames }) => frames).join(' and ')} frames on the listening sockets`)
})
