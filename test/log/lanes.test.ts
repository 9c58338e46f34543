import t from 'tap'
import { createLanes } from '../../src/log/lanes.ts'
import type { Change, Operation, Send } from '../../src/log/operations.ts'
import type { Problem } from '../../src/platform/errors.ts'

t.test('who comes to a queue that is full is told so, and the others get on', async t => {
  const writes: (() => void)[] = []
  const lanes = createLanes({
    writeSends: async () => { await new Promise<void>(resolve => { writes.push(resolve) }); return [] },
    writeChange: async () => {},
    isContended: () => false,
    rightOfWay: { isGiven: () => false, onEnd: () => {} }
  })
  const send = { kind: 'send', chatId: '66f0c0ffee0000000000c001', draft: { content: 'x' }, reject: () => {} } as unknown as Send
  for (let i = 0; i < 2048; i++) lanes.enqueue(send)
  const full = () => { try { lanes.enqueue(send) } catch (error) { return (error as Problem).code } }
  t.equal(full(), 'chat_busy')
  lanes.enqueue({ ...send, chatId: '66f0c0ffee0000000000c002' })
  while (writes.length < 2) await new Promise(resolve => { setImmediate(resolve) })
  t.equal(full(), undefined, 'what is being written waits no more')
  const drained = lanes.drain()
  t.equal(full(), 'unavailable')
  for (let isDone = false; !isDone;) {
    writes.shift()?.()
    isDone = await Promise.race([drained.then(() => true), new Promise<boolean>(resolve => { setImmediate(resolve, false) })])
  }
})

t.test('a change goes alone, and what came after it to its chat goes after it', async t => {
  const order: string[] = []
  const note = (operation: Operation) => { order.push((operation as unknown as { name: string }).name) }
  const lanes = createLanes({
    writeSends: async sends => { sends.forEach(note); return [] },
    writeChange: async change => { note(change) },
    isContended: () => false,
    rightOfWay: { isGiven: () => false, onEnd: () => {} }
  })
  const chatId = '66f0c0ffee0000000000c001'
  const operations = [['send', 'one'], ['change', 'two'], ['send', 'three'], ['send', 'four'], ['change', 'five'], ['send', 'six']]
  for (const [kind, name] of operations) lanes.enqueue({ kind, name, chatId, draft: { content: 'x' }, reject: () => {} } as unknown as Send | Change)
  await lanes.drain()
  t.same(order, operations.map(([, name]) => name))
})

t.test('what goes as one insert stays below the size of a command, in its order', async t => {
  for (const isContended of [false, true]) {
    const batches: string[][] = []
    const lanes = createLanes({
      writeSends: async sends => { batches.push(sends.map(({ draft }) => draft.content)); return [] },
      writeChange: async () => {},
      isContended: () => isContended,
      rightOfWay: { isGiven: () => false, onEnd: () => {} }
    })
    const texts = Array.from({ length: 40 }, (_, i) => String.fromCodePoint(0x4e00 + i).repeat(250_000))
    for (const content of texts) lanes.enqueue({ kind: 'send', chatId: '66f0c0ffee0000000000c001', draft: { content }, reject: () => {} } as unknown as Send)
    await lanes.drain()
    t.ok(batches.flat().every((text, i) => text === texts[i]) && batches.flat().length === 40, 'all, as they came')
    for (const batch of batches) t.ok(Buffer.byteLength(batch.join('')) < 13 * 2 ** 20)
    t.ok(batches.length < 10, `${batches.length} batches`)
  }
})
