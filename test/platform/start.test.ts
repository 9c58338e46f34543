import { once } from 'node:events'
import { createServer } from 'node:net'
import t from 'tap'
import { run } from './server.ts'

/** Runs a server that cannot start; answers the one thing it says. */
async function failure (t: Parameters<typeof run>[0], settings: Record<string, string | undefined>): Promise<string> {
  const server = await run(t, settings)
  t.equal(await server.ended, 1, 'exit code 1')
  const { out, err } = server.output()
  t.notMatch(`${out}${err}`, /^\s+at /m, 'no stack')
  return err
}

t.test('what stops a start is said in a line', async t => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as { port: number }
  t.teardown(() => taken.close())
  const [portTaken, noDatabase, faults, noSecret] = await Promise.all([
    failure(t, { PORT: String(port) }),
    failure(t, { MONGODB_URL: 'mongodb://ann:planted-password@127.0.0.1:1/?replicaSet=x' }),
    failure(t, { PORT: 'x', LOG_LEVEL: 'loud', MONGODB_URL: 'mongodb://127.0.0.1:1' }),
    failure(t, { NODE_ENV: 'production', SECRET_KEY: undefined, MONGODB_URL: 'mongodb://127.0.0.1:1' })
  ])
  t.match(portTaken, new RegExp(`^Port ${port} is taken by another program: [^\\n]*\\n$`))
  t.match(noDatabase, /^cannot use the MongoDB at 127\.0\.0\.1:1: nothing listens there[^\n]*\n$/)
  t.notMatch(noDatabase, /planted/)
  t.match(faults, /^The configuration is not valid:\n {2}- PORT must be integer\n {2}- LOG_LEVEL must be[^\n]*\n$/)
  t.match(noSecret, /^The configuration is not valid:\n {2}- SECRET_KEY must be set in production[^\n]*\n$/)
})
