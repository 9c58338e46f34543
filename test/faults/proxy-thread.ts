// A thread of its own for all proxies: whoever has much to do in the program holds up no link. proxy.ts tells it what to do.
import { parentPort } from 'node:worker_threads'
import { type Cut, openProxy, type OpenProxy, type Slowness } from './links.ts'

/** What is asked of this thread, and what it asks itself. */
export type Order = { id: number, proxy: number } & (
  { order: 'open', target: number } |
  { order: 'cut', how: Cut, isEverybody: boolean } |
  { order: 'slow', how: Slowness } |
  { order: 'halfOpen' | 'heal' }
)
export interface Answer { id: number, isMeant: boolean }
export type Reply = { id: number, result: unknown } | { id: number, proxy: number, isMeant: number }

const proxies = new Map<number, OpenProxy>()
const questions = new Map<number, (isMeant: boolean) => void>()
let asked = 0
const port = parentPort!
const say = (reply: Reply) => { port.postMessage(reply) }

/** Whether a caller is meant knows the one who told to cut. */
const whomOf = (proxy: number) => (caller: number) => new Promise<boolean>(resolve => {
  questions.set(++asked, resolve)
  say({ id: asked, proxy, isMeant: caller })
})

async function obey (order: Order): Promise<unknown> {
  const { proxy } = order
  if (order.order === 'open') {
    const opened = await openProxy(order.target)
    proxies.set(proxy, opened)
    return opened.port
  }
  const own = proxies.get(proxy)!
  if (order.order === 'cut') await own.cut(order.how, order.isEverybody ? () => true : whomOf(proxy))
  else if (order.order === 'slow') own.slow(order.how)
  else own[order.order]()
}

port.on('message', (message: Order | Answer) => {
  if ('isMeant' in message) {
    questions.get(message.id)?.(message.isMeant)
    questions.delete(message.id)
  } else void obey(message).then(result => { say({ id: message.id, result }) })
})
