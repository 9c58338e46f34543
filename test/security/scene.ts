import { Types } from 'mongoose'
import type { Test } from 'tap'
import { createRefreshTokens, hashOf } from '../../src/auth/refresh-tokens.ts'
import type { Actor } from '../../src/platform/guard.ts'
import { userChanged } from '../../src/users/events.ts'
import { startApp } from '../helpers/app.ts'
import { register } from '../helpers/people.ts'
import { startProvider } from '../helpers/provider.ts'
import { type Column, columns, type Row } from './matrix.ts'

export type ChatType = 'group' | 'direct' | 'assistant'
export type Which = 'own' | 'another\'s'

/** Somebody with a session: `token` and `refreshToken` are theirs, `actor` is what services take. */
export interface Person { id: string, username: string, email: string, token: string, refreshToken: string, actor: Actor }

/** A chat with what is in it; each thing is made when it is first asked for, one after the other, and stays the same. */
export interface Hall {
  id: string
  type: ChatType
  founder: Person
  insiders: Person[]
  /** What every text in it holds. */
  plant: string
  /** Somebody else than those who are tried out. */
  other: Person
  message: (by: Person) => Promise<string>
  branch: (by: Person) => Promise<string>
  /** A reply that has ended, with its run. */
  reply: (by: Person) => Promise<{ id: string, run: string }>
  /** A run that goes on until it is cancelled. */
  held: (by: Person) => Promise<string>
}

const password = 'correct horse battery'
const nextId = () => new Types.ObjectId()
let made = 0

/** The id of nothing. */
export const missing = '66f0c0ffee0000000000ffff'

/** A server with people in every relation to its chats, and what makes more of them. */
export async function startScene (t: Test) {
  const provider = await startProvider(t)
  const app = await startApp(t, { ...provider.settings, AI_RUNS_PER_USER: '100', WS_SOCKETS_PER_USER: '1000' })
  const { services, connection, config } = app
  const refreshTokens = createRefreshTokens(config)
  const word = () => `w${process.pid}x${++made}`

  // One account is made as everybody makes one; the others have its password, which saves the time of hashing it.
  const first = await register(app, 'participant')
  const hash = (await services.users.credentials(first.id))!.password_hash
  const users = connection.collection('users')

  /** Begins a session as a login does, without its password. */
  async function beginSession (userId: string) {
    const _id = nextId()
    const token = refreshTokens.first(String(_id))
    const now = new Date()
    await connection.collection('sessions').insertOne({ _id, user_id: new Types.ObjectId(userId), refresh_hash: hashOf(token.secret), previous_hash: null, rotated_at: null, created_at: now, last_used_at: now, expires_at: new Date(now.getTime() + 86_400_000), user_agent: null, ip: null })
    const sid = String(_id)
    return { sid, token: app.app.jwt.sign({ sub: userId, sid, typ: 'access' }), refreshToken: refreshTokens.write(token) }
  }

  async function person (username = word(), role: 'user' | 'admin' = 'user'): Promise<Person> {
    const { id, email } = username === first.username ? first : await services.users.create({ email: `${username}@plant.example`, username, password_hash: hash, role })
    const { sid, token, refreshToken } = await beginSession(id)
    return { id, username, email, token, refreshToken, actor: { id, username, role, session_id: sid } }
  }

  let holding: Promise<unknown> = Promise.resolve()

  async function openHall (type: ChatType, founder: Person, members: Person[], { other = founder, plant = word(), assistant = type === 'group' }: { other?: Person, plant?: string, assistant?: boolean } = {}): Promise<Hall> {
    const { chat: { id } } = await services.chats.create(founder.actor, {
      type,
      ...(type !== 'direct' && { title: `${plant} title`, system_prompt: `${plant} prompt` }),
      ...(members.length > 0 && { participant_ids: members.map(({ id }) => id) }),
      ...(assistant && { assistant_enabled: true })
    })
    let turn: Promise<unknown> = Promise.resolve()
    const known = new Map<string, Promise<any>>()
    const once = <Result>(key: string, make: () => Promise<Result>): Promise<Result> => {
      if (!known.has(key)) known.set(key, turn = turn.then(make))
      return known.get(key)!
    }
    const say = async (by: Person) => (await services.messages.send(by.actor, id, { content: `${plant} message` })).message.id
    const ask = async (by: Person) => await services.ai.complete(by.actor, id, { content: `${plant} question` })
    return {
      id,
      type,
      founder,
      insiders: [founder, ...members],
      plant,
      other,
      message: by => once(`message ${by.id}`, () => say(by)),
      branch: by => once(`branch ${by.id}`, async () => {
        const fork = await say(by)
        return (await services.branches.create(by.actor, id, { name: `${plant} ${word()}`, message_id: fork })).id
      }),
      reply: by => once(`reply ${by.id}`, async () => {
        const begun = await ask(by)
        await services.ai.completed(by.actor, begun)
        return { id: begun.reply.id, run: String(begun.run._id) }
      }),
      held: by => once(`held ${by.id}`, () => {
        // The next question that reaches the provider is held: it must be this one.
        const run = holding.then(async () => {
          const hold = provider.hold()
          const { run } = await ask(by)
          await hold.arrived
          return String(run._id)
        })
        holding = run.catch(() => {})
        return run
      })
    }
  }

  /** Makes everything in a hall that `people` could have made there. */
  async function furnish (hall: Hall, people: Person[]) {
    for (const by of people) {
      await hall.message(by)
      await hall.branch(by)
      if (hall.type !== 'direct') await hall.reply(by)
    }
  }

  const entries: [Column, Person][] = []
  for (const column of columns) entries.push([column, await person(column, column === 'site_admin' || column === 'demoted' ? 'admin' : 'user')])
  const people = Object.fromEntries(entries) as Record<Column, Person>
  const [bystander, partner, target, deactivated, absent, deleted] = await Promise.all([person('bystander'), person('partner'), person('target'), person('deactivated', 'admin'), person('absent'), person('deleted')])
  const { participant, admin, former, direct, owner, site_admin: siteAdmin, demoted } = people

  const halls = {
    group: await openHall('group', admin, [participant, former, bystander, deactivated], { other: bystander, plant: 'plantgroup' }),
    direct: await openHall('direct', direct, [partner], { other: partner, plant: 'plantdirect' }),
    assistant: await openHall('assistant', owner, [], { plant: 'plantassistant' })
  }
  /** The group without the assistant, one that everybody in a chat is in, one that nobody of them is in, and those that are gone. */
  const quiet = await openHall('group', admin, [participant, former, bystander], { other: bystander, plant: 'plantquiet', assistant: false })
  const mine = await openHall('group', admin, [participant, direct, owner, bystander], { other: bystander })
  const alien = await openHall('assistant', bystander, [], { plant: 'plantalien' })
  const goneGroup = await openHall('group', admin, [participant, former, direct, bystander], { other: bystander })
  const goneAssistant = await openHall('assistant', owner, [])
  await furnish(halls.group, [participant, admin, former, bystander])
  await furnish(halls.direct, [direct, partner])
  await furnish(halls.assistant, [owner])
  await furnish(alien, [bystander])
  await furnish(goneGroup, [participant, former])
  await furnish(goneAssistant, [owner])
  await services.chats.remove(admin.actor, goneGroup.id)
  await services.chats.remove(owner.actor, goneAssistant.id)
  for (const hall of [halls.group, quiet]) await services.chats.participants.remove(admin.actor, hall.id, former.id)
  await services.messages.edit(participant.actor, await halls.group.message(participant), 'plantgroup edited')

  await furnish(mine, [participant])
  const cleared = { message: await mine.message(participant), branch: await mine.branch(participant) }
  await services.chats.clear(admin.actor, mine.id)
  const [living, livingBranch] = [await mine.message(bystander), await mine.branch(bystander)]
  const dropped = await services.branches.create(participant.actor, mine.id, { message_id: living, replace_with: 'other words', activate: false })
  await services.branches.remove(participant.actor, mine.id, dropped.id, false)

  const memories = new Map<string, string>()
  const sessions = new Map<string, string>()
  for (const one of [...Object.values(people), bystander]) {
    memories.set(one.id, (await services.ai.memories.create(one.actor, `plantmemory${one.username}`)).id)
    sessions.set(one.id, (await beginSession(one.id)).sid)
  }
  const goneMemory = await services.ai.memories.create(owner.actor, 'forgotten')
  await services.ai.memories.remove(owner.actor, goneMemory.id)
  const ended = await beginSession(owner.id)
  await services.auth.revokeSession(owner.actor, ended.sid)

  await services.admin.changeRole(siteAdmin.actor, demoted.id, 'user', 'a request')
  for (const { id } of [deactivated, absent]) await services.admin.updateUser(siteAdmin.actor, id, { is_active: false }, 'a request')
  await services.users.remove(deleted.actor, deleted.id)

  /** A digest of each collection, and how many chats are still to be removed: the server does that minutes after their deletion. */
  async function digests (): Promise<{ of: Record<string, string>, removing: number }> {
    await services.chats.summaries.flush()
    const { collections } = await connection.db!.command({ dbHash: 1 }) as unknown as { collections: Record<string, string> }
    // When a key was last used is written down once a minute.
    const of = { ...collections, api_keys: String(await connection.collection('api_keys').countDocuments()) }
    return { of, removing: await connection.collection('chats').countDocuments({ purge_before: { $gt: 0 } }) }
  }

  // What was deleted is out of reach at once; its text goes a moment later, and that is no write of those who are tried out.
  const text = { chat_id: { $in: [goneGroup, goneAssistant].map(({ id }) => new Types.ObjectId(id)) }, content: { $nin: ['', null] } }
  while (await connection.collection('messages').countDocuments(text) + await connection.collection('departures').countDocuments() > 0) {
    await new Promise(resolve => { setTimeout(resolve, 10) })
  }
  // Sessions that outlived what ends them: of one who logged in meanwhile.
  const [ofDeactivated, ofDeleted] = [await beginSession(deactivated.id), await beginSession(deleted.id)]

  const keys = new Map<string, Promise<string>>()
  /** Makes an API key as somebody does. */
  async function makeKey (one: Person, scope: string): Promise<{ id: string, key: string }> {
    const { status, body, text } = await app.request('POST', '/auth/api-keys', { token: one.token, body: { name: 'A program', scopes: [scope] } })
    if (status !== 201) throw new Error(`making a key answered ${status}: ${text}`)
    return body
  }
  const keyOf = (one: Person): Promise<string> => {
    if (!keys.has(one.id)) keys.set(one.id, makeKey(one, 'read').then(({ id }) => id))
    return keys.get(one.id)!
  }
  for (const one of [...Object.values(people), bystander]) await keyOf(one)
  const { id: goneKey } = await makeKey(owner, 'read')
  await app.request('DELETE', `/auth/api-keys/${goneKey}`, { token: owner.token })

  /** Takes the former participant out again, just after they looked into the chat. */
  async function removeFormer ({ id, founder: { actor } }: Hall) {
    await services.chats.participants.add(actor, id, [former.id]).catch(() => {})
    await app.request('GET', `/chats/${id}/branches`, { token: former.token })
    await services.chats.participants.remove(actor, id, former.id)
  }

  /** Takes the role of an administrator away as another process does, so that this one remembers it for some seconds more. */
  async function demote () {
    const _id = new Types.ObjectId(demoted.id)
    await users.updateOne({ _id }, { $set: { role: 'admin' } })
    services.bus.emit(userChanged, { user_id: demoted.id })
    await app.request('GET', '/users/me', { token: demoted.token })
    await users.updateOne({ _id }, { $set: { role: 'user' } })
  }

  return {
    app,
    people,
    bystander,
    target,
    halls,
    quiet,
    memories,
    sessions,
    ended,
    ofDeactivated,
    ofDeleted,
    deactivated,
    password,
    word,
    person,
    openHall,
    beginSession,
    digests,
    makeKey,
    keyOf,

    /** What does not exist any more, of each kind; the first never did. */
    gone: {
      chat_id: [missing, goneGroup.id, goneAssistant.id],
      message_id: [missing, await goneGroup.message(participant), await goneGroup.message(former), cleared.message, dropped.message!.id],
      run_id: [missing, (await goneGroup.reply(participant)).run, (await goneAssistant.reply(owner)).run],
      user_id: [missing, deleted.id],
      session_id: [missing, ended.sid],
      memory_id: [missing, goneMemory.id],
      api_key_id: [missing, goneKey]
    } as Record<string, string[]>,

    /** What is nowhere, gone or in a chat of others; `mine` is in another chat of whoever asks. */
    foreign: {
      branch: [missing, await alien.branch(bystander), cleared.branch, dropped.id, await goneGroup.branch(participant)],
      message: [missing, await alien.message(bystander), cleared.message, dropped.message!.id, await goneGroup.message(participant)],
      person: [missing, deleted.id, absent.id]
    } as Record<string, string[]>,
    mine: { branch: livingBranch, message: living } as Record<string, string | undefined>,

    /** The words that must not be told, with those who may hear them. */
    plants: [
      { word: halls.group.plant, heardBy: [participant, admin] },
      { word: quiet.plant, heardBy: [participant, admin] },
      { word: halls.direct.plant, heardBy: [direct] },
      { word: halls.assistant.plant, heardBy: [owner] },
      { word: alien.plant, heardBy: [] },
      ...[...Object.values(people), bystander].flatMap(one => [{ word: `plantmemory${one.username}`, heardBy: [one] }, { word: one.email, heardBy: [one] }])
    ],

    /** A chat for one deed of somebody who may do it, in which they are what their column says. */
    async freshHall (column: Column, assistant = true): Promise<Hall> {
      const who = people[column]
      if (column === 'direct') {
        const partner = await person()
        return await openHall('direct', who, [partner], { other: partner })
      }
      if (column === 'owner') return await openHall('assistant', who, [])
      const [founder, member] = column === 'admin' ? [who, bystander] : [bystander, who]
      return await openHall('group', founder, [member], { other: bystander, assistant })
    },

    /** An account for one deed of somebody against themselves. */
    async freshPerson (role: 'user' | 'admin' = 'user'): Promise<Person> {
      const one = await person(undefined, role)
      memories.set(one.id, (await services.ai.memories.create(one.actor, 'Likes tea')).id)
      return one
    },

    /** Makes those who were something until a moment ago just that, before a row in which it counts. */
    async prepare ({ cells, variant }: Row) {
      const isTold = (one: Column, other: Column) => cells[one]?.status !== cells[other]?.status || cells[one]?.shows !== cells[other]?.shows
      if (isTold('former', 'participant') || isTold('former', 'admin')) await removeFormer(variant === 'not let in' ? quiet : halls.group)
      if (isTold('demoted', 'site_admin')) await demote()
    }
  }
}

export type Scene = Awaited<ReturnType<typeof startScene>>
