import t from 'tap'
import { fill } from '../../src/demo-data.ts'
import { startApp } from '../helpers/app.ts'
import { freshDatabase, runScript } from '../helpers/run.ts'

const logins = [/^ann {2}ann@example\.com {2}password: correct horse battery$/, /^bob {2}bob@example\.com {2}password: correct horse battery$/]
const addresses = /^With the server running \(npm start\), log in at http:\/\/\S+\/console, or try the API at http:\/\/\S+\/docs\.$/

t.test('fills an empty database beside a running server', async t => {
  const { app, connection, request, config: { MONGODB_DATABASE } } = await startApp(t)
  const made = await runScript('demo', { settings: { MONGODB_DATABASE, GROQ_API_KEY: 'sk-never-to-be-used' } })
  t.match(made, { code: 0, stderr: '', lines: [/^Made: two people/, ...logins, addresses] })

  const [ann, bob] = await Promise.all(['ann', 'bob'].map(async username => (await request('POST', '/auth/login', { body: { username, password: 'correct horse battery' } })).body.access_token as string))
  const of = async (token: string | undefined, path: string) => (await request('GET', path, { token: token! })).body
  const { items: chats } = await of(ann, '/chats')
  t.same(chats.map(({ type }: { type: string }) => type).sort(), ['assistant', 'direct', 'group'])
  const [assistant, direct, group] = ['assistant', 'direct', 'group'].map(type => chats.find((chat: { type: string }) => chat.type === type))
  t.match((await of(bob, '/chats')).items.map(({ type, unread_count: unread }: { type: string, unread_count: number }) => [type, unread]).sort(), [['direct', 0], ['group', 0]])
  t.match([direct.unread_count, group.unread_count], [1, 1], 'something is new to ann')

  const { items: branches } = await of(ann, `/chats/${assistant.id}/branches`)
  t.match(branches, [{ kind: 'main', is_active: true, size: 4 }, { kind: 'named', name: 'By train', created_from_message_index: 1, size: 6 }, { kind: 'alternative', created_from_message_index: 2, size: 6 }])
  for (const { id } of branches) {
    const { items } = await of(ann, `/chats/${assistant.id}/messages?order=asc&branch_id=${id}`)
    items.forEach(({ role, content, status }: any, index: number) => t.match({ role, content, status }, index % 2 === 0 ? { role: 'user', status: 'complete' } : { role: 'assistant', status: 'complete', content: /^I am Parley's offline model .*You asked/ }))
  }

  const { items } = await of(bob, `/chats/${group.id}/messages?order=asc&include_deleted=true`)
  t.match(items, [{ sender_username: 'ann', reactions: [{ emoji: '👍', user_ids: Array }] }, { sender_username: 'bob', reply_to: items[0].id }, { is_edited: true }, { is_deleted: true, content: '' }, { sender_username: 'bob' }])
  t.match((await of(ann, `/chats/${direct.id}/reads`)).items.length, 2)

  await t.test('and prints the logins again, changing nothing', async t => {
    t.match(await fill(app, connection), ['The demo is there already.', ...logins])
    t.same((await of(ann, '/auth/sessions')).items.length, 1, 'it leaves no session behind')
    t.same((await of(ann, '/chats')).items.map(({ id }: { id: string }) => id), chats.map(({ id }: { id: string }) => id))
  })

  await t.test('and leaves a database alone in which there are other people', async t => {
    await connection.collection('users').updateOne({ username: 'bob' }, { $set: { email: 'rob@example.com', email_key: 'rob@example.com' } })
    await t.rejects(fill(app, connection), { name: 'StartupError', message: /^There are people in this database already: [^\n]*$/ }, 'also one of the demo\'s')
    t.equal(await connection.collection('users').countDocuments(), 2)
    t.equal(await connection.collection('chats').countDocuments(), 3)
  })
})

t.test('makes no accounts in production', async t => {
  const { settings, db } = await freshDatabase(t)
  t.match(await runScript('demo', { settings: { ...settings, NODE_ENV: 'production' } }), { code: 1, stdout: '', stderr: /^The demo's passwords are known to everybody: [^\n]*\n$/ })
  t.equal(await db.collection('users').countDocuments(), 0)
})
