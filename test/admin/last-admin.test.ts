import { Types } from 'mongoose'
import t from 'tap'
import { userChanged } from '../../src/users/events.ts'
import { isProblem } from '../auth/scene.ts'
import { type Answer, startApp, type TestApp } from '../helpers/app.ts'
import { makeAdmin, type Person, register } from '../helpers/people.ts'

// Two servers on one database: nothing that one of them remembers can decide.
const one = await startApp(t)
const two = await startApp(t, { MONGODB_DATABASE: one.config.MONGODB_DATABASE, SECRET_KEY: one.config.SECRET_KEY })
const users = one.connection.collection('users')
const sessions = one.connection.collection('sessions')
const activeAdmins = async () => await users.countDocuments({ role: 'admin', is_active: true })

type Step = (app: TestApp, self: Person, other: Person) => Promise<Answer>
const patch = (path: 'users', whom: 'self' | 'other', end: string, body: object): Step => (app, self, other) =>
  app.request('PATCH', `/admin/${path}/${whom === 'self' ? self.id : other.id}${end}`, { token: self.token, body })
const demote = (whom: 'self' | 'other') => patch('users', whom, '/role', { role: 'user' })
const deactivate = (whom: 'self' | 'other') => patch('users', whom, '', { is_active: false })
const leave: Step = (app, self) => app.request('DELETE', '/users/me', { token: self.token })
const remove: Step = (app, self, other) => app.request('DELETE', `/users/${other.id}`, { token: self.token })

const [ann, bob] = await Promise.all([register(one, 'ann'), register(two, 'bob')])
const people = [ann, bob]
for (const person of people) await makeAdmin(one, person)
const ids = people.map(({ id }) => new Types.ObjectId(id))
const accounts = await users.find({ _id: { $in: ids } }).toArray()
const logins = await sessions.find({ user_id: { $in: ids } }).toArray()

/** Makes both administrators again, with the accounts and sessions they had at first. */
async function restore () {
  for (const _id of ids) {
    // The sessions of a deleted account end in the background.
    while (!await users.countDocuments({ _id }) && await sessions.countDocuments({ user_id: _id })) await new Promise(resolve => { setImmediate(resolve) })
  }
  await Promise.all([users.deleteMany({}), sessions.deleteMany({})])
  await Promise.all([users.insertMany(accounts), sessions.insertMany(logins)])
  for (const { services: { bus } } of [one, two]) for (const { id } of people) bus.emit(userChanged, { user_id: id })
}

t.test('the last active administrator cannot be demoted, switched off or deleted, by whatever way', async t => {
  t.equal((await deactivate('other')(one, ann, bob)).status, 200)
  for (const step of [demote('self'), deactivate('self'), leave, (app: TestApp) => remove(app, ann, ann)]) {
    isProblem(t, await step(one, ann, bob), 409, 'last_site_admin')
  }
  t.equal(await activeAdmins(), 1)
  t.match((await one.request('GET', '/users/me', { token: ann.token })).body, { role: 'admin', is_active: true })
  t.match(await one.connection.collection('audit').distinct('action'), ['user_deactivated'], 'and nothing of it is told as done')

  t.equal((await demote('other')(one, ann, bob)).status, 200, 'an administrator who is switched off does not count')
  t.equal((await one.request('PATCH', `/admin/users/${bob.id}`, { token: ann.token, body: { is_active: true } })).status, 200)
  isProblem(t, await demote('self')(one, ann, bob), 409, 'last_site_admin')
  await makeAdmin(one, bob)
  t.equal((await demote('self')(one, ann, bob)).status, 200, 'one of two may go')
})

const races: [what: string, first: Step, second: Step, rounds: number][] = [
  ['each demotes the other', demote('other'), demote('other'), 10],
  ['each steps down', demote('self'), demote('self'), 10],
  ['one demotes the other, who switches the first one off', demote('other'), deactivate('other'), 20],
  ['one demotes the other, who deletes the own account', demote('other'), leave, 4],
  ['one switches the own account off and the other deletes theirs', deactivate('self'), leave, 4],
  ['each deletes the other\'s account', remove, remove, 4]
]

for (const [what, first, second, rounds] of races) {
  t.test(`of two administrators one stays when at the same moment ${what}`, async t => {
    for (let round = 0; round < rounds; round++) {
      await restore()
      const answers = await Promise.all([first(one, ann, bob), second(two, bob, ann)])
      const codes = answers.map(({ status, body }) => body?.code ?? status)
      t.equal(await activeAdmins(), 1, `round ${round}: ${codes.join(', ')}`)
      // Whoever is demoted first may still delete the own account: then both succeed.
      const refused = codes.filter(code => typeof code === 'string')
      t.ok(refused.length < 2 && refused.every(code => ['last_site_admin', 'forbidden', 'unauthenticated', 'user_not_found'].includes(code)))
    }
  })
}
