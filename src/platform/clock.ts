import type { Connection, mongo } from 'mongoose'

/** What time it is, in milliseconds since 1970. */
export interface Clock { now: () => number }

/** From so much on, in milliseconds, it is not the way that was long: the database's clock was set back. */
const setBackMs = 1000

/** What a member of a replica set says of itself. */
interface Hello { isWritablePrimary?: unknown, localTime?: unknown }

/**
 * The time of the database's primary, which all processes share, so that a token that one of them signed is good at every other whatever
 * its own clock says. The driver asks for it every two seconds; in between a timer counts that nobody can set. Before the first answer,
 * and with a database that does not tell, it is the time of this machine.
 */
export function createClock (connection: Connection): Clock & { ask: () => Promise<void> } {
  let ahead: number | undefined

  function take ({ isWritablePrimary, localTime }: Hello) {
    if (isWritablePrimary !== true || !(localTime instanceof Date)) return
    const found = localTime.getTime() - performance.now()
    // The way here makes it seem earlier: the latest that was found is nearest, and time does not go back by some milliseconds.
    if (ahead === undefined || found > ahead || ahead - found > setBackMs) ahead = found
  }

  const heard = ({ reply }: mongo.ServerHeartbeatSucceededEvent) => { take(reply) }

  return {
    now: () => ahead === undefined ? Date.now() : ahead + performance.now(),

    /** Asks at the start, and then listens to what the driver is told. */
    async ask () {
      take(await connection.db!.command({ hello: 1 }))
      connection.getClient().off('serverHeartbeatSucceeded', heard).on('serverHeartbeatSucceeded', heard)
    }
  }
}
