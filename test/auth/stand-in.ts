import { randomUUID } from 'node:crypto'
import formbody from '@fastify/formbody'
import jwt from '@fastify/jwt'
import Fastify from 'fastify'
import type { Test } from 'tap'
import auth from '../../src/auth/index.ts'
import { authSchemas } from '../../src/auth/schemas.ts'
import { createAuth } from '../../src/auth/service.ts'
import { bearerToken, jwtOptions } from '../../src/auth/tokens.ts'
import { createBus } from '../../src/platform/bus.ts'
import { loadConfig } from '../../src/platform/config.ts'
import { createCursors } from '../../src/platform/cursor.ts'
import { ProblemDetails } from '../../src/platform/errors.ts'
import { guard } from '../../src/platform/guard.ts'
import { httpErrors } from '../../src/platform/http-errors.ts'
import { connectMongo } from '../../src/platform/mongo.ts'
import { createValidators } from '../../src/platform/validation.ts'
import users from '../../src/users/index.ts'
import { userSchemas } from '../../src/users/schemas.ts'
import { createUsers } from '../../src/users/service.ts'

export async function startApp (t: Test) {
  const config = loadConfig({ SECRET_KEY: 'a secret for tests, long enough 1234567', MONGODB_URL: process.env['TEST_MONGODB_URL'], MONGODB_DATABASE: `t-${randomUUID()}`, RATE_LIMIT: 'off' }, '/nowhere')
  const connection = await connectMongo(config as Parameters<typeof connectMongo>[0])
  const app = Fastify({ exposeHeadRoutes: false, schemaController: undefined as never })
  const bus = createBus(error => { console.error('BUS', error) })
  await app.register(jwt, jwtOptions(config))
  await app.register(formbody)
  const cursors = createCursors(config.SECRET_KEY)
  const u = createUsers({ connection, bus, cursors })
  const a = createAuth({ connection, bus, users: u, config, jwt: app.jwt })
  for (const model of [...u.models, ...a.models]) await (model as typeof u.models[0]).createIndexes()
  createValidators([ProblemDetails, ...userSchemas, ...authSchemas]).install(app)
  await app.register(httpErrors)
  await app.register(guard, { authenticate: request => a.authenticate(bearerToken(request.headers.authorization)) })
  await app.register(users, { prefix: '/api/v1', users: u })
  await app.register(auth, { prefix: '/api/v1', auth: a })
  t.teardown(async () => { await app.close(); await connection.dropDatabase(); await connection.close() })
  return { app, config, connection, bus, users: u, auth: a }
}
