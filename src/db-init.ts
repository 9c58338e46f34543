import type { Connection, Model } from 'mongoose'
import { createIndexes } from './platform/indexes.ts'
import { runTool } from './tool.ts'

interface Index { name: string, key: Record<string, unknown>, unique?: boolean, expireAfterSeconds?: number, partialFilterExpression?: object }

const collectionMissing = 26

async function indexesOf (model: Model<never>): Promise<Index[]> {
  try {
    return await model.collection.indexes() as Index[]
  } catch (error) {
    if ((error as { code?: unknown }).code === collectionMissing) return []
    throw error
  }
}

const inWords = ({ key, unique, expireAfterSeconds, partialFilterExpression }: Index) => [
  Object.entries(key).map(([path, order]) => `${path}: ${String(order)}`).join(', '),
  unique && 'unique',
  expireAfterSeconds !== undefined && 'expires',
  partialFilterExpression && 'partial'
].filter(Boolean).join('; ')

/** Makes what is missing of the collections and indexes on a connection, and tells of each whether it was there. */
async function initialize (connection: Connection): Promise<void> {
  const models = Object.values(connection.models) as unknown as Model<never>[]
  // Several models can describe the documents of one collection.
  const collections = new Map(models.map(model => [model.collection.name, model]))
  const known = new Set<string>()
  for (const [name, model] of collections) for (const index of await indexesOf(model)) known.add(`${name}.${index.name}`)
  await createIndexes(models)
  let made = 0
  let found = 0
  for (const [name, model] of collections) {
    for (const index of await indexesOf(model)) {
      const isKnown = known.has(`${name}.${index.name}`)
      if (isKnown) found++
      else made++
      process.stdout.write(`${isKnown ? 'found' : 'made '}  ${name}.${index.name} (${inWords(index)})\n`)
    }
  }
  process.stdout.write(`Database "${connection.name}": ${made} indexes made, ${found} found.\n`)
}

await runTool(async (_app, connection) => await initialize(connection))
