import { ParleyError } from '../../../client/src/index.ts'

/** Between two tries, in milliseconds: at first, and at the most. */
const wait = { least: 500, most: 8000 }

/** Does something again and again while the server is away or busy and it is still wanted; undefined once it is not. Throws what will not pass. */
export async function insist<Result> (isWanted: () => boolean, work: () => Promise<Result>): Promise<Result | undefined> {
  for (let ms = wait.least; isWanted(); ms = Math.min(ms * 2, wait.most)) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof ParleyError && error.retryable)) throw error
    }
    await new Promise(resolve => { setTimeout(resolve, ms) })
  }
  return undefined
}
