import type { mongo } from 'mongoose'

/** The documents of every collection of a database, by its name. */
export type Backup = Map<string, mongo.BSON.Document[]>

/** What `mongodump --oplog` gives, by the driver: every collection as it was at one and the same moment, whatever is written meanwhile. */
export async function backUp (client: mongo.MongoClient, database: string): Promise<Backup> {
  const db = client.db(database)
  const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name)
  const session = client.startSession({ snapshot: true })
  try {
    const backup: Backup = new Map()
    // A client's own read concern would take the place of the session's.
    for (const name of names) backup.set(name, await db.collection(name).find({}, { session, readConcern: { level: 'snapshot' } }).toArray())
    return backup
  } finally {
    await session.endSession()
  }
}

/** What `mongorestore --drop` does: the collections are made anew, without their indexes, which a start makes. */
export async function restore (client: mongo.MongoClient, database: string, backup: Backup): Promise<void> {
  const db = client.db(database)
  await db.dropDatabase()
  for (const [name, documents] of backup) {
    const collection = await db.createCollection(name)
    if (documents.length > 0) await collection.insertMany(documents)
  }
}
