import t from 'tap'
import { openEvents, textOf } from '../helpers/events.ts'
import { startApp, testSettings } from '../helpers/app.ts'
import { startServer } from '../helpers/process.ts'
import { makeChat, register, say } from '../helpers/people.ts'
import { startProvider } from '../helpers/provider.ts'

t.test('several processes', async t => {
  const provider = await startProvider(t)
  const settings = { ...testSettings(), ...provider.settings }
  // This process is the other of the two; it takes the database away at the end.
  const two = await startApp(t, settings)
  const one = await startServer(t, settings)
  const another = async () => await startApp(t, settings)
  const ann = await register(one)
  const ask = async (content: string) => {
    const chat = (await makeChat(one, ann)).id as string
    const held = provider.hold({ after: 2, text: 'One two three four' })
    const answer = await openEvents(t, `${one.api}/chats/${chat}/completions`, { token: ann.token, body: { content } })
    const { run, reply } = (await answer.next())!.data
    while (textOf(answer.seen) !== 'One two') await answer.next()
    return { chat, run, reply, held, answer }
  }
  const follow = async (runId: string, lastEventId?: string) => await openEvents(t, `${two.api}/runs/${runId}/events`, { token: ann.token, ...(lastEventId && { headers: { 'last-event-id': lastEventId } }) })

  await t.test('any of them tells of a run of another', async t => {
    const { run, held, answer } = await ask('Follow me')
    const other = await follow(run.id)
    while (textOf(other.seen) !== 'One two') await other.next()
    held.release()
    t.equal(textOf(await other.rest()), 'One two three four')
    t.match(other.seen.at(-1), { event: 'reply_finished', data: { reply: { status: 'complete' } } })
    t.equal(textOf(await answer.rest()), 'One two three four')
  })

  await t.test('any of them ends a run of another', async t => {
    const { run, held } = await ask('Stop me')
    t.match(await two.request('POST', `/runs/${run.id}/cancel`, { token: ann.token }), { status: 200, body: { status: 'stopped' } })
    await held.disconnected
  })

  await t.test('one that stops ends its runs', async t => {
    const three = await another()
    const chat = (await makeChat(one, ann)).id as string
    const held = provider.hold({ after: 1, text: 'One two' })
    const answer = await openEvents(t, `${three.api}/chats/${chat}/completions`, { token: ann.token, body: { content: 'Before the end' } })
    while (textOf(answer.seen) !== 'One') await answer.next()
    const stopped = three.app.drain()
    t.match((await answer.rest()).slice(-2), [{ event: 'error', data: { code: 'interrupted' } }, { event: 'reply_finished', data: { reply: { status: 'error', error_code: 'interrupted', content: 'One' } } }])
    await stopped
    await held.disconnected
  })

  await t.test('one that is killed loses nothing but the rest of its replies', async t => {
    const { chat, run, answer } = await ask('Until death')
    const follower = await follow(run.id)
    // What the other process has read was kept.
    while (textOf(follower.seen) !== 'One two') await follower.next()
    one.kill('SIGKILL')
    await answer.rest().catch(() => {})
    const after = await follow(run.id, answer.seen.at(-1)!.id)
    t.match((await after.rest()).map(({ event }) => event), ['error', 'reply_finished'])
    t.match(after.seen.at(-1)!.data, { run: { status: 'error', code: 'interrupted' }, reply: { status: 'error', error_code: 'interrupted', content: 'One two' } })
    t.equal((await follower.rest()).at(-1)!.event, 'reply_finished')
    const { body } = await two.request('GET', `/chats/${chat}/messages?order=asc`, { token: ann.token })
    t.match(body.items, [{ content: 'Until death', status: 'complete' }, { content: 'One two', status: 'error' }])
    t.equal(await two.connection.collection('runs').countDocuments({ status: 'running' }), 0)
    t.ok((await say(two, ann, chat, 'Still here')).id)
    t.equal((await two.request('POST', `/chats/${chat}/completions`, { token: ann.token, body: { content: 'Again' } })).status, 200, 'the branch is free')
  })
})
