import { Types } from 'mongoose'
import t from 'tap'
import { isProblem } from '../auth/scene.ts'
import { type Answer, startApp, type TestApp } from '../helpers/app.ts'
import { makeAdmin, type Person, register } from '../helpers/people.ts'

/** Each kind of race is run this often. */
const rounds = 20

// Two servers on one database: nothing that one of them remembers can decide.
const one = await startApp(t)
const two = await startApp(t, { MONGODB_DATABASE: one.config.MONGODB_DATABASE, SECRET_KEY: one.config.SECRET_KEY })
const users = one.connection.collection('users')
const activeAdmins = async () => await users.countDocuments({ role: 'admin', is_active: true })

type Step = (app: TestApp, self: Person, other: Person) => Promise<Answer>
const patch = (path: 'users', whom: 'self' | 'other', end: string, body: object): Step => (app, self, other) =>
  app.request('PATCH', `/admin/${path}/${whom === 'self' ? self.id : other.id}${end}`, { token: self.token, body })
const demote = (whom: 'self' | 'other') => patch('users', whom, '/role', { role: 'user' })
const deactivate = (whom: 'self' | 'other') => patch('users', whom, '', { is_active: false })
const leave: Step = (app, self) => app.request('DELETE', '/users/me', { token: self.token })
const remove: Step = (app, self, other) => app.request('DELETE', `/users/${other.id}`, { token: self.token })

async function pair (): Promise<[Person, Person]> {
  await users.deleteMany({ role: 'admin' })
  return await Promise.all([register(one), register(two)].map(async person => await makeAdmin(one, await person))) as [Person, Person]
}

/** Makes two administrators again of two accounts that are still there. */
async function restore (people: Person[]) {
  await users.updateMany({ _id: { $in: people.map(({ id }) => new Types.ObjectId(id)) } }, { $set: { role: 'admin', is_active: true } })
  for (const app of [one, two]) for (const person of people) await makeAdmin(app, person)
}

t.test('the last active administrator cannot be demoted, switched off or deleted, by whatever way', async t => {
  const [ann, bob] = await pair()
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

const races: [string, Step, Step][] = [
  ['each demotes the other', demote('other'), demote('other')],
  ['each steps down', demote('self'), demote('self')],
  ['one demotes the other, who switches the first one off', demote('other'), deactivate('other')]
]

for (const [what, first, second] of races) {
  t.test(`of two administrators one stays when at the same moment ${what}`, async t => {
    const people = await pair()
    const [ann, bob] = people
    for (let round = 0; round < rounds; round++) {
      const answers = await Promise.all([first(one, ann, bob), second(two, bob, ann)])
      const codes = answers.map(({ status, body }) => body?.code ?? status).sort()
      t.equal(await activeAdmins(), 1, `round ${round}: ${codes.join(', ')}`)
      t.equal(answers.filter(({ status }) => status === 200).length, 1)
      t.ok(answers.some(({ body }) => ['last_site_admin', 'forbidden', 'unauthenticated'].includes(body.code)))
      await restore(people)
      if (answers.some(({ body }) => body.is_active === false)) {
        const tokens = await Promise.all(people.map(async ({ email, password }) => await one.request('POST', '/auth/login', { body: { email, password } })))
        tokens.forEach(({ body }, i) => { people[i]!.token = body.access_token })
      }
    }
  })
}

t.test('the same when accounts are deleted, with new administrators each time', async t => {
  const deletions: [Step, Step][] = [[leave, leave], [demote('other'), leave], [deactivate('self'), leave], [remove, remove]]
  for (let round = 0; round < rounds; round++) {
    const [first, second] = deletions[round % deletions.length]!
    const [ann, bob] = await pair()
    const answers = await Promise.all([first(one, ann, bob), second(two, bob, ann)])
    t.equal(await activeAdmins(), 1, `round ${round}: ${answers.map(({ status, body }) => body?.code ?? status).join(', ')}`)
    t.equal(answers.filter(({ status }) => status < 300).length, 1)
  }
})
