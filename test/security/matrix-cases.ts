import type { Answer } from '../helpers/app.ts'
import { badTokens } from './matrix-tokens.ts'
import { type Cell, type Column, columns, type Row } from './matrix.ts'
import type { Case } from './matrix-requests.ts'
import type { ChatType, Hall, Person, Scene } from './scene.ts'

/** How many requests are under way at once. */
const together = 24
/** How long one answer may take, in milliseconds: what hangs is a failure, and not the end of the run. */
const patienceMs = 10_000
/** Failures of one row that are told. */
const told = 5

/** Counts cases, and keeps what went wrong until it is told. */
export function createReport () {
  let failures: string[] = []
  return {
    cases: 0,

    /** Does the cases, some at a time; what one throws or answers is its failure. */
    async run (cases: { name: string, ask: () => Promise<string | undefined> }[]): Promise<void> {
      const waiting = [...cases]
      this.cases += cases.length
      await Promise.all(Array.from({ length: together }, async () => {
        for (let next = waiting.shift(); next; next = waiting.shift()) {
          const fault = await inTime(next.ask()).catch((error: unknown) => `failed: ${String(error)}`)
          if (fault !== undefined) failures.push(`${next.name}: ${fault}`)
        }
      }))
    },

    note (failure: string) { failures.push(failure) },

    /** The failures since the last time. */
    take (): string[] {
      const all = failures
      failures = []
      return all.length > told ? [...all.slice(0, told), `… and ${all.length - told} more`] : all
    }
  }
}

export type Report = ReturnType<typeof createReport>

/** What is done, unless it takes too long. */
export async function inTime<Result> (work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => { timer = setTimeout(() => reject(new Error(`no answer within ${patienceMs} ms`)), patienceMs) })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** One of those that are gone or foreign, beside the first, which never was and which it is compared with: another for each column, and for each row. */
export const inTurn = ([first, ...others]: string[], row: Row, column: Column): string => others[(columns.indexOf(column) + row.name.length) % others.length] ?? first!

export const isServed = (cell: Cell | undefined) => cell !== undefined && cell.status < 300

/** Whether a row is about a chat or what is in one: then the columns are people of different chats. */
export const isAboutChat = (row: Row, names: string[]) =>
  names.some(name => ['chat_id', 'message_id', 'run_id'].includes(name)) || ['listChats', 'sync'].includes(row.operation)

const typeOf: Partial<Record<Column, ChatType>> = { former: 'group', participant: 'group', admin: 'group', direct: 'direct', owner: 'assistant' }
const insiderOf: Record<ChatType, Column> = { group: 'participant', direct: 'direct', assistant: 'owner' }

/** The chats that a column is tried out on: its own, or for those without one each kind that the row knows. */
export function hallsFor (scene: Scene, row: Row, column: Column, names: string[]): Hall[] {
  const hallOf = (type: ChatType) => type === 'group' && row.variant === 'not let in' ? scene.quiet : scene.halls[type]
  if (!isAboutChat(row, names)) return [scene.halls.group]
  const known = columns.flatMap(one => one !== 'former' && row.cells[one] ? typeOf[one] ?? [] : [])
  const types = [...new Set(known.length > 0 ? known : ['group' as const])]
  const own = typeOf[column]
  return (own && types.includes(own) ? [own] : types).map(hallOf)
}

/** One case on things that stay. */
export function caseOn (scene: Scene, row: Row, column: Column, hall: Hall, names: string[]): Case {
  const person = scene.people[column]
  const wasIn = hall.insiders.includes(person)
  const other = isAboutChat(row, names) ? hall.other : names[0] === 'user_id' || row.operation === 'searchUsers' ? scene.target : scene.bystander
  return { scene, row, person, hall, own: wasIn ? person : scene.people[insiderOf[hall.type]], other, foreign: scene.foreign[row.variant.replace('foreign ', '')]?.[0] ?? '', fresh: false }
}

/** One case on things made for it alone. */
export async function freshCase (scene: Scene, row: Row, column: Column, names: string[]): Promise<Case> {
  if (isAboutChat(row, names)) {
    const hall = await scene.freshHall(column)
    return { scene, row, person: scene.people[column], hall, own: scene.people[column], other: hall.other, foreign: '', fresh: true }
  }
  // An administration is that of somebody who stays: only what it is done to is new.
  const person = names[0] === 'user_id' && !row.variant.startsWith('own') ? scene.people[column] : await scene.freshPerson(column === 'site_admin' ? 'admin' : 'user')
  return { scene, row, person, hall: scene.halls.group, own: person, other: await scene.freshPerson(), foreign: '', fresh: true }
}

/** Whom a token without worth pretends to be: somebody who might do what the row says. */
export function victimOf (row: Row): Column {
  return (['admin', 'owner', 'direct', 'participant', 'site_admin'] as const).find(column => isServed(row.cells[column])) ?? 'admin'
}

/** Everything that is no valid token of somebody, by name. It is made before the rows, as sessions are written for it. */
export async function createBadTokens (scene: Scene, rows: Row[]) {
  const { ofDeactivated, ofDeleted, bystander, people, app: { config, services } } = scene
  const known = new Map<Column, Record<string, string | undefined>>()
  for (const column of new Set(rows.map(victimOf))) {
    const { id, token, refreshToken, actor } = people[column]
    const ended = await scene.beginSession(id)
    await services.auth.revokeSession(actor, ended.sid)
    known.set(column, badTokens({
      secret: config.SECRET_KEY,
      victim: { sub: id, sid: actor.session_id, token, refreshToken },
      otherSession: (await scene.beginSession(bystander.id)).sid,
      former: { 'ended session': ended.token, 'switched off': ofDeactivated.token, 'deleted account': ofDeleted.token }
    }))
  }
  return (column: Column) => known.get(column)!
}

export type BadTokens = Awaited<ReturnType<typeof createBadTokens>>

const scopes = ['read', 'write', 'admin'] as const
export type Keys = Awaited<ReturnType<typeof createKeys>>

/** An API key of each scope for those whom the rows serve. The scope of administrators is that of one. */
export async function createKeys (scene: Scene, rows: Row[]) {
  const known = new Map<Column, { scope: typeof scopes[number], key: string }[]>()
  for (const column of new Set(rows.map(victimOf))) {
    const make = async (scope: typeof scopes[number]) => ({ scope, key: (await scene.makeKey(scope === 'admin' ? scene.people.site_admin : scene.people[column], scope)).key })
    known.set(column, await Promise.all(scopes.map(make)))
  }
  return (column: Column) => known.get(column) ?? []
}

/** Whether a key of this scope does for what a row needs. */
export const does = (scope: typeof scopes[number], needed: Row['key']) => scope === needed || (scope === 'write' && needed === 'read')

/** What a key is told that does not do. */
export const lacking: Cell = { status: 403, code: 'insufficient_scope', shows: true }

const variable = new Set(['date', 'x-request-id', 'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset', 'connection', 'keep-alive'])

/** An answer without what differs by itself: ids, times and what was asked for. */
export function essence ({ status, headers, text }: Pick<Answer, 'status' | 'headers' | 'text'>, ids: string[]): string {
  const kept = [...headers].filter(([name]) => !variable.has(name)).map(pair => pair.join(': ')).sort()
  return [status, ...kept, ids.reduce((rest, id) => rest.replaceAll(id, '<id>'), text.replace(/"request_id":"[^"]+"/, ''))].join('\n')
}

/** The words in an answer that somebody may not hear. */
export function leaksIn (scene: Scene, text: string, person: Person | undefined, asked: string): string[] {
  return scene.plants.filter(({ word, heardBy }) => text.includes(word) && !asked.includes(word) && !heardBy.some(one => one.id === person?.id)).map(({ word }) => word)
}
