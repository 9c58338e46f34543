// What one send and one frame cost in each part, in processor time: two processes of Parley, one MongoDB, one Redis. Needs a build, redis-server, Linux.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { WebSocket } from 'ws'
import { startEmbeddedMongo } from '../dist/platform/embedded-mongo.js'
import { freePort } from '../dist/platform/port.js'

const folder = await mkdtemp(join(tmpdir(), 'parley-scale-'))
const children = []
const say = line => process.stdout.write(`${line}\n`)

async function start (program, args, env, ready) {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const line = await new Promise((resolve, reject) => {
    createInterface(child.stdout).on('line', text => { if (ready.test(text)) resolve(text) })
    child.once('close', code => reject(new Error(`${program} ended with ${code}`)))
  })
  return { pid: child.pid, line }
}

/** Processor time used so far, in milliseconds. Linux counts in hundredths of a second. */
const used = pid => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

async function ask (api, method, path, token, body) {
  const answer = await fetch(api + path, { method, headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }, ...(body && { body: JSON.stringify(body) }) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
  return JSON.parse(text)
}

/** Runs `work` for each number below `count`, `width` at a time. */
async function each (count, width, work) {
  let next = 0
  await Promise.all(Array.from({ length: width }, async () => { while (next < count) await work(next++) }))
}

let mongo
try {
  const redisPort = await freePort()
  mongo = await startEmbeddedMongo({ dataDir: folder, say })
  const redis = await start('redis-server', ['--port', String(redisPort), '--bind', '127.0.0.1', '--save', '', '--dir', folder], {}, /Ready to accept/)
  const env = { NODE_ENV: 'production', SECRET_KEY: 'kT9#vQ2m!xR7pL4wZ8nB5cY1dF6hJ3gS', HOST: '127.0.0.1', PORT: '0', MONGODB_URL: mongo.uri, REDIS_URL: `redis://127.0.0.1:${redisPort}`, LOG_LEVEL: 'warn', RATE_LIMIT: 'off', PARLEY_DATA_DIR: folder }
  const servers = []
  for (let i = 0; i < 2; i++) {
    const { pid, line } = await start(process.execPath, ['dist/bin/server.js'], env, /^Parley is ready/)
    servers.push({ pid, api: `${/http:\/\/[^/]+/.exec(line)[0]}/api/v1` })
  }
  const [one, two] = servers
  const parts = { 'process 1': one.pid, 'process 2': two.pid, MongoDB: mongo.pid, Redis: redis.pid }

  async function measure (name, units, work) {
    const before = Object.values(parts).map(used)
    const begun = performance.now()
    await work()
    const seconds = (performance.now() - begun) / 1000
    const cost = Object.entries(parts).map(([part, pid], index) => `${part} ${((used(pid) - before[index]) * 1000 / units).toFixed(0)} µs`)
    say(`${name}: ${units} in ${seconds.toFixed(1)} s (${(units / seconds).toFixed(0)} a second); each: ${cost.join(', ')}`)
  }

  const people = []
  await each(50, 4, async index => {
    const { access_token: token, user } = await ask(one.api, 'POST', '/auth/register', undefined, { email: `p${index}@example.com`, password: 'correct horse battery' })
    people.push({ token, id: user.id })
  })
  const owner = people[0]
  const chats = []
  // One person may have 20 sockets: each chat has another listener.
  await each(50, 8, async index => { chats[index] = await ask(one.api, 'POST', '/chats', owner.token, { type: 'group', title: `chat ${index}`, participant_ids: [people[1 + index % 49].id] }) })
  const send = async (api, chat, token) => await ask(api, 'POST', `/chats/${chat.id}/messages`, token, { content: 'A message of a usual length, as people write them to each other.' })
  const sends = 6000
  const spread = async (count, api) => await each(count, 32, async index => await send(api, chats[index % chats.length], owner.token))
  await spread(2500, one.api)
  await spread(1500, two.api)

  await measure('sends on process 1, nobody listens', sends, async () => await spread(sends, one.api))

  async function listen (api, chat, listeners) {
    const heard = { frames: 0, wanted: Infinity, done: () => {} }
    const sockets = await Promise.all(listeners.map(async ({ token }) => {
      const socket = new WebSocket(`${api.replace('http', 'ws')}/ws/${chat.id}?token=${token}`)
      await new Promise((resolve, reject) => {
        socket.once('error', reject)
        socket.once('close', code => { reject(new Error(`a socket was closed with ${code}`)) })
        socket.once('open', () => { socket.send('{"type":"ping","id":"1"}') })
        socket.on('message', data => {
          const text = String(data)
          if (text.includes('"pong"')) resolve()
          else if (text.includes('"new_message"') && ++heard.frames >= heard.wanted) heard.done()
        })
      })
      return socket
    }))
    return {
      all: async wanted => { await new Promise(resolve => { Object.assign(heard, { wanted: heard.frames + wanted, done: resolve }) }) },
      close: () => { for (const socket of sockets) socket.close() }
    }
  }

  const listeners = []
  for (const [index, chat] of chats.entries()) listeners.push(await listen(two.api, chat, [people[1 + index % 49]]))
  await measure('sends on process 1, each chat heard by one socket on process 2', sends, async () => {
    await Promise.all([...listeners.map(({ all }) => all(sends / chats.length)), spread(sends, one.api)])
  })
  for (const { close } of listeners) close()

  const crowd = await ask(one.api, 'POST', '/chats', owner.token, { type: 'group', title: 'crowd', participant_ids: people.slice(1).map(({ id }) => id) })
  const room = await listen(two.api, crowd, people)
  await measure('frames to 50 sockets of one chat on process 2, sent on process 1', 100_000, async () => {
    await Promise.all([room.all(100_000), each(2000, 32, async () => await send(one.api, crowd, owner.token))])
  })
  room.close()

  // Limits would refuse what one person sends here; many who read stay below them.
  for (const limits of ['off', 'on']) {
    const { pid, line } = await start(process.execPath, ['dist/bin/server.js'], { ...env, RATE_LIMIT: limits, TRUST_PROXY: '127.0.0.1' }, /^Parley is ready/)
    parts['process 1'] = pid
    const url = `${/http:\/\/[^/]+/.exec(line)[0]}/api/v1/users/me`
    const read = async index => {
      const { token } = people[index % people.length]
      const answer = await fetch(url, { headers: { authorization: `Bearer ${token}`, 'x-forwarded-for': `192.0.2.${index % people.length}` } })
      if (answer.status !== 200) throw new Error(await answer.text())
      await answer.arrayBuffer()
    }
    await each(2000, 32, read)
    await measure(`reads of one's account, rate limits ${limits}`, 10_000, async () => await each(10_000, 32, read))
  }
} finally {
  for (const child of children.reverse()) child.kill('SIGTERM')
  await Promise.all(children.map(async child => child.exitCode ?? child.signalCode ?? await once(child, 'close')))
  await mongo?.stop()
  await rm(folder, { recursive: true, force: true })
}
