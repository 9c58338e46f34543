import argon2 from 'argon2'
import t from 'tap'
import { createGate, createPasswords } from '../../src/auth/passwords.ts'
import { scene } from './scene.ts'

t.test('passwords are hashed by Argon2id with 19 MiB, two passes, one lane', async t => {
  const passwords = createPasswords()
  const hash = await passwords.hash('correct horse battery')
  t.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  t.equal(await passwords.verify(hash, 'correct horse battery'), true)
  t.equal(await passwords.verify(hash, 'correct horse batterx'), false)
  t.equal(await passwords.verify(undefined, 'correct horse battery'), false)
  t.equal(passwords.isOutdated(hash), false)
})

t.test('checking the password of nobody takes as long as any', async t => {
  const passwords = createPasswords()
  const hash = await passwords.hash('correct horse battery')
  const fastest = async (known: string | undefined) => {
    const times: number[] = []
    for (let i = 0; i < 8; i++) {
      const start = performance.now()
      await passwords.verify(known, 'some other password')
      times.push(performance.now() - start)
    }
    return Math.min(...times)
  }
  const [somebody, nobody] = [await fastest(hash), await fastest(undefined)]
  // Without the hash it would be a thousandth.
  t.ok(nobody > somebody / 3, `${nobody} ms beside ${somebody} ms`)
})

t.test('a login renews a hash of an older cost', async t => {
  const { call, person, connection } = await scene()
  const password = 'correct horse battery'
  await person({ username: 'ada', password })
  const accounts = connection.collection<{ username: string, password_hash: string }>('users')
  await accounts.updateOne({ username: 'ada' }, { $set: { password_hash: await argon2.hash(password, { memoryCost: 1024, timeCost: 2, parallelism: 1 }) } })
  for (const expected of [200, 200]) t.equal((await call('POST', '/auth/login', { body: { username: 'ada', password } })).status, expected)
  t.match((await accounts.findOne({ username: 'ada' }))!.password_hash, /m=19456,t=2,p=1/)
})

t.test('some work at once, some wait in their order, the rest is refused', async t => {
  const pass = createGate(2, 3)
  const begun: number[] = []
  const ends: (() => void)[] = []
  const work = async (i: number) => await pass(async () => {
    begun.push(i)
    await new Promise<void>(resolve => ends.push(resolve))
    if (i === 1) throw new Error('a failure frees its place too')
  })
  const works = [0, 1, 2, 3, 4].map(async i => await work(i))
  const outcomes = Promise.allSettled(works)
  t.same(begun, [0, 1])
  await t.rejects(work(5), { code: 'overloaded', status: 503 })
  while (ends.length > 0) {
    ends.shift()!()
    await new Promise(resolve => setImmediate(resolve))
  }
  t.same((await outcomes).map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled'])
  t.same(begun, [0, 1, 2, 3, 4])
  await t.resolves(pass(async () => {}))
})

t.test('what nobody waits for any more is not begun', async t => {
  const pass = createGate(1, 3, 20)
  let end = () => {}
  const first = pass(async () => { await new Promise<void>(resolve => { end = resolve }) })
  const begun: string[] = []
  const late = t.rejects(pass(async () => { begun.push('late') }), { code: 'overloaded' })
  await new Promise(resolve => setTimeout(resolve, 25))
  const next = pass(async () => { begun.push('in time') })
  end()
  await Promise.all([first, late, next])
  t.same(begun, ['in time'])
})
