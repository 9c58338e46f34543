import { createHash } from 'node:crypto'
import { type Connection, type mongo, Schema, Types } from 'mongoose'
import type { Log } from '../log/index.ts'
import { type ChatModel, newEpoch } from './model.ts'

/** Chats that one command gives their epoch, about: far within the time that the driver waits for an answer. */
const portion = 2000
/** How finely the chats can be parted by the beginnings of their ids, which are random. */
const beginnings = 2 ** 16

/** What is known of where the data come from, in a collection of its own. */
interface Origin {
  _id: 'data'
  /** The collection of messages as the database knows it: a dump that is restored makes another one. */
  messages_uuid: string
  /** The epoch that all chats got when a restoration was last noticed or told of. */
  restored: string | null
}

const originSchema = new Schema<Origin>({
  _id: { type: String, required: true },
  messages_uuid: { type: String, default: '' },
  restored: { type: String, default: null }
}, { collection: 'origins', versionKey: false, strict: 'throw', strictQuery: 'throw' })

const idFrom = (beginning: number) => new Types.ObjectId(beginning.toString(16).padStart(4, '0').padEnd(24, '0'))

/**
 * Restorations of the database from a backup. The numbers that clients know from after the backup are given out again, to other messages:
 * so every chat gets a new epoch, and whoever comes with the old one hears that what they have is not to be continued.
 */
export function createRestorations ({ connection, model, log }: { connection: Connection, model: ChatModel, log: Log }) {
  const originModel = connection.model<Origin>('Origin', originSchema)
  const origins = originModel.collection as unknown as mongo.Collection<Origin>
  const find = async () => await origins.findOne({ _id: 'data' }, { readConcern: { level: 'majority' } })

  /** The collection of messages by the name that only the database gives; undefined when it tells none. */
  async function messagesUuid (): Promise<string | undefined> {
    const [found] = await connection.db!.listCollections({ name: log.entries.collectionName }).toArray()
    return (found as mongo.CollectionInfo | undefined)?.info?.uuid?.toString('hex')
  }

  /** Only once all have it is it written down: whoever is interrupted is to begin again. */
  async function renew (epoch: string, say: (line: string) => void): Promise<number> {
    const parts = Math.min(beginnings, Math.ceil((await model.collection.estimatedDocumentCount()) / portion) || 1)
    const bounds = Array.from({ length: parts }, (_, part) => idFrom(Math.floor(part * beginnings / parts)))
    let count = 0
    let told = performance.now()
    for (const [part, from] of bounds.entries()) {
      const { matchedCount } = await model.collection.updateMany({ _id: { $gte: from, ...(part + 1 < parts && { $lt: bounds[part + 1]! }) } }, { $set: { epoch } })
      count += matchedCount
      if (performance.now() - told < 1000) continue
      told = performance.now()
      say(`${Math.floor((part + 1) * 100 / parts)} %: ${count} chats have a new epoch`)
    }
    await origins.updateOne({ _id: 'data' }, { $set: { restored: epoch, messages_uuid: await messagesUuid() ?? '' } }, { upsert: true })
    return count
  }

  return {
    model: originModel,

    /** Gives every chat a new epoch; answers how many there are. May be done again at any time. `say` hears how far it is, every second. */
    renew: (say: (line: string) => void) => renew(newEpoch(), say),

    /** Does the same when the collection of messages is another one than before. Several processes may do it at once. */
    async notice (say: (line: string) => void): Promise<void> {
      const [known, uuid] = await Promise.all([find(), messagesUuid()])
      if (uuid === undefined || known?.messages_uuid === uuid) return
      // All of them give the same.
      if (known) say(`The database was restored from a dump: ${await renew(createHash('sha256').update(uuid).digest('hex').slice(0, 16), say)} chats have a new epoch`)
      else await origins.updateOne({ _id: 'data' }, { $setOnInsert: { messages_uuid: uuid, restored: null } }, { upsert: true })
    },

    /** Another one after each restoration, null before the first. */
    newest: async (): Promise<string | null> => (await find())?.restored ?? null
  }
}

export type Restorations = ReturnType<typeof createRestorations>
