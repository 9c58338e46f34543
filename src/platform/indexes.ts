import type { Connection, Model } from 'mongoose'
import { StartupError } from './startup-error.ts'

type Indexed = Pick<Model<never>, 'createCollection' | 'collection'> & { schema: { indexes (): [object, object][] } }

/** Makes the collections and indexes of the models; those that exist stay. Throws StartupError naming the index that cannot be made. */
export async function createIndexes (models: Indexed[]): Promise<void> {
  const make = async (name: string) => {
    try {
      for (const model of models.filter(({ collection }) => collection.name === name)) {
        const indexes = model.schema.indexes().map(([key, options]) => ({ key, ...options }))
        // A collection is made with its indexes, all of them by one command.
        if (indexes.length > 0) await model.collection.createIndexes(indexes as never)
        else await model.createCollection()
      }
    } catch (error) {
      throw new StartupError(`The indexes of "${name}" cannot be made: ${(error as Error).message.slice(0, 300)}`)
    }
  }
  // All have ended when one is told of: whoever gives up may close the connection.
  const made = await Promise.allSettled([...new Set(models.map(({ collection }) => collection.name))].map(make))
  for (const outcome of made) if (outcome.status === 'rejected') throw outcome.reason
}

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

/** Makes what is missing of the collections and indexes on a connection; answers a line for each that tells whether it was there, and one in all. Throws what createIndexes throws. */
export async function initialize (connection: Connection): Promise<string[]> {
  const models = Object.values(connection.models) as unknown as Model<never>[]
  // Several models can describe the documents of one collection.
  const collections = new Map(models.map(model => [model.collection.name, model]))
  const known = new Set<string>()
  for (const [name, model] of collections) for (const index of await indexesOf(model)) known.add(`${name}.${index.name}`)
  await createIndexes(models)
  const lines: string[] = []
  let made = 0
  let found = 0
  for (const [name, model] of collections) {
    for (const index of await indexesOf(model)) {
      const isKnown = known.has(`${name}.${index.name}`)
      if (isKnown) found++
      else made++
      lines.push(`${isKnown ? 'found' : 'made '}  ${name}.${index.name} (${inWords(index)})`)
    }
  }
  return [...lines, `Database "${connection.name}": ${made} indexes made, ${found} found.`]
}
