import { type Connection, trusted, Types } from 'mongoose'
import type { Bus } from '../platform/bus.ts'
import type { Cursors } from '../platform/cursor.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import { duplicateIndex } from '../platform/to-problem.ts'
import { userDeleted } from '../users/events.ts'
import type { Users } from '../users/service.ts'
import { type Memory, type MemoryQuery, memoryLimit } from './context-schemas.ts'
import { createMemoryModel, type MemoryRecord, slotIndex, toMemory } from './memory-model.ts'

interface Needs { connection: Connection, bus: Bus, users: Users, cursors: Cursors }

/** What people want replies to know in all their own chats; nobody but themselves ever reads it. */
export function createMemories ({ connection, bus, users, cursors }: Needs) {
  const model = createMemoryModel(connection)
  bus.on(userDeleted, async ({ user_id }) => { await model.deleteMany({ user_id }) })

  /** A place that was free a moment ago, any of them: those who look at once should not all take the same. */
  async function freeSlot (userId: string): Promise<number> {
    const taken = new Set((await model.find({ user_id: userId }).select({ slot: 1 }).lean()).map(({ slot }) => slot))
    const free = Array.from({ length: memoryLimit }, (_, slot) => slot).filter(slot => !taken.has(slot))
    if (free.length === 0) throw new Problem('too_many_memories', `A person has at most ${memoryLimit} memories: delete one first.`)
    return free[Math.floor(Math.random() * free.length)]!
  }

  async function insert (userId: string, content: string): Promise<MemoryRecord> {
    // Ends: each time it was beaten there is one free place less.
    for (;;) {
      const now = new Date()
      const record: MemoryRecord = { _id: new Types.ObjectId(), user_id: new Types.ObjectId(userId), slot: await freeSlot(userId), content, created_at: now, updated_at: now }
      try {
        await model.collection.insertOne(record)
        return record
      } catch (error) {
        if (duplicateIndex(error) !== slotIndex) throw error
      }
    }
  }

  return {
    models: [model],

    /** Keeps a fact. Throws `too_many_memories`, `unauthenticated` when the account was deleted a moment ago. */
    async create (actor: Actor, content: string): Promise<Memory> {
      const record = await insert(actor.id, content)
      // What comes after the deletion of the account would stay for ever.
      await users.get(actor, actor.id).catch(async (error: unknown) => {
        if (!(error instanceof Problem)) throw error
        await model.deleteMany({ user_id: actor.id })
        throw new Problem('unauthenticated')
      })
      return toMemory(record)
    },

    /** A page of one's own memories, oldest first. Throws `invalid_cursor`. */
    async list (actor: Actor, { limit = 50, cursor }: MemoryQuery): Promise<{ items: Memory[], next_cursor: string | null }> {
      const list = `memories ${actor.id}`
      const after = cursor === undefined ? undefined : new Types.ObjectId(cursors.open<[string]>(list, cursor)[0])
      const records = await model.find({ user_id: actor.id, ...(after && { _id: trusted({ $gt: after }) }) }).sort({ _id: 1 }).limit(limit + 1).lean<MemoryRecord[]>()
      const items = records.slice(0, limit).map(toMemory)
      return { items, next_cursor: records.length > limit ? cursors.seal(list, [items.at(-1)!.id]) : null }
    },

    /** One of one's own memories. Throws `memory_not_found`, also for somebody else's. */
    async get (actor: Actor, memoryId: string): Promise<Memory> {
      const record = await model.findOne({ _id: memoryId, user_id: actor.id }).lean<MemoryRecord | null>()
      if (!record) throw new Problem('memory_not_found')
      return toMemory(record)
    },

    /** Gives one of one's own memories a new text. Throws `memory_not_found`. */
    async update (actor: Actor, memoryId: string, content: string): Promise<Memory> {
      const record = await model.findOneAndUpdate({ _id: memoryId, user_id: actor.id }, { $set: { content, updated_at: new Date() } }, { returnDocument: 'after' }).lean<MemoryRecord | null>()
      if (!record) throw new Problem('memory_not_found')
      return toMemory(record)
    },

    /** Forgets one of one's own memories. Throws `memory_not_found`. */
    async remove (actor: Actor, memoryId: string): Promise<void> {
      const { deletedCount } = await model.deleteOne({ _id: memoryId, user_id: actor.id })
      if (deletedCount === 0) throw new Problem('memory_not_found')
    },

    /** The texts of all one's own memories, oldest first. */
    texts: async (actor: Actor): Promise<string[]> =>
      (await model.find({ user_id: actor.id }).sort({ _id: 1 }).lean<MemoryRecord[]>()).map(({ content }) => content)
  }
}

export type Memories = ReturnType<typeof createMemories>
