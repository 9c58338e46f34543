import { join } from 'node:path'
import mongoose from 'mongoose'
import { freePort } from '../../src/platform/port.ts'
import { ask, start, untilAnswers } from '../run.ts'
import { portion, textOf, timeOf } from '../texts.ts'
import type { Stage, Subject, Variant } from '../types.ts'

const { MongoClient, ObjectId } = mongoose.mongo
const password = 'correct horse battery'

/** How a peer that speaks the small contract is started. */
export interface Program { program: string, args: (port: number) => string[], cwd: string, env?: Record<string, string> }

/** Starts a peer that stores what Parley stores: users, chats with their participants, and messages numbered by chat. */
export async function startPlain (stage: Stage, kind: string, { program, args, cwd, env }: Program, variant?: Variant): Promise<Subject> {
  const name = variant ? `${kind} ${variant.name}` : kind
  const port = await freePort()
  const database = name.replaceAll(/\W/g, '_')
  const log = join(stage.folder, `${database}.log`)
  const running = await start(program, args(port), {
    cwd, log, env: { PORT: String(port), MONGODB_URL: stage.mongo.uri, MONGODB_DATABASE: database, SECRET_KEY: 'kT9#vQ2m!xR7pL4wZ8nB5cY1dF6hJ3gS', ...env, ...variant?.env }
  })
  const url = `http://127.0.0.1:${port}`
  await untilAnswers(`${url}/health`, running, log).catch(async error => { await running.stop(); throw error })
  const client = await new MongoClient(stage.mongo.uri).connect()
  stage.later(() => client.close())
  const db = client.db(database)

  return {
    name,
    url,
    pid: running.pid,
    stop: running.stop,
    api: {
      async register (name) {
        const { access_token: token, user_id: id } = await ask(`${url}/register`, { method: 'POST', body: { username: name, password } })
        return { id, token }
      },
      logout: async ({ token }) => { await ask(`${url}/logout`, { method: 'POST', token }) },
      login: name => ({ url: `${url}/login`, body: JSON.stringify({ username: name, password }) }),
      createChat: async (owner, others) => (await ask(`${url}/chats`, { method: 'POST', token: owner.token, body: { title: 'bench', participant_ids: others.map(({ id }) => id) } })).id,
      page: chatId => `${url}/chats/${chatId}/messages?limit=50`,
      send: chatId => `${url}/chats/${chatId}/messages`,
      socket: (chatId, token) => `${url.replace('http', 'ws')}/ws/${chatId}?token=${token}`,
      async fill (chatId, owner, count) {
        const chat = { chat_id: new ObjectId(chatId) }
        const sender = new ObjectId(owner.id)
        const { username } = (await db.collection('users').findOne({ _id: sender }))!
        const { last_seq: seq, branch_id } = (await db.collection('chats').findOneAndUpdate({ _id: chat.chat_id }, { $inc: { last_seq: count } }, { returnDocument: 'before' }))!
        for (let from = 0; from < count; from += portion) {
          const rows = Array.from({ length: Math.min(portion, count - from) }, (_, i) => ({
            _id: new ObjectId(), ...chat, branch_id, seq: seq + from + i + 1, rev: seq + from + i + 1, message_index: seq + from + i, role: 'user', sender_id: sender, sender_username: username, content: textOf(from + i), status: 'complete', reply_to: null, reactions: [], is_edited: false, edited_at: null, is_deleted: false, created_at: timeOf(from + i)
          }))
          await db.collection('messages').insertMany(rows, { ordered: false, writeConcern: { w: 1, j: false } })
        }
      },
      count: chatId => db.collection('messages').countDocuments({ chat_id: new ObjectId(chatId) })
    }
  }
}
