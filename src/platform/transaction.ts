import type { Connection, mongo } from 'mongoose'

/**
 * Does `work` in one transaction, all of it or nothing; resolves when a majority has it. Whenever another transaction was first
 * `work` begins again, so all it does to the database must be done with the session, and nothing it does elsewhere may count twice.
 */
export const inTransaction = async <Result>(connection: Connection, work: (session: mongo.ClientSession) => Promise<Result>): Promise<Result> =>
  await connection.getClient().withSession(async session => await session.withTransaction(async () => await work(session), { readConcern: { level: 'snapshot' } }))
