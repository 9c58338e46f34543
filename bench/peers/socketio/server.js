/* eslint camelcase: off -- the names of the wire and of what is stored */
// A chat server as the documentation of its parts would have it: Express for REST, Socket.IO for what is live, Mongoose for MongoDB.
import { createServer } from 'node:http'
import argon2 from 'argon2'
import express from 'express'
import jwt from 'jsonwebtoken'
import mongoose, { Schema } from 'mongoose'
import { Server } from 'socket.io'
import { z } from 'zod'

const { MONGODB_URL, MONGODB_DATABASE, SECRET_KEY, PORT } = process.env
const hashing = { type: argon2.argon2id, memoryCost: 19456, timeCost: 2, parallelism: 1 }
const id = Schema.Types.ObjectId

const User = mongoose.model('User', new Schema({ username: { type: String, unique: true, required: true }, password_hash: String, token_version: { type: Number, default: 0 } }, { versionKey: false }))
const Chat = mongoose.model('Chat', new Schema({
  title: String,
  branch_id: id,
  participant_ids: { type: [id], index: true },
  last_seq: { type: Number, default: 0 }
}, { versionKey: false }))
const Message = mongoose.model('Message', new Schema({
  chat_id: { type: id, required: true },
  branch_id: id,
  seq: { type: Number, required: true },
  rev: Number,
  message_index: Number,
  role: String,
  sender_id: id,
  sender_username: String,
  content: { type: String, required: true },
  client_id: String,
  status: String,
  reply_to: { type: id, default: null },
  reactions: { type: [Schema.Types.Mixed], default: [] },
  is_edited: { type: Boolean, default: false },
  edited_at: { type: Date, default: null },
  is_deleted: { type: Boolean, default: false },
  created_at: { type: Date, default: Date.now }
}, { versionKey: false })
  .index({ chat_id: 1, seq: 1 }, { unique: true })
  .index({ chat_id: 1, sender_id: 1, client_id: 1 }, { unique: true, partialFilterExpression: { client_id: { $exists: true } } }))

const Credentials = z.strictObject({ username: z.string().min(1).max(50), password: z.string().min(8).max(128) })
const ChatCreate = z.strictObject({ title: z.string().min(1).max(200), participant_ids: z.array(z.string().regex(/^[0-9a-f]{24}$/)).max(99).default([]) })
const MessageCreate = z.strictObject({ content: z.string().min(1).max(10_000).regex(/\S/), client_id: z.string().min(1).max(100).optional() })
const SocketMessage = z.strictObject({ chat_id: z.string().regex(/^[0-9a-f]{24}$/), content: z.string().min(1).max(10_000).regex(/\S/) })
const Typing = z.strictObject({ chat_id: z.string(), content: z.enum(['start', 'stop']) })
const Page = z.object({ limit: z.coerce.number().int().min(1).max(100).default(50), before: z.coerce.number().int().min(1).optional() })

const tokenOf = user => ({ access_token: jwt.sign({ sub: String(user._id), ver: user.token_version }, SECRET_KEY, { algorithm: 'HS256', expiresIn: '30m' }), token_type: 'bearer', user_id: String(user._id) })
/** Whose token it is, if they are still there and have not logged out since. */
const userOf = async token => {
  const { sub, ver } = jwt.verify(token, SECRET_KEY, { algorithms: ['HS256'] })
  const user = await User.findOne({ _id: sub, token_version: ver }).select('username').lean()
  if (!user) throw new Error('no longer valid')
  return { id: sub, username: user.username }
}

const present = message => ({
  id: message._id,
  chat_id: message.chat_id,
  branch_id: message.branch_id,
  seq: message.seq,
  rev: message.rev,
  message_index: message.message_index,
  turn_id: null,
  role: message.role,
  sender_id: message.sender_id,
  sender_username: message.sender_username,
  content: message.content,
  status: message.status,
  run_id: null,
  reply_to: message.reply_to,
  reactions: message.reactions,
  is_edited: message.is_edited,
  is_deleted: message.is_deleted,
  created_at: message.created_at,
  edited_at: message.edited_at,
  timestamp: message.created_at,
  alternatives: { index: 0, count: 1 }
})

class HttpError extends Error {
  constructor (status, message) { super(message); this.status = status }
}

async function requireMember (user, chatId) {
  if (!mongoose.isValidObjectId(chatId) || !await Chat.exists({ _id: chatId, participant_ids: user.id })) throw new HttpError(404, 'no such chat')
}

async function store (user, chatId, { content, client_id }) {
  const chat = await Chat.findOneAndUpdate({ _id: chatId, participant_ids: user.id }, { $inc: { last_seq: 1 } }, { returnDocument: 'after' }).lean()
  if (!chat) throw new HttpError(404, 'no such chat')
  const seq = chat.last_seq
  try {
    return present(await Message.create({ chat_id: chatId, branch_id: chat.branch_id, seq, rev: seq, message_index: seq - 1, role: 'user', sender_id: user.id, sender_username: user.username, content, client_id, status: 'complete' }))
  } catch (error) {
    if (error.code !== 11000) throw error
    return present(await Message.findOne({ chat_id: chatId, sender_id: user.id, client_id }).lean())
  }
}

await mongoose.connect(MONGODB_URL, { dbName: MONGODB_DATABASE, maxPoolSize: 20, writeConcern: { w: 'majority' } })
await Promise.all([User.init(), Chat.init(), Message.init()])

const app = express()
const http = createServer(app)
const io = new Server(http)
app.disable('x-powered-by')
app.use(express.json())

const authenticate = async (request, _response, next) => {
  try {
    request.user = await userOf(/^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '')
    next()
  } catch {
    next(new HttpError(401, 'not authenticated'))
  }
}

app.get('/health', async (_request, response) => {
  await mongoose.connection.db.command({ ping: 1 })
  response.json({ status: 'ok' })
})

app.post('/register', async (request, response) => {
  const { username, password } = Credentials.parse(request.body)
  response.status(201).json(tokenOf(await User.create({ username, password_hash: await argon2.hash(password, hashing) })))
})

app.post('/login', async (request, response) => {
  const { username, password } = Credentials.parse(request.body)
  const user = await User.findOne({ username }).lean()
  if (!user || !await argon2.verify(user.password_hash, password)) throw new HttpError(401, 'wrong username or password')
  response.json(tokenOf(user))
})

app.post('/logout', authenticate, async (request, response) => {
  await User.updateOne({ _id: request.user.id }, { $inc: { token_version: 1 } })
  response.sendStatus(204)
})

app.post('/chats', authenticate, async (request, response) => {
  const { title, participant_ids } = ChatCreate.parse(request.body)
  const chat = await Chat.create({ title, branch_id: new mongoose.Types.ObjectId(), participant_ids: [...new Set([request.user.id, ...participant_ids])] })
  response.status(201).json({ id: chat._id, title, participant_ids: chat.participant_ids })
})

app.get('/chats/:chat_id/messages', authenticate, async (request, response) => {
  const { limit, before } = Page.parse(request.query)
  await requireMember(request.user, request.params.chat_id)
  const rows = await Message.find({ chat_id: request.params.chat_id, ...(before && { seq: { $lt: before } }) }).sort({ seq: -1 }).limit(limit).lean()
  response.json({ items: rows.map(present), next_cursor: rows.length === limit && rows.at(-1).seq > 1 ? rows.at(-1).seq : null })
})

app.post('/chats/:chat_id/messages', authenticate, async (request, response) => {
  const message = await store(request.user, request.params.chat_id, MessageCreate.parse(request.body))
  io.to(request.params.chat_id).emit('new_message', { chat_id: request.params.chat_id, message })
  response.status(201).json(message)
})

app.use((error, _request, response, _next) => {
  response.status(error.status ?? (error instanceof z.ZodError ? 400 : 500)).json({ error: error.message })
})

io.use(async (socket, next) => {
  try {
    socket.data.user = await userOf(socket.handshake.auth.token)
    next()
  } catch {
    next(new Error('not authenticated'))
  }
})

io.on('connection', socket => {
  const { user } = socket.data
  const guarded = work => async (...given) => {
    try {
      await work(...given)
    } catch (error) {
      socket.emit('error_message', { error: error.message })
    }
  }
  socket.on('join', guarded(async (chatId, acknowledge) => {
    await requireMember(user, chatId)
    await socket.join(chatId)
    acknowledge?.({ ok: true })
  }))
  socket.on('message', guarded(async frame => {
    const { chat_id, content } = SocketMessage.parse(frame)
    const message = await store(user, chat_id, { content })
    io.to(chat_id).emit('new_message', { chat_id, message })
  }))
  socket.on('typing', guarded(frame => {
    const { chat_id, content } = Typing.parse(frame)
    if (socket.rooms.has(chat_id)) socket.to(chat_id).emit(content === 'start' ? 'typing_started' : 'typing_stopped', { chat_id, user_id: user.id })
  }))
})

http.listen(Number(PORT), '127.0.0.1')
process.on('SIGTERM', () => { process.exit() })
