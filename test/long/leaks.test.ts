import t from 'tap'
import { WebSocket } from 'ws'
import { startApp } from '../helpers/app.ts'
import { makeChat, type Person, registerAll } from '../helpers/people.ts'

const sockets = Number(process.env['TEST_SOCKETS'] ?? 20_000)
const atOnce = 50

const app = await startApp(t, { WS_SOCKETS_PER_USER: '1000' })
const [ann, bob] = await registerAll(app, 'ann', 'bob') as [Person, Person]
const chats = await Promise.all(Array.from({ length: 5 }, () => makeChat(app, ann, 'group', [bob])))
const { hub, presence } = app.services

/** Connects, says something or nothing, and goes in one of the ways in which clients go. */
function comeAndGo (number: number): Promise<void> {
  const chat = chats[number % chats.length]!
  const address = app.api.replace(/^http/, 'ws')
  const ways = [`${address}/ws/${chat.id}?token=${ann.token}`, `${address}/ws?token=${bob.token}`, `${address}/ws`, `${address}/ws/${chat.id}?token=nobody`, `${address}/ws/66f0c0ffee0000000000c001?token=${ann.token}`]
  return new Promise(resolve => {
    const socket = new WebSocket(ways[number % ways.length]!)
    const leave = number % 3 === 0 ? () => socket.terminate() : () => socket.close()
    socket.on('error', () => {})
    socket.once('close', () => { resolve() })
    if (number % 7 === 0) socket.once('open', leave)
    else {
      socket.once('message', () => {
        socket.send(JSON.stringify({ type: 'subscribe', chat_id: chat.id, since: 0 }))
        if (number % 2) socket.once('message', leave)
        else leave()
      })
    }
  })
}

const resources = () => process.getActiveResourcesInfo().filter(name => name !== 'Immediate' && name !== 'TickObject')

/** Resolves when nothing of any socket is left, or throws with what is. */
async function quiet () {
  const left = () => ({ ...hub.count(), leaving: presence.leaving })
  for (const end = Date.now() + 5000; Object.values(left()).some(count => count > 0);) {
    if (Date.now() > end) throw new Error(`left behind: ${JSON.stringify(left())}`)
    await new Promise(resolve => { setTimeout(resolve, 5) })
  }
  await hub.settled()
}

t.test(`${sockets} sockets that came and went leave nothing behind`, async t => {
  await Promise.all(Array.from({ length: atOnce }, (_, number) => comeAndGo(number)))
  await quiet()
  const before = resources().length
  for (let number = 0; number < sockets; number += atOnce) {
    await Promise.all(Array.from({ length: atOnce }, (_, index) => comeAndGo(number + index)))
  }
  await quiet()
  for (const chat of chats) t.same(await presence.online(chat.id), [])
  // Connections that were kept alive for the next request may come and go; a leak would be a thousand times as many.
  t.ok(resources().length <= before + 20, `${resources().length} handles, ${before} before: ${resources().join()}`)
})
