import { createServer, connect, type Socket } from 'node:net'
import { once } from 'node:events'

/** How a link fails: it is reset, it falls silent with all that is under way (and goes on later), or its far side is gone and nobody told the near one. */
export type Cut = 'reset' | 'silent' | 'half_open'

/** Whether a caller, told by its port, is meant. */
export type Whom = (port: number) => boolean | Promise<boolean>

/** What a slow link does to each chunk. */
export interface Slowness { delayMs: number, bytesPerSecond: number }

interface Link { near: Socket, far: Socket, nearPort: number, cut: Cut | undefined }

/** More chunks than this on their way, and the sender waits. */
const chunksOnTheWay = 64

/** A TCP proxy on a port of 127.0.0.1 before `target`, whose links can be cut, fall silent, be left half-open, delayed and throttled. */
export async function openProxy (target: number) {
  const links = new Set<Link>()
  let cutting: { how: Cut, whom: Whom } | undefined
  let slowness: Slowness | undefined
  const server = createServer()

  function pump (from: Socket, to: Socket, link: Link) {
    let free = 0
    const onTheWay: { chunk: Buffer, at: number }[] = []
    let timer: NodeJS.Timeout | undefined
    let isOver = false
    const write = (chunk: Buffer) => {
      if (to.destroyed || to.write(chunk)) return
      from.pause()
      to.once('drain', () => { if (!link.cut) from.resume() })
    }
    // One timer for them all: of two, the one that is set later may fire first while the thread is busy, and a stream keeps its order.
    const pass = () => {
      timer = undefined
      while (onTheWay[0] && onTheWay[0].at <= performance.now()) write(onTheWay.shift()!.chunk)
      if (onTheWay.length <= chunksOnTheWay && !link.cut) from.resume()
      if (onTheWay[0]) timer = setTimeout(pass, onTheWay[0].at - performance.now())
      else if (isOver || from.destroyed) to.end()
    }
    from.on('data', (chunk: Buffer) => {
      if (link.cut === 'half_open') return
      if (!slowness && onTheWay.length === 0) return write(chunk)
      const { delayMs, bytesPerSecond } = slowness ?? { delayMs: 0, bytesPerSecond: Infinity }
      const now = performance.now()
      free = Math.max(free, now + delayMs) + chunk.length / bytesPerSecond * 1000
      onTheWay.push({ chunk, at: free })
      if (onTheWay.length > chunksOnTheWay) from.pause()
      timer ??= setTimeout(pass, free - now)
    })
    from.on('end', () => {
      isOver = true
      if (onTheWay.length === 0) to.end()
    })
    from.on('error', () => { to.destroy() })
    from.on('close', () => {
      // What is on its way arrives, and then the end.
      if (link.cut !== 'half_open' && onTheWay.length === 0) to.destroy()
      links.delete(link)
    })
  }

  function hurt (link: Link, how: Cut) {
    link.cut = how
    if (how === 'reset') {
      link.near.resetAndDestroy()
      link.far.destroy()
    } else if (how === 'silent') {
      link.near.pause()
      link.far.pause()
    } else link.far.destroy()
  }

  async function accept (near: Socket) {
    near.setNoDelay(true)
    near.on('error', () => {})
    const nearPort = near.remotePort ?? 0
    const { how: cut, whom } = cutting ?? {}
    const how = whom && await whom(nearPort) ? cut : undefined
    if (how === 'reset') return near.resetAndDestroy()
    const far = connect({ port: target, host: '127.0.0.1', noDelay: true })
    const link: Link = { near, far, nearPort, cut: undefined }
    links.add(link)
    pump(near, far, link)
    pump(far, near, link)
    if (how && cutting) hurt(link, how)
  }
  server.on('connection', near => { void accept(near) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    port: (server.address() as { port: number }).port,

    /** Cuts all links, or those of the callers `whom` tells by their port, now and until `heal`; new ones fare alike. */
    async cut (how: Cut, whom: Whom = () => true) {
      const own = cutting = { how, whom }
      await Promise.all([...links].map(async link => { if (await whom(link.nearPort) && cutting === own && !link.cut) hurt(link, how) }))
    },

    /** Leaves the far side of today's links, which stay silent for ever; new ones are sound. */
    halfOpen () { for (const link of links) if (!link.cut) hurt(link, 'half_open') },

    /** Slows everything down until `heal`. */
    slow (how: Slowness) { slowness = how },

    /** All is well for new links; silent ones go on where they were. */
    heal () {
      cutting = undefined
      slowness = undefined
      for (const link of links) {
        if (link.cut !== 'silent') continue
        link.cut = undefined
        link.near.resume()
        link.far.resume()
      }
    },

    /** Ends it, with its links. */
    async close () {
      for (const { near, far } of links) for (const end of [near, far]) end.destroy()
      server.close()
      await once(server, 'close')
    }
  }
}

export type OpenProxy = Awaited<ReturnType<typeof openProxy>>
