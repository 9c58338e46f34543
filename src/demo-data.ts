import type { Connection } from 'mongoose'
import type { App } from './app.ts'
import type { Actor } from './platform/guard.ts'
import { createIndexes } from './platform/indexes.ts'
import { StartupError } from './platform/startup-error.ts'

// The page /docs begins with the same address and password.
const password = 'correct horse battery'
const people = [
  { email: 'ann@example.com', username: 'ann', full_name: 'Ann Miller', password },
  { email: 'bob@example.com', username: 'bob', full_name: 'Bob Baker', password }
]

/** Whether all of the demo's people can log in. */
async function isThere ({ services: { auth } }: App): Promise<boolean> {
  const logins = await Promise.all(people.map(async ({ email }) => {
    const set = await auth.login({ ip: '127.0.0.1', user_agent: 'npm run demo' }, { email, password }).catch(() => undefined)
    if (set) await auth.logout(await auth.authenticate(set.access_token))
    return set !== undefined
  }))
  return logins.every(Boolean)
}

async function makePeople ({ services: { auth } }: App): Promise<[Actor, Actor]> {
  const made: Actor[] = []
  for (const person of people) {
    const { id, username } = await auth.createAccount(person)
    made.push({ id, username, role: 'user', session_id: '' })
  }
  return made as [Actor, Actor]
}

/** People who write to each other: reactions, an answer, an edit, a message that is gone, and something unread. */
async function makeTalk ({ services: { chats, messages } }: App, [ann, bob]: [Actor, Actor]) {
  const say = async (who: Actor, chatId: string, content: string, answers?: string) => (await messages.send(who, chatId, { content, ...(answers !== undefined && { reply_to: answers }) })).message

  const { chat: { id: group } } = await chats.create(ann, { type: 'group', title: 'Weekend hike', participant_ids: [bob.id], assistant_enabled: true })
  const plan = await say(ann, group, 'Shall we walk to the lake on Saturday? It is twelve kilometres, mostly in the shade.')
  const yes = await say(bob, group, 'Yes! I bring the sandwiches.', plan.id)
  await messages.react(ann, yes.id, '🥪')
  await messages.react(bob, plan.id, '👍')
  await messages.react(ann, plan.id, '👍')
  const train = await say(ann, group, 'The train leaves at 8:40.')
  await messages.edit(ann, train.id, 'The train leaves at 8:52, from platform 3.')
  const wrong = await say(bob, group, 'Which hike?')
  await messages.remove(bob, wrong.id)
  await chats.reads.mark(bob, group, train.seq)
  await say(bob, group, 'See you at the station, then.')

  const { chat: { id: direct } } = await chats.create(bob, { type: 'direct', participant_ids: [ann.id] })
  const question = await say(bob, direct, 'Did you read the branches page? I did not know that one can ask the same question twice.')
  await say(ann, direct, 'I did. Look at my chat about Lisbon: it has three branches by now.', question.id)
  const thanks = await say(bob, direct, 'Will do, thank you!')
  await messages.react(ann, thanks.id, '😊')
  await chats.reads.mark(ann, direct, thanks.seq)
  await say(bob, direct, 'One more thing: who feeds the cat on Saturday?')
}

/** A conversation with the offline model that parts twice: another question behind the first reply, and another reply to the second. */
async function makeBranches ({ services: { chats, branches, ai } }: App, ann: Actor) {
  const { chat: { id } } = await chats.create(ann, { type: 'assistant', title: 'A trip to Lisbon', system_prompt: 'You are a friendly travel guide. Answer in short sentences.' })
  const ask = async (content: string, branchId?: string) => await ai.completed(ann, await ai.complete(ann, id, { content, ...(branchId !== undefined && { branch_id: branchId }) }))
  const first = await ask('I have three days in Lisbon. Where do I begin?')
  const second = await ask('And what if it rains?')
  const byTrain = await branches.create(ann, id, { name: 'By train', message_id: first.reply.id })
  await ask('Can I go there by train from Paris?', byTrain.id)
  await ask('How long does that take?', byTrain.id)
  const again = await ai.completed(ann, await ai.regenerate(ann, second.reply.id, { activate: false }))
  await ask('Which museum is the best on a wet day?', again.reply.branch_id)
}

/** Fills an empty database with what there is to look at, unless it is there; answers what to tell. Throws StartupError when there are other people in it. */
export async function fill (app: App, connection: Connection): Promise<string[]> {
  const logins = people.map(({ email, username }) => `${username}  ${email}  password: ${password}`)
  if (await connection.model('User').exists({})) {
    if (!await isThere(app)) throw new StartupError('There are people in this database already: the demo fills an empty one only (for example with PARLEY_DATA_DIR=.parley-demo)')
    return ['The demo is there already.', ...logins]
  }
  // Without the unique indexes two demos at once could make everybody twice.
  await createIndexes(Object.values(connection.models) as never)
  const both = await makePeople(app)
  await Promise.all([makeTalk(app, both), makeBranches(app, both[0])])
  return ['Made: two people, a group, a direct chat, and a chat with the assistant that has three branches.', ...logins]
}
