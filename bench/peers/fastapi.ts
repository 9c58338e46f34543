import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mongoose from 'mongoose'
import { ask, freePort, pathOf, runToEnd, start, untilAnswers } from '../run.ts'
import { portion, textOf, timeOf } from '../texts.ts'
import type { Stage, Subject, Variant } from '../types.ts'

const { MongoClient, ObjectId } = mongoose.mongo
const password = 'correct horse battery'
const requirements = pathOf('bench/peers/fastapi/requirements.txt')

/** The Python of a virtual environment of its own, made once for each state of the requirements. */
async function python (say: Stage['say']): Promise<string> {
  const state = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 16)
  const home = join(tmpdir(), `parley-bench-fastapi-${process.getuid?.() ?? 0}-${state}`)
  const program = join(home, 'bin', 'python')
  if (existsSync(join(home, 'bin', 'uvicorn'))) return program
  say('installing FastAPI in a virtual environment …')
  rmSync(home, { recursive: true, force: true })
  await runToEnd('python3', ['-m', 'venv', home])
  await runToEnd(program, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes', '-r', requirements])
  return program
}

/** FastAPI under uvicorn with uvloop and httptools, in one process, without an access log. */
export async function startFastApi (stage: Stage, variant?: Variant): Promise<Subject> {
  const name = variant ? `fastapi ${variant.name}` : 'fastapi'
  const program = await python(stage.say)
  const port = await freePort()
  const database = name.replaceAll(/\W/g, '_')
  const log = join(stage.folder, `${database}.log`)
  const running = await start(program, ['-m', 'uvicorn', 'main:app', '--host', '127.0.0.1', '--port', String(port), '--loop', 'uvloop', '--http', 'httptools', '--ws', 'websockets-sansio', '--no-access-log', '--log-level', 'warning'],
    { cwd: pathOf('bench/peers/fastapi'), log, env: { PYTHONDONTWRITEBYTECODE: '1', MONGODB_URL: stage.mongo.uri, MONGODB_DATABASE: database, SECRET_KEY: 'kT9#vQ2m!xR7pL4wZ8nB5cY1dF6hJ3gS', ...variant?.env } })
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
      createChat: async (owner, others) => (await ask(`${url}/chats`, { method: 'POST', token: owner.token, body: { title: 'bench', participant_ids: others.map(({ id }) => id) } })).id,
      page: chatId => `${url}/chats/${chatId}/messages?limit=50`,
      send: chatId => `${url}/chats/${chatId}/messages`,
      socket: (chatId, token) => `${url.replace('http', 'ws')}/ws/${chatId}?token=${token}`,
      async fill (chatId, owner, count) {
        const chat_id = new ObjectId(chatId)
        const { username } = (await db.collection('users').findOne({ _id: new ObjectId(owner.id) }))!
        const { last_seq: seq, branch_id } = (await db.collection('chats').findOneAndUpdate({ _id: chat_id }, { $inc: { last_seq: count } }, { returnDocument: 'before' }))!
        for (let from = 0; from < count; from += portion) {
          const rows = Array.from({ length: Math.min(portion, count - from) }, (_, i) => ({
            _id: new ObjectId(), chat_id, branch_id, seq: seq + from + i + 1, rev: seq + from + i + 1, message_index: seq + from + i, role: 'user', sender_id: new ObjectId(owner.id), sender_username: username, content: textOf(from + i), status: 'complete', reply_to: null, reactions: [], is_edited: false, edited_at: null, is_deleted: false, created_at: timeOf(from + i)
          }))
          await db.collection('messages').insertMany(rows, { ordered: false, writeConcern: { w: 1, j: false } })
        }
      },
      count: chatId => db.collection('messages').countDocuments({ chat_id: new ObjectId(chatId) })
    }
  }
}
