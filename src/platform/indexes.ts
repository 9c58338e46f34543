import type { Model } from 'mongoose'
import { StartupError } from './startup-error.ts'

/** Makes the collections and indexes of the models; those that exist stay. Throws StartupError naming the index that cannot be made. */
export async function createIndexes (models: Pick<Model<never>, 'createCollection' | 'createIndexes' | 'collection'>[]): Promise<void> {
  for (const model of models) {
    try {
      await model.createCollection()
      await model.createIndexes()
    } catch (error) {
      throw new StartupError(`The indexes of "${model.collection.name}" cannot be made: ${(error as Error).message.slice(0, 300)}`)
    }
  }
}
