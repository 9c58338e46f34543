import t from 'tap'
import { startApp } from '../helpers/app.ts'
import { register } from '../helpers/people.ts'

const median = (times: number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!

t.test('a login takes as long for an unknown name as for a wrong password', async t => {
  const app = await startApp(t)
  const { username } = await register(app)
  const times = { known: [] as number[], unknown: [] as number[] }
  const attempt = async (kind: keyof typeof times) => {
    const began = performance.now()
    const { status, body } = await app.request('POST', '/auth/login', { body: { username: kind === 'known' ? username : 'nobody-at-all', password: 'some other password' } })
    times[kind].push(performance.now() - began)
    if (status !== 401 || body.code !== 'invalid_credentials') throw new Error(`answered ${status} ${body.code}`)
  }
  const ratio = () => median(times.unknown) / median(times.known)
  for (const kind of ['known', 'unknown', 'known', 'unknown'] as const) await attempt(kind)
  times.known = []
  times.unknown = []
  // By turns, each first as often as the other: whatever else the machine does slows both. Where that was not enough more tries are.
  for (let tries = 0; tries < 200 || (tries < 600 && Math.abs(ratio() - 1) > 0.1); tries++) {
    for (const kind of tries % 2 === 0 ? ['known', 'unknown'] as const : ['unknown', 'known'] as const) await attempt(kind)
  }
  t.comment(`medians of ${times.known.length}: ${median(times.unknown).toFixed(2)} ms unknown, ${median(times.known).toFixed(2)} ms known, ratio ${ratio().toFixed(3)}`)
  t.ok(ratio() > 0.9 && ratio() < 1.1, `ratio ${ratio().toFixed(3)}`)
})
