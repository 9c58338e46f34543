import { join } from 'node:path'
import mongoose from 'mongoose'
import { freePort } from '../../src/platform/port.ts'
import { ask, pathOf, start, untilAnswers } from '../run.ts'
import { portion, textOf, timeOf } from '../texts.ts'
import type { Stage, Subject, Variant } from '../types.ts'

const { MongoClient, ObjectId } = mongoose.mongo
const password = 'correct horse battery'

/** The settings of a production server: everything is on. */
export const parleySettings = (stage: Pick<Stage, 'mongo' | 'folder'>, database: string): Record<string, string> => ({
  NODE_ENV: 'production',
  LOG_LEVEL: 'info',
  SECRET_KEY: 'kT9#vQ2m!xR7pL4wZ8nB5cY1dF6hJ3gS',
  HOST: '127.0.0.1',
  MONGODB_URL: stage.mongo.uri,
  MONGODB_DATABASE: database,
  PARLEY_DATA_DIR: join(stage.folder, 'parley'),
  WS_SOCKETS_PER_USER: '10000',
  RATE_LIMIT: 'on',
  METRICS_TOKEN: 'bench-metrics-token',
  BENCH_RATE_LIMIT: pathOf('dist/platform/rate-limit.js')
})

/** Parley as it was built, in a process of its own, its log in a file. */
export async function startParley (stage: Stage, variant?: Variant): Promise<Subject> {
  const name = variant ? `parley ${variant.name}` : 'parley'
  const database = name.replaceAll(/\W/g, '_')
  const port = await freePort()
  const log = join(stage.folder, `${database}.log`)
  const program = variant?.program ?? pathOf('dist/server.js')
  const running = await start(process.execPath, [...variant?.program ? [] : ['--import', pathOf('bench/raise-limits.mjs')], ...variant?.node ?? [], program],
    { cwd: stage.folder, log, env: { ...parleySettings(stage, database), PORT: String(port), ...variant?.env } })
  const url = `http://127.0.0.1:${port}`
  await untilAnswers(`${url}/readyz`, running, log).catch(async error => { await running.stop(); throw error })
  const client = await new MongoClient(stage.mongo.uri).connect()
  stage.later(() => client.close())
  const db = client.db(variant?.env?.['MONGODB_DATABASE'] ?? database)

  return {
    name,
    url,
    pid: running.pid,
    stop: running.stop,
    api: {
      async register (name) {
        const { access_token: token, user } = await ask(`${url}/api/v1/auth/register`, { method: 'POST', body: { email: `${name}@example.com`, username: name, password } })
        return { id: user.id, token }
      },
      logout: async ({ token }) => { await ask(`${url}/api/v1/auth/logout`, { method: 'POST', token }) },
      login: name => ({ url: `${url}/api/v1/auth/login`, body: JSON.stringify({ email: `${name}@example.com`, password }) }),
      async createChat (owner, others) {
        const type = others.length > 0 ? { type: 'group', participant_ids: others.map(({ id }) => id) } : { type: 'assistant' }
        return (await ask(`${url}/api/v1/chats`, { method: 'POST', token: owner.token, body: { ...type, title: 'bench' } })).id
      },
      page: chatId => `${url}/api/v1/chats/${chatId}/messages?limit=50`,
      send: chatId => `${url}/api/v1/chats/${chatId}/messages`,
      socket: (chatId, token) => `${url.replace('http', 'ws')}/api/v1/ws/${chatId}?token=${token}`,
      async fill (chatId, owner, count) {
        const ofChat = { chat_id: new ObjectId(chatId) }
        const chat = await db.collection('chats').findOne({ _id: ofChat.chat_id })
        const messages = db.collection('messages')
        const [newest] = await messages.find(ofChat).sort({ seq: -1 }).limit(1).toArray()
        const [last] = await messages.find({ ...ofChat, kind: 'message' }).sort({ seq: -1 }).limit(1).toArray()
        const [seq, index] = [newest?.['seq'] ?? 0, (last?.['message_index'] ?? -1) + 1]
        const base = { kind: 'message', ...ofChat, branch_id: chat!['active_branch_id'], turn_count: 0, role: 'user', sender_id: new ObjectId(owner.id), status: 'complete' }
        for (let from = 0; from < count; from += portion) {
          const rows = Array.from({ length: Math.min(portion, count - from) }, (_, i) => ({
            _id: new ObjectId(), ...base, seq: seq + from + i + 1, rev: seq + from + i + 1, message_index: index + from + i, content: textOf(from + i), created_at: timeOf(from + i)
          }))
          await messages.insertMany(rows, { ordered: false, writeConcern: { w: 1, j: false } })
        }
        const newestRow = await messages.findOne({ ...ofChat, seq: seq + count })
        await db.collection('chats').updateOne({ _id: ofChat.chat_id }, { $set: { last_seq: seq + count, last_message_id: newestRow!._id, last_message_seq: seq + count, updated_at: newestRow!['created_at'] } })
      },
      count: chatId => db.collection('messages').countDocuments({ chat_id: new ObjectId(chatId), kind: 'message' })
    }
  }
}
