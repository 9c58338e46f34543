import t from 'tap'
import { severalAtOnce } from '../../src/platform/several-at-once.ts'

/** Work that ends when it is told, and who is at it. */
function bench () {
  const running = new Map<number, { end: (result: string) => void, fail: (error: Error) => void }>()
  const begun: number[] = []
  const work = async (item: number) => {
    begun.push(item)
    return await new Promise<string>((resolve, reject) => { running.set(item, { end: resolve, fail: reject }) })
  }
  return { running, begun, work }
}
const turn = async () => { await new Promise(resolve => { setImmediate(resolve) }) }

t.test('so many at a time, the results in the order of the items', async t => {
  const { running, begun, work } = bench()
  const all = severalAtOnce(2, [1, 2, 3, 4], work)
  t.same(begun, [1, 2])
  running.get(2)!.end('two')
  await turn()
  t.same(begun, [1, 2, 3])
  running.get(3)!.end('three')
  await turn()
  running.get(4)!.end('four')
  running.get(1)!.end('one')
  t.same(await all, ['one', 'two', 'three', 'four'])
  t.same(await severalAtOnce(2, [], work), [])
})

t.test('after a failure nothing more is begun', async t => {
  const { running, begun, work } = bench()
  const all = severalAtOnce(2, [1, 2, 3], work)
  running.get(1)!.fail(new Error('no'))
  await t.rejects(all, /no/)
  running.get(2)!.end('two')
  await turn()
  t.same(begun, [1, 2])
})
