import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import argon2 from 'argon2'
import { Problem } from '../platform/errors.ts'
import { patienceMs } from '../platform/operation.ts'

/** Argon2id with 19 MiB, two passes, one lane: the first choice of OWASP's Password Storage Cheat Sheet. */
const cost = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** Hashes at once: one core is left to those who ask for other things, and one of libuv's four threads to file reads and name look-ups. */
const atOnce = Math.min(3, Math.max(1, availableParallelism() - 1))

/** Hashes that wait, some seconds' worth: whoever comes later is better told to come again. */
const atMostWaiting = 500

/** The same password typed on different keyboards may arrive composed or decomposed (NIST SP 800-63B, 3.1.1.2). */
const normal = (password: string) => password.normalize('NFKC')

/**
 * Lets `slots` works run at once and `room` wait, in their order; throws `overloaded` for more, and for one whose turn comes only
 * after `patience` milliseconds: whoever asked for it has been told of the time-out by then.
 */
export function createGate (slots: number, room: number, patience: number = patienceMs.long) {
  const waiting: (() => void)[] = []
  let running = 0
  return async function pass<T> (work: () => Promise<T>): Promise<T> {
    const came = performance.now()
    if (running < slots) running++
    else if (waiting.length < room) await new Promise<void>(resolve => { waiting.push(resolve) })
    else throw new Problem('overloaded')
    try {
      if (performance.now() - came >= patience) throw new Problem('overloaded')
      return await work()
    } finally {
      // The place goes to the next one directly: in between nobody else can take it.
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}

/** Hashes and checks passwords, a few at a time. Both functions throw `overloaded` when too many wait. */
export function createPasswords () {
  const pass = createGate(atOnce, atMostWaiting)
  const toHash = (password: string) => argon2.hash(password, cost)
  // Made before anybody asks: the first unknown name must not take longer than the others.
  const decoy = pass(() => toHash(randomBytes(32).toString('hex')))

  return {
    /** The encoded Argon2id hash of a password. What `before` throws when its turn comes spares the work. */
    hash: (password: string, before?: () => Promise<void>): Promise<string> => pass(async () => {
      await before?.()
      return await toHash(normal(password))
    }),

    /** Whether the password belongs to the hash. Without a hash it takes as long and answers false, so that time tells nobody who exists. */
    async verify (hash: string | undefined, password: string): Promise<boolean> {
      const expected = hash ?? await decoy
      return await pass(() => argon2.verify(expected, normal(password))) && hash !== undefined
    },

    /** Whether a hash was made with another cost than today's. */
    isOutdated: (hash: string): boolean => argon2.needsRehash(hash, cost)
  }
}

export type Passwords = ReturnType<typeof createPasswords>
