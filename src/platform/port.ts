import { once } from 'node:events'
import { createServer } from 'node:net'
import { StartupError } from './startup-error.ts'

/** Finds out early, before a database is started, that a port cannot be had. Throws StartupError saying why. */
export async function assertPortFree (host: string, port: number): Promise<void> {
  const probe = createServer().listen({ host, port })
  try {
    await once(probe, 'listening')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') throw new StartupError(`Port ${port} is taken by another program: stop it, or choose another port with PORT=${port + 1} npm start`)
    if (code === 'EACCES') throw new StartupError(`Port ${port} needs more rights than this user has: choose one above 1023 with PORT`)
    throw new StartupError(`Cannot listen on ${host}:${port} (${code}): look at HOST and PORT`)
  }
  probe.close()
  await once(probe, 'close')
}

/** Whether nobody listens on a port of 127.0.0.1. */
export async function isFree (port: number): Promise<boolean> {
  const probe = createServer()
  return await new Promise(resolve => {
    probe.once('error', () => { resolve(false) })
    probe.listen(port, '127.0.0.1', () => probe.close(() => { resolve(true) }))
  })
}

/** A port of 127.0.0.1 that nobody listens on, below those that systems take for outgoing connections (32768 and up on Linux, 49152 elsewhere). */
export async function freePort (): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    if (await isFree(port)) return port
  }
}
