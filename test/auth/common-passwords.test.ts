import { dictionary } from '@zxcvbn-ts/language-common'
import t from 'tap'
import { createAdmin, readAccount, readArguments } from '../../src/admin-account.ts'
import { isCommon } from '../../src/auth/common-passwords.ts'
import { startApp, usualPassword } from '../helpers/app.ts'
import { makeAdmin, register } from '../helpers/people.ts'

const owner = { email: 'ann.baker@example.com', username: 'annie_42', full_name: 'Anneliese Baker' }
const refused = { status: 400, body: { code: 'password_too_common', detail: /one of the first/ } }

t.test('what is guessed first is common, in any case and spelling', async t => {
  const listed = dictionary['passwords-common'].filter(word => word.length >= 8)
  t.ok(listed.length >= 3000, 'as many as ASVS 6.2.4 asks for, long enough to be chosen here')
  for (const word of listed) if (!await isCommon(word, owner)) t.fail(word)
  for (const word of ['PassWord', 'Password123', 'ｐａｓｓｗｏｒｄ', 'iloveyou', 'letmein1', 'dragon!!']) t.ok(await isCommon(word, owner), word)
  for (const word of ['aaaaaaaaaaaa', '12341234', 'asdasdasd', '19871987', 'xyxyxyxyx', '😀'.repeat(8)]) t.ok(await isCommon(word, owner), `again and again: ${word}`)
  for (const word of ['0123456789', '987654321', 'abcdefgh', 'poiuytrewq', '456789012345', 'ZXCVBNM,', 'qwertzui']) t.ok(await isCommon(word, owner), `a row: ${word}`)
  for (const word of ['24121987', '1987-12-24', '12/24/1987', '19871224']) t.ok(await isCommon(word, owner), `a date: ${word}`)
})

t.test('own words are common, for their owner', async t => {
  for (const word of ['parley2026', 'ParleyChat!', 'chat-admin', 'ann.baker@example.com', 'annie_42!', 'Baker1987', 'anneliese', 'baker-parley']) t.ok(await isCommon(word, owner), word)
  for (const word of ['annie_42!', 'anneliese', 'Baker1987']) t.notOk(await isCommon(word, { email: 'bob@example.org' }), `${word}, of somebody else`)
})

t.test('what nobody guesses is not', async t => {
  for (const word of [usualPassword, 'another staple entirely', 'annie likes her parley', 'café au lait', 'xK7#mQ2$vL9p', '84759302618', 'ябълкова пита', 'b'.repeat(12) + 'c', 'fishmonger tuesday', '1987-44-24', 'gichatk82']) t.notOk(await isCommon(word, owner), word)
})

t.test('production refuses it wherever a password is chosen, and changes nothing', async t => {
  const app = await startApp(t, { NODE_ENV: 'production' })
  const { request, services } = app
  const ann = await register(app, 'ann')
  t.match(await request('POST', '/auth/register', { body: { email: 'bob@example.com', password: 'Password1' } }), refused)
  t.match(await request('POST', '/auth/register', { body: { email: 'bob@example.com', username: 'bobby', password: 'bobby-2026' } }), refused)
  t.match(await request('POST', '/auth/password', { token: ann.token, body: { current_password: usualPassword, new_password: 'football' } }), refused)
  t.match(await request('POST', '/auth/password', { token: ann.token, body: { current_password: usualPassword, new_password: ann.email } }), refused)
  t.equal((await request('POST', '/auth/login', { body: { email: ann.email, password: usualPassword } })).status, 200, 'the password stays')
  await makeAdmin(app, ann)
  t.match(await request('POST', '/admin/users', { token: ann.token, body: { email: 'bob@example.com', password: 'iloveyou' } }), refused)
  const account = await readAccount({ ...readArguments(['--email', 'bob@example.com']) })
  await t.rejects(createAdmin(app.app, app.connection, { ...account, account: { ...account.account, password: 'letmein1' } }), { code: 'password_too_common' })
  t.equal(await services.users.findForLogin('bob@example.com'), null)
  t.equal((await request('POST', '/auth/password', { token: ann.token, body: { current_password: usualPassword, new_password: 'another staple entirely' } })).status, 204)
})

t.test('elsewhere people may try things out with it', async t => {
  const app = await startApp(t)
  t.equal((await app.request('POST', '/auth/register', { body: { email: 'user@example.com', password: 'password123' } })).status, 201)
})
