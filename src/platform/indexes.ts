import type { Model } from 'mongoose'
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
