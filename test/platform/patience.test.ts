import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { FastifyReply } from 'fastify'
import t from 'tap'
import { createPatience } from '../../src/platform/patience.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as (options: { type: 'minor' }) => void
/** What outlives two young collections is old. */
const growOlder = () => {
  collect({ type: 'minor' })
  collect({ type: 'minor' })
}
const grownOld = () => getHeapSpaceStatistics().filter(({ space_name: name }) => name !== 'new_space').reduce((sum, { space_used_size: bytes }) => sum + bytes, 0)

t.test('who was answered is gone with the next young collection', async t => {
  const { wait } = createPatience()
  const [answers, bytesOfEach] = [20_000, 2000]
  const patience = { ms: 60_000, code: 'request_timeout' } as const
  const end: (() => void)[] = []
  // What was young before this test, as another test left it, is not counted.
  growOlder()
  const before = grownOld()
  for (let answer = 1; answer <= answers; answer++) {
    end.push(wait({ held: new Array(bytesOfEach / 8).fill(answer) } as unknown as FastifyReply, patience))
    if (end.length > 10) end.shift()!()
    if (answer % 200 === 0) growOlder()
  }
  const kept = (grownOld() - before) / answers
  t.ok(kept < bytesOfEach / 4, `${Math.round(kept)} of ${bytesOfEach} bytes each are still there`)
})
