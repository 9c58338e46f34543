import { randomBytes } from 'node:crypto'
import argon2 from 'argon2'
import type { Test } from 'tap'
import { buildApp } from '../../src/app.ts'
import { loadConfig } from '../../src/platform/config.ts'
import { connectMongo } from '../../src/platform/mongo.ts'

/** The password of those whose password is not the matter. */
export const usualPassword = 'correct horse battery'

// Its hash, a real one that takes 30 ms of a core, is made once for all of them.
const { hash } = argon2
const hashes = new Map<string, Promise<unknown>>()
argon2.hash = (async (password: string, options: object) => {
  if (password !== usualPassword) return await hash(password, options)
  const cost = JSON.stringify(options)
  const known = hashes.get(cost) ?? hash(password, options)
  hashes.set(cost, known)
  return await known
}) as typeof hash

export interface Answer<Body = any> { status: number, headers: Headers, body: Body, text: string }
export interface Ask { token?: string, body?: unknown, headers?: Record<string, string> }

/** A client of a server at `url`: JSON in, JSON out. */
export function client (url: string) {
  return async function request<Body = any> (method: string, path: string, { token, body, headers = {} }: Ask = {}): Promise<Answer<Body>> {
    const raw = body === undefined || typeof body === 'string' || body instanceof Uint8Array || body instanceof URLSearchParams
    const answer = await fetch(url + path, {
      method,
      headers: {
        ...(body !== undefined && !(body instanceof URLSearchParams) && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...headers
      },
      ...(body !== undefined && { body: raw ? body as string : JSON.stringify(body) })
    })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, text, body: text !== '' && /json/.test(answer.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined as Body }
  }
}

export function testMongoUrl (): string {
  const url = process.env['TEST_MONGODB_URL']
  if (!url) throw new Error('Run the tests with "npm test": it starts the MongoDB they need.')
  return url
}

export const testSettings = (): Record<string, string> => ({
  NODE_ENV: 'test',
  HOST: '127.0.0.1',
  PORT: '0',
  MONGODB_URL: testMongoUrl(),
  MONGODB_DATABASE: `test_${randomBytes(8).toString('hex')}`,
  SECRET_KEY: randomBytes(32).toString('hex'),
  RATE_LIMIT: 'off',
  LOG_LEVEL: 'silent',
  PRESENCE_GRACE_MS: '0'
})

/** A server on a fresh database of the tests' MongoDB, in which nothing is yet; it ends, and the database goes, with the test. */
export async function buildTestApp (t: Test, settings: Record<string, string> = {}) {
  const config = loadConfig({ ...testSettings(), ...settings }, '/nonexistent')
  const connection = await connectMongo({ ...config, MONGODB_URL: config.MONGODB_URL! })
  const app = await buildApp({ config, connection })
  t.teardown(async () => {
    await app.drain()
    await connection.dropDatabase()
    await connection.close()
  })
  return { app, config, connection }
}

/** The same, prepared and listening. */
export async function startApp (t: Test, settings: Record<string, string> = {}) {
  const { app, config, connection } = await buildTestApp(t, settings)
  await app.prepare()
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { app, config, connection, services: app.services, url, api: `${url}/api/v1`, request: client(`${url}/api/v1`), root: client(url) }
}

export type TestApp = Awaited<ReturnType<typeof startApp>>
