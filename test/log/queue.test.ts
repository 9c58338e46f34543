import t from 'tap'
import { createQueue } from '../../src/log/queue.ts'
import type { Change, Operation, Send } from '../../src/log/operations.ts'
import type { Problem } from '../../src/platform/errors.ts'

const turn = async (times = 20) => { for (let i = 0; i < times; i++) await new Promise(resolve => { setImmediate(resolve) }) }

/** A queue whose inserts end when they are told to: the chats that each carries, and what ends it. */
function heldQueue () {
  const sent: string[][] = []
  const ends: (() => void)[] = []
  const queue = createQueue({
    writeSends: async sends => {
      sent.push(sends.map(({ chatId }) => chatId))
      await new Promise<void>(resolve => { ends.push(resolve) })
      return []
    },
    writeChange: async () => {},
    isContended: () => false,
    rightOfWay: { isGiven: () => false, onEnd: () => {} }
  })
  const enqueue = (chatId: string) => { queue.enqueue({ kind: 'send', chatId, draft: { content: 'x' }, reject: () => {} } as unknown as Send) }
  /** Ends each insert until nothing waits, however many there are. */
  async function drain () {
    const drained = queue.drain()
    for (let isDone = false; !isDone; isDone = await Promise.race([drained.then(() => true), turn(1).then(() => false)])) {
      for (const end of ends) end()
    }
  }
  return { sent, ends, enqueue, drain }
}

t.test('who comes to a queue that is full is told so, and the others get on', async t => {
  const writes: (() => void)[] = []
  const queue = createQueue({
    writeSends: async () => { await new Promise<void>(resolve => { writes.push(resolve) }); return [] },
    writeChange: async () => {},
    isContended: () => false,
    rightOfWay: { isGiven: () => false, onEnd: () => {} }
  })
  const send = { kind: 'send', chatId: '66f0c0ffee0000000000c001', draft: { content: 'x' }, reject: () => {} } as unknown as Send
  for (let i = 0; i < 2048; i++) queue.enqueue(send)
  const full = () => { try { queue.enqueue(send) } catch (error) { return (error as Problem).code } }
  t.equal(full(), 'chat_busy')
  for (let i = 0; i < 2048; i++) queue.enqueue({ ...send, chatId: `66f0c0ffee0000000000c0${2 + i % 8}` })
  t.throws(() => { queue.enqueue({ ...send, chatId: '66f0c0ffee0000000000c009' }) }, { code: 'chat_busy' }, 'there is a bound for all, too')
  while (writes.length < 2) await new Promise(resolve => { setImmediate(resolve) })
  t.equal(full(), undefined, 'what is being written waits no more')
  const drained = queue.drain()
  t.equal(full(), 'unavailable')
  for (let isDone = false; !isDone;) {
    writes.shift()?.()
    isDone = await Promise.race([drained.then(() => true), new Promise<boolean>(resolve => { setImmediate(resolve, false) })])
  }
})

t.test('a change goes alone, and what came after it to its chat goes after it', async t => {
  const order: string[] = []
  const note = (operation: Operation) => { order.push((operation as unknown as { name: string }).name) }
  const queue = createQueue({
    writeSends: async sends => { sends.forEach(note); return [] },
    writeChange: async change => { note(change) },
    isContended: () => false,
    rightOfWay: { isGiven: () => false, onEnd: () => {} }
  })
  const chatId = '66f0c0ffee0000000000c001'
  const operations = [['send', 'one'], ['change', 'two'], ['send', 'three'], ['send', 'four'], ['change', 'five'], ['send', 'six']]
  for (const [kind, name] of operations) queue.enqueue({ kind, name, chatId, draft: { content: 'x' }, reject: () => {} } as unknown as Send | Change)
  await queue.drain()
  t.same(order, operations.map(([, name]) => name))
})

t.test('what goes as one insert stays below the size of a command, in its order', async t => {
  for (const isContended of [false, true]) {
    const batches: string[][] = []
    const queue = createQueue({
      writeSends: async sends => { batches.push(sends.map(({ draft }) => draft.content)); return [] },
      writeChange: async () => {},
      isContended: () => isContended,
      rightOfWay: { isGiven: () => false, onEnd: () => {} }
    })
    const texts = Array.from({ length: 40 }, (_, i) => String.fromCodePoint(0x4e00 + i).repeat(250_000))
    for (const content of texts) queue.enqueue({ kind: 'send', chatId: '66f0c0ffee0000000000c001', draft: { content }, reject: () => {} } as unknown as Send)
    await queue.drain()
    t.ok(batches.flat().every((text, i) => text === texts[i]) && batches.flat().length === 40, 'all, as they came')
    for (const batch of batches) t.ok(Buffer.byteLength(batch.join('')) < 13 * 2 ** 20)
    t.ok(batches.length < 10, `${batches.length} batches`)
  }
})

t.test('one that comes alone goes at once; of two inserts the second sets out when it carries as much as the first', async t => {
  const { sent, ends, enqueue, drain } = heldQueue()
  const send = async (...chats: string[]) => {
    chats.forEach(enqueue)
    await turn()
  }
  await send('01')
  t.same(sent, [['01']], 'alone')
  await send('02')
  t.same(sent, [['01'], ['02']], 'as many as the first')
  await send('03', '04', '05')
  t.equal(sent.length, 2, 'never three')
  ends[1]!()
  await turn()
  t.same(sent[2], ['03', '04', '05'], 'all that waited')
  ends[0]!()
  await send('06', '03', '07')
  t.same(sent[3], ['06', '07'], 'three wait and the other carries three; one chat is written to already')
  ends[3]!()
  await send('08')
  t.equal(sent.length, 4, 'less than the other carries waits for more')
  ends[2]!()
  await turn()
  t.same(sent[4], ['03', '08'], 'or for its end')
  await drain()
})

t.test('what comes in turns that follow each other goes as one insert', async t => {
  const sent: number[] = []
  const queue = createQueue({
    writeSends: async sends => { sent.push(sends.length); return [] },
    writeChange: async () => {},
    isContended: () => false,
    rightOfWay: { isGiven: () => false, onEnd: () => {} }
  })
  const send = { kind: 'send', chatId: '66f0c0ffee0000000000c001', draft: { content: 'x' }, reject: () => {} } as unknown as Send
  for (let turn = 0; turn < 5; turn++) {
    queue.enqueue(send)
    await new Promise(resolve => { setImmediate(resolve) })
  }
  await queue.drain()
  t.same(sent, [5])
})

t.test('many sends go as two inserts, so that one is written while the other is answered, and those of one chat together', async t => {
  const { sent, ends, enqueue, drain } = heldQueue()
  const chats = (count: number) => Array.from({ length: count }, (_, i) => `chat ${i}`)
  chats(32).forEach(enqueue)
  await turn()
  t.same(sent, [chats(32).slice(0, 16), chats(32).slice(16)], 'half of them each')
  for (const end of ends) end()
  await turn()
  chats(8).forEach(enqueue)
  await turn()
  t.same(sent.slice(2), [chats(8)], 'few are not divided')
  ends[2]!()
  await turn()
  const twice = [...chats(20), ...chats(20)]
  twice.forEach(enqueue)
  await turn()
  t.same(sent.slice(3), [twice], 'what a chat would have to wait with is not left behind')
  ends[3]!()
  await turn()
  chats(8).forEach(enqueue)
  await turn(1)
  t.same(sent.slice(4), [chats(8)], 'so many wait for no more')
  ends[4]?.()
  await turn()
  chats(16).forEach(enqueue)
  await turn()
  t.same(sent.slice(5), [chats(16).slice(0, 8), chats(16).slice(8)], 'twice as many are')
  await drain()
})
