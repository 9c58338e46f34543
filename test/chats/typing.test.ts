import { mock } from 'node:test'
import t from 'tap'
import { typingStarted, typingStopped } from '../../src/chats/events.ts'
import { createTyping } from '../../src/chats/typing.ts'
import { createBus } from '../../src/platform/bus.ts'

const chatId = '66f0c0ffee0000000000c001'
const actor = { id: '66f0c0ffee0000000000a001', username: 'ann', role: 'user' as const, session_id: '' }

t.test('the server ends a sign of typing after six seconds, unless it is renewed', async t => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => { mock.timers.reset() })
  const heard: string[] = []
  const bus = createBus(error => { throw error })
  bus.on(typingStarted, () => { heard.push('started') })
  bus.on(typingStopped, () => { heard.push('stopped') })
  const typing = createTyping({ bus, find: async () => ({ id: chatId }) as never })
  await typing.set(actor, chatId, 'start')
  mock.timers.tick(5999)
  await typing.set(actor, chatId, 'start')
  mock.timers.tick(5999)
  t.same(heard, ['started', 'started'])
  mock.timers.tick(1)
  t.same(heard, ['started', 'started', 'stopped'])
  await typing.set(actor, chatId, 'stop')
  mock.timers.tick(60_000)
  t.same(heard, ['started', 'started', 'stopped'], 'once')
  await typing.set(actor, chatId, 'start')
  typing.stop(chatId, actor.id)
  t.same(heard.slice(3), ['started', 'stopped'], 'one who goes away types no more')
})
