import { fork } from 'node:child_process'
import { once } from 'node:events'
import { dialects } from './dialects.ts'
import type { Person, Stage, Subject } from '../types.ts'
import type { Target } from './socket.ts'
import type { Works } from './sockets.ts'

/** The family of a subject, by which the load program knows its language: a variant speaks as the subject does. */
export const dialectOf = ({ name }: { name: string }) => name.split(' ')[0]!

/** The socket of a person in a chat of a subject. */
export function targetOf (subject: Subject, chatId: string, { token }: Person): Target {
  const { hostname, port, pathname, search } = new URL(subject.api.socket(chatId, token))
  return { host: hostname, port: Number(port), path: dialects[dialectOf(subject)]?.path ?? pathname + search, place: { chatId, token } }
}

/** Starts the load program; what it is told to do is done one after the other. It ends with the stage. */
export async function startLoad (stage: Pick<Stage, 'later'>) {
  const child = fork(new URL('sockets.ts', import.meta.url), { execArgv: ['--import', 'tsx'], serialization: 'advanced' })
  const waiting = new Map<number, { resolve: (result: never) => void, reject: (error: Error) => void }>()
  let asked = 0
  child.on('message', ({ id, result, error }: { id: number, result: never, error?: string }) => {
    const { resolve, reject } = waiting.get(id)!
    waiting.delete(id)
    if (error === undefined) resolve(result)
    else reject(new Error(`the load program failed: ${error}`))
  })
  // Not 'close': that never comes when it was disconnected from here.
  const exited = once(child, 'exit')
  child.once('exit', code => { for (const { reject } of waiting.values()) reject(new Error(`the load program ended with ${code}`)) })
  const stop = async () => {
    if (child.connected) child.disconnect()
    await exited
  }
  stage.later(stop)

  return {
    pid: child.pid!,
    stop,
    /** Has it do something. Throws what that throws. */
    tell: <Work extends keyof Works>(work: Work, ask: Parameters<Works[Work]>[0]) => new Promise<Awaited<ReturnType<Works[Work]>>>((resolve, reject) => {
      const id = asked++
      waiting.set(id, { resolve, reject })
      child.send({ id, work, ask })
    })
  }
}

export type Load = Awaited<ReturnType<typeof startLoad>>
