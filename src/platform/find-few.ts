import { type Connection, mongo } from 'mongoose'
import { waitMs } from './mongo.ts'
import { isDatabaseAway } from './to-problem.ts'

/** A read of at most `limit` documents, in the words of MongoDB's `find` command. */
export interface FewQuery { filter: object, limit: number, sort?: Record<string, 1 | -1>, hint?: string, projection?: Record<string, 0 | 1> }

/** Reads a few documents of a collection, as a majority has them; `raw` ones are not decoded. */
export interface FindFew {
  <Row>(collection: string, query: FewQuery): Promise<Row[]>
  raw: (collection: string, query: FewQuery) => Promise<Uint8Array[]>
}

const undecoded = { fieldsAsRaw: { firstBatch: true } }

/**
 * Reads by one plain command: a cursor of the driver costs as much processor time again as the whole command. What the
 * driver does for a cursor is done here where it is needed: a read that its connection lost is repeated once, and what does
 * not fit into one answer (16 MiB) is read on.
 */
export function createFindFew (connection: Connection): FindFew {
  async function read (collection: string, { filter, limit, ...rest }: FewQuery, isRaw: boolean): Promise<unknown[]> {
    const { db } = connection
    const byCursor = async () => await connection.collection(collection).find(filter, { ...rest, maxTimeMS: waitMs, raw: isRaw }).limit(limit).toArray()
    // Mongoose says what is wrong with a connection that never was.
    if (!db) return await byCursor()
    let answer
    try {
      // One more than can come, so that the server knows at once that nothing is left.
      answer = await db.command({ find: collection, filter, ...rest, limit, batchSize: limit + 1, maxTimeMS: waitMs, readConcern: { level: 'majority' } }, isRaw ? undecoded : {})
    } catch (error) {
      if (!isDatabaseAway(error) || error instanceof mongo.MongoServerSelectionError) throw error
      return await byCursor()
    }
    const { id, firstBatch } = answer['cursor'] as { id: number | mongo.Long, firstBatch: unknown[] }
    if (Number(id) === 0) return firstBatch
    await db.command({ killCursors: collection, cursors: [typeof id === 'number' ? mongo.Long.fromNumber(id) : id] })
    return await byCursor()
  }

  return Object.assign(<Row>(collection: string, query: FewQuery) => read(collection, query, false) as Promise<Row[]>, {
    raw: (collection: string, query: FewQuery) => read(collection, query, true) as Promise<Uint8Array[]>
  })
}
