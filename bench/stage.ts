import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pMap from 'p-map'
import { startEmbeddedMongo } from '../src/platform/embedded-mongo.ts'
import { starters } from './peers/index.ts'
import type { Person, Stage, Subject } from './types.ts'

/** Registering costs a password hash, at every subject alike. */
const registeredAtOnce = 4

/** Starts a MongoDB and hands out what parts need; `stop` ends all that was started, the last first, and removes the folder. */
export async function openStage (say: (line: string) => void): Promise<Stage & { stop: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-bench-'))
  const stops: (() => Promise<void> | void)[] = [() => rm(folder, { recursive: true, force: true })]
  const servers = new Map<string, Promise<Subject>>()
  const registered = new Map<Subject, Person[]>()
  let stopping: Promise<void> | undefined
  const stop = () => (stopping ??= (async () => {
    while (stops.length > 0) await Promise.resolve(stops.pop()!()).catch((error: unknown) => { say(String(error)) })
  })())

  try {
    const mongo = await startEmbeddedMongo({ dataDir: join(folder, 'data'), say })
    stops.push(mongo.stop)
    const stage: Stage = {
      mongo,
      folder,
      say,
      later: stop => { stops.push(stop) },

      subject (name, variant) {
        const key = variant ? `${name} ${variant.name}` : name
        const known = servers.get(key)
        if (known) return known
        const starting = starters[name]!(stage, variant).then(subject => {
          // One that was stopped is started anew when it is asked for again.
          const once = async () => {
            if (servers.get(key) === starting) servers.delete(key)
            await subject.stop()
          }
          stops.push(once)
          return { ...subject, stop: once }
        })
        servers.set(key, starting)
        return starting
      },

      async people (subject, count) {
        const known = registered.get(subject) ?? []
        registered.set(subject, known)
        const missing = count - known.length
        if (missing > 0) {
          const first = known.length
          const register = (index: number) => subject.api.register(`person${first + index}${subject.name.replaceAll(/\W/g, '')}`)
          known.push(...await pMap(Array(missing).keys(), register, { concurrency: registeredAtOnce }))
        }
        return known.slice(0, count)
      },

      async chat (subject, people, messages = 0) {
        const [owner, ...others] = people
        const id = await subject.api.createChat(owner!, others)
        if (messages > 0) await subject.api.fill(id, owner!, messages)
        return id
      }
    }
    return { ...stage, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
