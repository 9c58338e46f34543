import { type Connection, mongo } from 'mongoose'
import { waitMs } from '../platform/mongo.ts'
import { type Entry, leavingOut } from './entry.ts'

/** Where an ordered insert stopped, and why: what came before it is stored, nothing else is. */
export interface Refusal { index: number, error: mongo.MongoServerError }

const writeConcern = { w: 'majority', j: true, wtimeout: waitMs }

/**
 * Stores entries by one plain command. The driver's bulk write measures each document before it writes it, which costs as much again, and has the
 * database keep a record of each for its own retry; a send whose outcome is not known is looked for by its `_id` here anyway.
 */
export const createInserts = (connection: Connection, collection: string) => ({
  /**
   * Inserts entries in their order; resolves when a majority has them, or with where it stopped. Throws the driver's errors, after which nothing is
   * known of any of them; so also when it took more than `mostMs`, the wait for a majority included. All together may have at most 16 MiB, a command's limit.
   */
  async insertMany (entries: Entry[], mostMs: number): Promise<Refusal | undefined> {
    const { db } = connection
    // Mongoose says what is wrong with a connection that never was.
    if (!db) {
      await connection.collection(collection).insertMany(entries, leavingOut)
      return
    }
    const answer = await db.command({ insert: collection, documents: entries, ordered: true, writeConcern, maxTimeMS: mostMs }, leavingOut)
    if (answer['writeConcernError']) throw new mongo.MongoWriteConcernError(answer as ConstructorParameters<typeof mongo.MongoWriteConcernError>[0])
    const [refused] = (answer['writeErrors'] ?? []) as { index: number, code: number, errmsg: string }[]
    return refused && { index: refused.index, error: new mongo.MongoServerError({ code: refused.code, message: refused.errmsg }) }
  }
})

export type Inserts = ReturnType<typeof createInserts>
