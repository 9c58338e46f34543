import type { Answer } from '../helpers/app.ts'
import { type BadTokens, caseOn, does, essence, freshCase, hallsFor, inTurn, isAboutChat, isServed, type Keys, lacking, leaksIn, type Report, victimOf } from './matrix-cases.ts'
import { askOf, type Ask, type Case } from './matrix-requests.ts'
import { type Cell, type Column, columns, operationRows, type Row } from './matrix.ts'
import { missing, type Scene } from './scene.ts'

/** An operation as the served document tells of it. */
export interface Operation { id: string, method: string, path: string, names: string[] }

interface Document { paths: Record<string, Record<string, { operationId: string }>> }

/** The operations of an OpenAPI document. */
export const operationsOf = ({ paths }: Document): Operation[] => Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { operationId }]) => ({ id: operationId, method, path, names: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!) })))

/** What is tried on every operation, and on its further rows, too; all other forgeries take turns: the guard is one for all operations. */
const ofEveryOperation = new Set(['no token', 'expired', 'another\'s signature', 'ended session', 'switched off'])
const ofEveryRow = new Set(['no token', 'expired'])
/** How many of the other forgeries an operation gets. */
const forgeriesEach = 3

/** Asks every operation as everybody. */
export function createHttpRunner (scene: Scene, report: Report, badTokens: BadTokens, keys: Keys, operations: Map<string, Operation>) {
  const { app } = scene

  async function send ({ method, path }: Operation, { params, query, body, form }: Ask, token: string | undefined): Promise<Answer> {
    const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name]!)) + (query ? `?${query}` : '')
    return await app.root(method.toUpperCase(), address, { ...(token !== undefined && { token }), ...(form ? { body: new URLSearchParams(form) } : body && { body }) })
  }

  /** What is wrong with an answer; undefined when it is as expected. */
  function faultOf ({ status, body, text }: Answer, cell: Cell, { row, person }: Case, ask: Ask, token: string | undefined, operation: Operation, code = cell.code): string | undefined {
    const found = status >= 400 ? `${status} ${body?.code ?? text}` : String(status)
    const expected = code === undefined ? String(cell.status) : `${cell.status} ${code}`
    if (found !== expected) return `expected ${expected}, got ${found}`
    const shown = ask.shows ?? ask.params[operation.names.at(-1)!]
    if (status === 200 && operation.method === 'get' && shown !== undefined && text.includes(shown) !== cell.shows) return cell.shows ? `the answer does not hold ${shown}` : `the answer holds ${shown}`
    const leaks = operation.path.includes('/admin/') && isServed(row.cells.site_admin) && person === scene.people.site_admin ? [] : leaksIn(scene, text, token === undefined ? undefined : person, JSON.stringify(ask))
    return leaks.length > 0 ? `the answer tells ${leaks.join(', ')}` : undefined
  }

  /** The cases of one column that write nothing: those that are refused, and reads. */
  async function columnCases (row: Row, column: Column, operation: Operation) {
    const cell = row.cells[column]!
    const { token } = scene.people[column]
    const { gone, variant } = row
    const primary = operation.names[0]
    const cases: { name: string, ask: () => Promise<string | undefined> }[] = []
    for (const [i, hall] of hallsFor(scene, row, column, operation.names).entries()) {
      const at = caseOn(scene, row, column, hall, operation.names)
      const where = isAboutChat(row, operation.names) ? ` on ${hall.type}` : ''
      const ask = await askOf(at, operation.names, operation.method)
      const own = primary === undefined ? '' : ask.params[primary]!
      const withPrimary = (id: string): Ask => ({ ...ask, params: { ...ask.params, [primary!]: id } })
      // Asked once for all that is compared with it.
      let nothing: Promise<string> | undefined
      const ofNothing = () => (nothing ??= send(operation, withPrimary(missing), token).then(answer => essence(answer, [missing])))

      const isRefused = !isServed(cell)
      if ((isRefused || operation.method === 'get') && !(isServed(cell) && operation.path.includes('/admin/')) && !(isRefused && at.foreign !== '' && cell.status === 404)) {
        cases.push({
          name: `${row.name} as ${column}${where}`,
          async ask () {
            const answer = await send(operation, ask, token)
            const fault = faultOf(answer, cell, at, ask, token, operation)
            if (fault || cell.status !== 404 || !gone) return fault
            return essence(answer, [own, missing]) === await ofNothing() ? undefined : 'what is refused is told apart from what does not exist'
          }
        })
      }
      // What is gone is the same whichever chat the rest of the request is about.
      if (gone && primary && i === 0) {
        const expected: Cell = gone.onlyTheServed && isRefused ? cell : { status: 404, code: gone.code, shows: true }
        const id = inTurn(scene.gone[primary]!, row, column)
        cases.push({
          name: `${row.name} as ${column} on something deleted`,
          async ask () {
            const answer = await send(operation, withPrimary(id), token)
            const fault = faultOf(answer, expected, at, ask, token, operation)
            return fault ?? (essence(answer, [id, missing]) === await ofNothing() ? undefined : 'what was deleted is told apart from what does not exist')
          }
        })
      }
      if (variant.startsWith('foreign') && isRefused) cases.push(...await foreignCases(row, column, operation, at, cell, where))
    }
    return cases
  }

  /** One request for something that is foreign to the row's own object, and one for what is elsewhere; both are answered like nothing. */
  async function foreignCases (row: Row, column: Column, operation: Operation, at: Case, cell: Cell, where: string) {
    const kind = row.variant.replace('foreign ', '')
    const { token } = at.person
    const askFor = async (foreign: string) => await askOf({ ...at, foreign }, operation.names, operation.method)
    const base = await askFor(missing)
    let nothing: Promise<string> | undefined
    const ofNothing = () => (nothing ??= send(operation, base, token).then(answer => essence(answer, [missing])))
    const elsewhere = scene.mine[kind]
    return [inTurn(scene.foreign[kind]!, row, column), ...(elsewhere ? [elsewhere] : [])].map(id => ({
      name: `${row.name} as ${column}${where}, ${id === elsewhere ? 'of another own chat' : 'of others or deleted'}`,
      async ask () {
        const ask = await askFor(id)
        const answer = await send(operation, ask, token)
        // Of a chat of one's own there is nothing to hide.
        return faultOf(answer, cell, at, ask, token, operation) ?? (id === elsewhere || essence(answer, [id]) === await ofNothing() ? undefined : 'it is told apart from what does not exist')
      }
    }))
  }

  /** The cases of everybody without a valid token. */
  async function nobodyCases (row: Row, operation: Operation) {
    const cell = row.nobody!
    const victim = victimOf(row)
    const cases: { name: string, ask: () => Promise<string | undefined> }[] = []
    const [hall] = hallsFor(scene, row, victim, operation.names)
    const at = caseOn(scene, row, victim, hall!, operation.names)
    const ask = await askOf(at, operation.names, operation.method)
    for (const [name, token] of Object.entries(chosen(row, badTokens(victim)))) {
      const code = cell.status === 401 && cell.code === 'unauthenticated' && name === 'expired' ? 'token_expired' : cell.code
      cases.push({
        name: `${row.name} as nobody (${name})`,
        async ask () {
          const own = isServed(cell) && operation.method !== 'get' ? await askOf({ ...at, person: await scene.freshPerson() }, operation.names, operation.method) : ask
          return faultOf(await send(operation, own, token), cell, { ...at, person: scene.target }, own, token, operation, code)
        }
      })
    }
    if (operation.names[0] && cell.status === 401) {
      cases.push({
        name: `${row.name} as nobody on nothing`,
        async ask () {
          const [one, other] = await Promise.all([send(operation, ask, undefined), send(operation, { ...ask, params: { ...ask.params, [operation.names[0]!]: missing } }, undefined)])
          return essence(one, Object.values(ask.params)) === essence(other, [missing, ...Object.values(ask.params)]) ? undefined : 'who has no token can tell what exists'
        }
      })
    }
    return cases
  }

  let turn = 0
  /** The bad tokens that a row is tried with. */
  function chosen (row: Row, all: Record<string, string | undefined>): Record<string, string | undefined> {
    const fixed = isFirst(row) ? ofEveryOperation : ofEveryRow
    const rest = Object.keys(all).filter(name => !ofEveryOperation.has(name))
    const turns = isFirst(row) ? Array.from({ length: forgeriesEach }, () => rest[turn++ % rest.length]!) : []
    return Object.fromEntries([...fixed, ...turns].map(name => [name, all[name]]))
  }

  const isFirst = (row: Row) => operationRows.find(({ operation }) => operation === row.operation) === row

  /** The cases of keys that lack a scope, and of those that have it and only read. */
  async function keyCases (row: Row, operation: Operation) {
    const victim = victimOf(row)
    if (!row.key || !isFirst(row)) return []
    const at = caseOn(scene, row, victim, hallsFor(scene, row, victim, operation.names)[0]!, operation.names)
    const ask = await askOf(at, operation.names, operation.method)
    return keys(victim).filter(({ scope }) => !does(scope, row.key) || operation.method === 'get').map(({ scope, key }) => ({
      name: `${row.name} as a key to ${scope}`,
      ask: async () => faultOf(await send(operation, ask, key), does(scope, row.key) ? row.cells[victim]! : lacking, at, ask, key, operation)
    }))
  }

  /** What a key with the scope does, for its person. */
  function servedByKeys (row: Row, operation: Operation) {
    const victim = victimOf(row)
    if (!row.key || !isFirst(row) || operation.method === 'get' || !isServed(row.cells[victim])) return []
    return keys(victim).filter(({ scope }) => does(scope, row.key)).map(({ scope }) => ({
      name: `${row.name} as a key to ${scope}`,
      async ask () {
        const at = await freshCase(scene, row, victim, operation.names)
        const { key } = await scene.makeKey(at.person, scope)
        const ask = await askOf(at, operation.names, operation.method)
        return faultOf(await send(operation, ask, key), row.cells[victim]!, at, ask, key, operation)
      }
    }))
  }

  return {
    /** The cases of a row that must write nothing. */
    async quiet (row: Row): Promise<void> {
      const operation = operations.get(row.operation)!
      const cases = await Promise.all(columns.filter(column => row.cells[column]).map(async column => await columnCases(row, column, operation)))
      const nobody = row.nobody && (!isServed(row.nobody) || operation.method === 'get') ? await nobodyCases(row, operation) : []
      // An administrator who looks is written down.
      const byKeys = (await keyCases(row, operation)).filter(({ name }) => !operation.path.includes('/admin/') || !name.endsWith('admin'))
      await report.run([...cases.flat(), ...nobody, ...byKeys])
    },

    /** The cases of a row that do what they say, each on something of its own. */
    async served (row: Row): Promise<void> {
      const operation = operations.get(row.operation)!
      const isRead = operation.method === 'get'
      const served = columns.filter(column => isServed(row.cells[column]) && (!isRead || operation.path.includes('/admin/')))
      await report.run([
        ...served.map(column => ({
          name: `${row.name} as ${column}`,
          async ask () {
            const at = isRead ? caseOn(scene, row, column, scene.halls.group, operation.names) : await freshCase(scene, row, column, operation.names)
            const ask = await askOf(at, operation.names, operation.method)
            return faultOf(await send(operation, ask, at.person.token), row.cells[column]!, at, ask, at.person.token, operation)
          }
        })),
        ...servedByKeys(row, operation),
        ...row.nobody && isServed(row.nobody) && !isRead ? await nobodyCases(row, operation) : []
      ])
    }
  }
}
