import t from 'tap'
import { encode } from '../../src/ws/frame.ts'
import { startApp } from '../helpers/app.ts'
import { makeChat, type Person, registerAll, say } from '../helpers/people.ts'
import { openSocket } from '../helpers/socket.ts'

const app = await startApp(t)
const [ann, bob] = await registerAll(app, 'ann', 'bob') as [Person, Person]

async function open (person: Person, chatId: string) {
  const socket = await openSocket(t, `${app.api}/ws/${chatId}?token=${person.token}`)
  await socket.next('subscribed')
  return socket
}

t.test('what one socket says is done and answered in its order, whatever each takes', async t => {
  const [chat, other] = [await makeChat(app, ann, 'direct', [bob]), await makeChat(app, ann, 'group', [bob])]
  const first = await say(app, bob, chat.id, 'first')
  const socket = await open(ann, chat.id)
  const listener = await open(bob, chat.id)
  listener.send({ type: 'subscribe', chat_id: other.id, id: 'other' })
  await listener.next('ack')
  // What answers another message is looked up first; a plain one has its place at once, and must not overtake it.
  const contents: string[] = []
  for (let round = 0; round < 4; round++) {
    for (const [chatId, reply] of [[chat.id, first.id], [chat.id], [other.id], [chat.id, first.id]] as [string, string?][]) {
      const id = `${contents.length}`
      contents.push(id)
      socket.send({ type: 'message', id, chat_id: chatId, content: id, ...(reply && { reply_to: reply }) })
    }
    socket.send({ type: 'ping', id: `ping ${round}` })
    socket.send({ type: 'message', id: `bad ${round}`, chat_id: chat.id, content: '' })
    socket.send({ type: 'react', id: `react ${round}`, message_id: first.id, emoji: '👍', remove: round % 2 === 1 })
  }
  const wanted = contents.flatMap((id, index) => index % 4 === 3 ? [id, `ping ${(index - 3) / 4}`, `bad ${(index - 3) / 4}`, `react ${(index - 3) / 4}`] : [id])
  const answers = []
  for (const _ of wanted) answers.push(await socket.next(({ id }) => id !== undefined))
  t.same(answers.map(({ id }) => id), wanted)
  t.same(answers.map(({ type }) => type), wanted.map(id => id.startsWith('ping') ? 'pong' : id.startsWith('bad') ? 'error' : 'ack'))
  const heard = []
  for (const _ of contents) heard.push((await listener.next('new_message'))['message'].content)
  t.same(heard, contents, 'also by who hears both chats')
})

t.test('messages of one socket share a write', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  const socket = await open(bob, chat.id)
  const { inserts } = app.services.log
  const { insertMany } = inserts
  let writes = 0
  inserts.insertMany = async (...given) => {
    writes++
    return await insertMany(...given)
  }
  t.teardown(() => { inserts.insertMany = insertMany })
  for (let number = 0; number < 30; number++) socket.send({ type: 'message', chat_id: chat.id, content: `${number}`, id: `${number}` })
  for (let number = 0; number < 30; number++) t.equal((await socket.next('ack'))['message'].seq, number + 1)
  t.ok(writes <= 15, `${writes} writes for 30 messages`)
})

t.test('a frame of any length arrives as it was made', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  const socket = await open(ann, chat.id)
  const { hub } = app.services
  const empty = JSON.stringify({ type: 'news', text: '' }).length
  for (const length of [empty, 125, 126, 65_535, 65_536, 200_000]) {
    const text = 'é'.repeat((length - empty) >> 1) + 'x'.repeat((length - empty) & 1)
    hub.publish(chat.id, encode({ type: 'news', text }))
    hub.publish(chat.id, encode({ type: 'news', text: 'then' }))
    t.same((await socket.next('news'))['text'], text, `${length} bytes`)
    t.same((await socket.next('news'))['text'], 'then')
  }
})

t.test('sockets that hear different things in one turn each hear their own', async t => {
  const [chat, other] = [await makeChat(app, ann, 'group', [bob]), await makeChat(app, ann, 'group', [bob])]
  const [one, both, second] = [await open(ann, chat.id), await open(ann, chat.id), await open(bob, other.id)]
  both.send({ type: 'subscribe', chat_id: other.id, id: 'other' })
  await both.next('ack')
  const { hub } = app.services
  const news = (chatId: string, text: string) => { hub.publish(chatId, encode({ type: 'news', text })) }
  news(chat.id, 'a')
  news(other.id, 'b')
  news(chat.id, 'c')
  news(other.id, 'end')
  news(chat.id, 'end')
  for (const [socket, texts] of [[one, ['a', 'c', 'end']], [both, ['a', 'b', 'c', 'end', 'end']], [second, ['b', 'end']]] as const) {
    const heard = []
    for (const _ of texts) heard.push((await socket.next('news'))['text'])
    t.same(heard, texts)
  }
})
