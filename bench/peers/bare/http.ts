// Fastify without a database, rights or checks: what a page and a send cost at the least. It answers the page of 50 that it is given.
import Fastify from 'fastify'

const { PAGE: page = '{"items":[]}', PORT = '0' } = process.env
const app = Fastify()
const items = JSON.parse(page) as { items: object[] }
app.get('/health', async () => ({ status: 'ok' }))
app.get('/chats/:chat_id/messages', async () => items)
app.post('/chats/:chat_id/messages', async (request, reply) => await reply.code(201).send({ ...items.items[0], ...request.body as object }))
await app.listen({ host: '127.0.0.1', port: Number(PORT) })
process.on('SIGTERM', () => { process.exit() })
