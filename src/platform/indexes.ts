import type { FastifyBaseLogger } from 'fastify'
import type { Connection, Model } from 'mongoose'
import { Problem } from './errors.ts'
import { StartupError } from './startup-error.ts'
import { isDatabaseAway, isWriteRefused } from './to-problem.ts'

type Indexed = Pick<Model<never>, 'createCollection' | 'collection'> & { schema: { indexes (): [object, object][] } }

/** Why the indexes of a collection could not be made, and whether that may pass. */
function notMade ({ name, conn }: Indexed['collection'], error: unknown): StartupError {
  const mayPass = isDatabaseAway(error) || isWriteRefused(error)
  if ((error as { code?: unknown }).code === unauthorized) {
    const advice = 'may not write there: grant it readWrite'
    return new StartupError(`The user of MONGODB_URL cannot make the indexes of "${conn.name}" and ${advice} on that database`, { mayPass, inPublic: `The user of the database ${advice}.` })
  }
  return new StartupError(`The indexes of "${name}" cannot be made: ${(error as Error).message.slice(0, 300)}`, { mayPass })
}

/**
 * Makes the collections and indexes of the models; those that exist stay. Throws StartupError naming the index that cannot be made, or what
 * right the user lacks; it may pass when the database is away, full, or grants the right.
 */
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
      throw notMade(models.find(({ collection }) => collection.name === name)!.collection, error)
    }
  }
  // All have ended when one is told of: whoever gives up may close the connection.
  const made = await Promise.allSettled([...new Set(models.map(({ collection }) => collection.name))].map(make))
  for (const outcome of made) if (outcome.status === 'rejected') throw outcome.reason
}

interface Index { name: string, key: Record<string, unknown>, unique?: boolean, expireAfterSeconds?: number, partialFilterExpression?: object }

const unauthorized = 13
const collectionMissing = 26

async function indexesOf (model: Pick<Indexed, 'collection'>): Promise<Index[]> {
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

/** Those indexes of the models, as collection and name, that the database has not, or that are not unique where they must be. */
async function missingIndexes (models: Indexed[]): Promise<string[]> {
  const missing = await Promise.all([...new Set(models.map(({ collection }) => collection.name))].map(async name => {
    const own = models.filter(({ collection }) => collection.name === name)
    const wanted = own.flatMap(({ schema }) => schema.indexes().map(([, options]) => options as Pick<Index, 'name' | 'unique'>))
    const there = wanted.length === 0 ? [] : await indexesOf(own[0]!)
    return wanted.filter(({ name, unique = false }) => !there.some(index => index.name === name && (index.unique ?? false) === unique)).map(index => `${name}.${index.name}`)
  }))
  return missing.flat()
}

/** How long it is believed that all indexes are there, in milliseconds. */
const believedMs = 10_000

/** Looks whether the indexes are still there, on which the log's numbers and every "only once" rest. */
export function watchIndexes (models: Indexed[], log: Pick<FastifyBaseLogger, 'error' | 'info'>) {
  let completeUntil = 0
  let told = ''
  return {
    /** Throws `unavailable` naming the missing ones. They are looked for every ten seconds at the most, and each time while one is missing. */
    async check () {
      if (performance.now() < completeUntil) return
      const missing = await missingIndexes(models)
      const names = missing.slice(0, 10).join(', ')
      if (names !== told && names) log.error({ missing }, 'indexes are missing: run "npm run db:init"')
      else if (names !== told) log.info('all indexes are there again')
      told = names
      if (names) throw new Problem('unavailable', `Indexes are missing in the database: ${names}. Run "npm run db:init".`)
      completeUntil = performance.now() + believedMs
    }
  }
}
