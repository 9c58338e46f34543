import { Worker } from 'node:worker_threads'
import type { Cut, Slowness, Whom } from './links.ts'
import type { Life } from './life.ts'
import type { Answer, Order, Reply } from './proxy-thread.ts'

type Unnumbered<Some> = Some extends unknown ? Omit<Some, 'id' | 'proxy'> : never

const threads = new WeakMap<Life, ReturnType<typeof startThread>>()

/** The thread of all proxies; it ends with `life`. */
function startThread (life: Life) {
  // In Node 20 a thread does not know what was loaded with --import.
  const worker = new Worker(`import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(new URL('proxy-thread.ts', import.meta.url).href)}) })`, { eval: true })
  const waiting = new Map<number, (result: unknown) => void>()
  const meant = new Map<number, Whom>()
  let orders = 0
  let proxies = 0
  worker.on('message', (reply: Reply) => {
    if ('isMeant' in reply) void Promise.resolve(meant.get(reply.proxy)?.(reply.isMeant) ?? false).then(isMeant => { worker.postMessage({ id: reply.id, isMeant } satisfies Answer) })
    else {
      waiting.get(reply.id)?.(reply.result)
      waiting.delete(reply.id)
    }
  })
  life.teardown(async () => { await worker.terminate() })
  return {
    newNumber: () => ++proxies,
    meant,
    order: (proxy: number, order: Unnumbered<Order>) => new Promise<unknown>(resolve => {
      waiting.set(++orders, resolve)
      worker.postMessage({ ...order, proxy, id: orders })
    })
  }
}

/** A TCP proxy before `target`, in a thread of its own; see links.ts. It ends with `life`. */
export async function startProxy (life: Life, target: number) {
  const thread = threads.get(life) ?? startThread(life)
  threads.set(life, thread)
  const { order, meant, newNumber } = thread
  const number = newNumber()
  const port = await order(number, { order: 'open', target }) as number
  return {
    port,

    /** Cuts all links, or those of the callers `whom` tells by their port, now and until `heal`; new ones fare alike. */
    async cut (how: Cut, whom?: Whom) {
      if (whom) meant.set(number, whom)
      await order(number, { order: 'cut', how, isEverybody: whom === undefined })
    },

    /** Leaves the far side of today's links, which stay silent for ever; new ones are sound. */
    async halfOpen () { await order(number, { order: 'halfOpen' }) },

    /** Slows everything down until `heal`. */
    async slow (how: Slowness) { await order(number, { order: 'slow', how }) },

    /** All is well for new links; silent ones go on where they were. */
    async heal () { await order(number, { order: 'heal' }) }
  }
}

export type Proxy = Awaited<ReturnType<typeof startProxy>>
