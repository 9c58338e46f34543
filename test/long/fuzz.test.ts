import t from 'tap'
import { startApp } from '../helpers/app.ts'
import { makeChat, type Person, registerAll, say } from '../helpers/people.ts'
import { openSocket } from '../helpers/socket.ts'

const seed = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const frames = Number(process.env['TEST_FRAMES'] ?? 10_000)
const portion = 20

const app = await startApp(t)
const [ann, bob] = await registerAll(app, 'ann', 'bob') as [Person, Person]
const chat = await makeChat(app, ann, 'direct', [bob])
const foreign = await makeChat(app, bob)

let state = seed
/** Numbers that look random and are the same for the same seed (a linear congruence). */
function random (below: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor(state / 2 ** 32 * below)
}
const pick = <Item>(list: readonly Item[]) => list[random(list.length)]!

const whole = (): Record<string, unknown> => pick([
  { type: 'message', chat_id: chat.id, content: 'text' },
  { type: 'typing', chat_id: chat.id, content: 'start' },
  { type: 'subscribe', chat_id: chat.id, since: 0 },
  { type: 'unsubscribe', chat_id: chat.id },
  { type: 'activate_branch', chat_id: chat.id, branch_id: chat.active_branch_id },
  { type: 'branch', chat_id: chat.id, name: 'b', message_index: 0 }
])
const rubbish = (): unknown => pick<unknown>([null, true, -1, 1e308, [], {}, [[]], { $ne: null }, { $gt: '' }, '', 'x'.repeat(random(2000)), '\u0000', '66f0c0ffee', `${chat.id}0`, chat.id.toUpperCase(), '../../etc', '{"$where":"sleep(1)"}'])
const idMembers = ['chat_id', 'branch_id'] as const

type Hostile = [frame: string | Buffer, code: string]

/** Each gives a frame and what the catalogue says of it. */
const attacks: (() => Hostile)[] = [
  () => { const text = JSON.stringify(whole()); return [text.slice(0, 1 + random(text.length - 1)), 'malformed_json'] },
  () => [JSON.stringify(whole()) + pick(['}', ',', 'x', '{}', '\u0000']), 'malformed_json'],
  () => [String.fromCharCode(...Array.from({ length: 1 + random(40) }, () => 33 + random(14))), 'malformed_json'],
  () => [Buffer.from(JSON.stringify(whole())), 'malformed_json'],
  () => [JSON.stringify(pick<unknown>([null, 7, 'text', [], [whole()], true])), 'malformed_json'],
  () => [`{"type":"ping","x":${'['.repeat(33 + random(3000))}`, 'malformed_json'],
  () => [JSON.stringify(whole()).replace('{', `{"${pick(['__proto__', '\\u005f_proto__'])}":{"role":"admin"},`), 'malformed_json'],
  () => [JSON.stringify({ ...whole(), x: '#' }).replace('#', pick(['\\ud83d', '\\uDE00', '\\ud83d\\ud83d'])), 'malformed_json'],
  () => [JSON.stringify({ ...whole(), type: pick<unknown>(['nonsense', 'constructor', '__proto__', 'toString', '', 7, null, ['ping'], { $ne: 1 }, 'PING', 'ack', 'new_message']) }), 'unknown_frame'],
  () => [JSON.stringify({ ...whole(), [pick(['role', 'is_admin', 'owner_id', 'sender_id', 'seq', 'rev', 'user_id', '$where', 'x'.repeat(500)])]: rubbish() }), 'validation_failed'],
  () => { const frame = whole(); const name = pick(idMembers.filter(member => member in frame)); return [JSON.stringify({ ...frame, [name]: rubbish() }), 'validation_failed'] },
  () => { const { chat_id: _, ...frame } = whole(); return [JSON.stringify(frame), 'validation_failed'] },
  () => [JSON.stringify({ ...whole(), id: pick<unknown>(['', 'x'.repeat(101), 7, null, {}, [], true]) }), 'validation_failed'],
  () => [JSON.stringify({ type: 'subscribe', chat_id: chat.id, since: pick<unknown>([-1, 0.5, 2 ** 60, '0', null, {}]) }), 'validation_failed'],
  () => [JSON.stringify({ type: 'message', chat_id: chat.id, content: pick(['', ' ', '\n\t', 'x'.repeat(10_001)]) }), 'validation_failed'],
  () => [JSON.stringify({ ...pick([{ type: 'message', content: 'text' }, { type: 'typing', content: 'start' }, { type: 'subscribe' }, { type: 'activate_branch', branch_id: chat.active_branch_id }]), chat_id: pick([foreign.id, '66f0c0ffee0000000000c001']) }), 'chat_not_found'],
  () => [JSON.stringify({ type: 'authenticate', token: pick(['x', '', 'e30.e30.e30', ann.token.slice(0, -3)]) }), 'unauthenticated'],
  () => [JSON.stringify({ type: 'authenticate', token: pick<unknown>([null, 7, {}, 'x'.repeat(4097)]) }), 'validation_failed'],
  () => [JSON.stringify({ type: 'message', chat_id: chat.id, content: 'x', role: pick(['assistant', 'system']) }), 'role_not_allowed']
]

t.test(`${frames} hostile frames from seed ${seed} are each answered as the catalogue says`, async t => {
  const neighbour = await openSocket(t, `${app.api}/ws/${chat.id}?token=${bob.token}`)
  await neighbour.next('subscribed')
  const socket = await openSocket(t, `${app.api}/ws`, { headers: { authorization: `Bearer ${ann.token}` } })
  const wrong: unknown[] = []
  let sent = 0
  for (; sent < frames && wrong.length === 0; sent += portion) {
    const expected: Hostile[] = []
    for (let number = 0; number < portion; number++) {
      const attack = pick(attacks)()
      // An empty token is none at all.
      if (attack[0] === '{"type":"authenticate","token":""}') attack[1] = 'validation_failed'
      expected.push(attack)
      socket.socket.send(attack[0])
      // One that is understood in between: the third that is not would end the socket.
      socket.send({ type: 'ping' })
    }
    for (const [frame, code] of expected) {
      const answer = await socket.next(({ type }) => type === 'error' || type === 'pong')
      if (answer.type !== 'error' || answer['code'] !== code || typeof answer['message'] !== 'string' || answer['retryable'] !== false) wrong.push({ frame: String(frame).slice(0, 300), code, answer })
      if (answer.type === 'error') await socket.next('pong')
      if (wrong.length > 0) break
    }
  }
  t.same(wrong, [])
  t.equal(sent, frames)
  t.same(socket.frames, [], 'nothing but the answers')
  t.equal(({} as { role?: string }).role, undefined)
  await say(app, ann, chat.id, 'are you well?')
  t.match(await neighbour.next('new_message'), { seq: 1, message: { content: 'are you well?' } })
  t.same(neighbour.frames, [], 'and the neighbour heard of none of it')
  t.equal(await app.connection.collection('branches').countDocuments(), 2)
})
