import { setTimeout as delay } from 'node:timers/promises'
import { StartupError } from './startup-error.ts'
import { isDatabaseAway, isWriteRefused } from './to-problem.ts'

/** How long after a failure it is tried again, in milliseconds. */
const againMs = 1000

interface Waiting {
  /** Told whenever it waits for something else than before. */
  waits: (error: StartupError) => void
  /** Whether the process is to end. */
  isStopping: () => boolean
}

/** Does what a start has to do with its database. Throws StartupError, one that may pass, where that is away or takes no writes at the moment. */
export async function usingDatabase (work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!isDatabaseAway(error) && !isWriteRefused(error)) throw error
    throw new StartupError(`the database went away, or refused, while the server was preparing: ${(error as Error).message.slice(0, 300)}`, { mayPass: true })
  }
}

/** Does `work` until it succeeds or fails for good. Throws what it throws that will not pass by itself, or when the process is to end. */
export async function untilItWorks (work: () => Promise<void>, { waits, isStopping }: Waiting): Promise<void> {
  for (let told: string | undefined; ;) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof StartupError && error.mayPass)) throw error
      if (!isStopping() && error.message !== told) waits(error)
      told = error.message
      if (!isStopping()) await delay(againMs)
      if (isStopping()) throw error
    }
  }
}
