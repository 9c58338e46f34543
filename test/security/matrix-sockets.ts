import type { Test } from 'tap'
import { openSocket, type TestSocket } from '../helpers/socket.ts'
import { type BadTokens, caseOn, does, freshCase, hallsFor, inTurn, isAboutChat, isServed, type Keys, lacking, leaksIn, type Report, victimOf } from './matrix-cases.ts'
import type { Operation } from './matrix-http.ts'
import { askOf, type Case } from './matrix-requests.ts'
import { type Cell, type Column, columns, type FrameRow, frameRows } from './matrix.ts'
import { missing, type Person, type Scene } from './scene.ts'

type Reply = Record<string, any> & { type: string }
interface Document { operations: Record<string, { action: string, messages: { $ref: string }[] }> }

/** The frames that a client can send, by an AsyncAPI document that is told from the client's side. */
export const framesOf = ({ operations }: Document): string[] =>
  Object.values(operations).filter(({ action }) => action === 'send').flatMap(({ messages }) => messages.map(({ $ref }) => $ref.split('/').at(-1)!))

const closeCodes: Record<string, number> = { unauthenticated: 4401, token_expired: 4401, chat_not_found: 4404, forbidden: 4403 }

/** A frame without what differs by itself. */
const essence = ({ id: _, ...frame }: Reply, ids: string[]) => ids.reduce((text, id) => text.replaceAll(id, '<id>'), JSON.stringify(frame))

/** Opens sockets and sends every frame as everybody. */
export function createSocketRunner (t: Test, scene: Scene, report: Report, badTokens: BadTokens, keys: Keys, operations: Map<string, Operation>) {
  const { app } = scene
  const standing = new Map<Column, Promise<TestSocket>>()
  const heard = new Map<Column, string[]>()
  let asked = 0

  const socketOf = (column: Column): Promise<TestSocket> => {
    const open = async () => {
      const socket = await openBy('header', scene.people[column].token)
      const texts: string[] = []
      heard.set(column, texts)
      socket.socket.on('message', data => { texts.push(String(data)) })
      return socket
    }
    if (!standing.has(column)) standing.set(column, open())
    return standing.get(column)!
  }

  async function openBy (way: string, secret: string | undefined, chatId?: string): Promise<TestSocket> {
    const query = way === 'header' || secret === undefined ? '' : `?${way}=${encodeURIComponent(secret)}`
    return await openSocket(t, `${app.api}/ws${chatId ? `/${chatId}` : ''}${query}`, way === 'header' && secret !== undefined ? { headers: { authorization: `Bearer ${secret}` } } : {})
  }

  /** Sends a frame and answers the `ack`, `pong` or `error` that it gets. */
  async function ask (socket: TestSocket, type: string, members: object): Promise<Reply> {
    const id = `f${++asked}`
    socket.send({ ...members, type, id })
    return await socket.next(frame => frame['id'] === id && ['ack', 'pong', 'error'].includes(frame.type))
  }

  function faultOf (reply: Reply, cell: Cell, code = cell.code): string | undefined {
    const found = reply.type === 'error' ? reply['code'] : reply.type
    if (!isServed(cell)) return found === code ? undefined : `expected ${code}, got ${found}`
    if (found !== 'ack' && found !== 'pong') return `expected an answer, got ${found}`
    return undefined
  }

  /** What becomes of a socket that was opened: nothing is wrong with it, or it hears an error and is closed with its code. */
  async function fateOf (socket: TestSocket): Promise<Reply> {
    socket.send({ type: 'ping', id: 'fate' })
    const reply = await socket.next(({ type, id }) => type === 'error' || (type === 'pong' && id === 'fate'))
    if (reply.type === 'pong') {
      socket.socket.terminate()
      return reply
    }
    const { code } = await socket.closed
    if (code !== closeCodes[reply['code']]) throw new Error(`${reply['code']} closed the socket with ${code}`)
    return reply
  }

  const namesOf = ({ operation, twin }: FrameRow) => twin ? operations.get(twin.operation)!.names : ['openSocket', 'authenticate'].includes(operation) ? [] : ['chat_id']

  async function membersOf (at: Case, row: FrameRow): Promise<Record<string, unknown>> {
    const { params, body } = await askOf({ ...at, row: row.twin ?? row }, namesOf(row), 'post')
    return { ...params, ...body }
  }

  const ticketOf = async ({ actor }: Person) => (await scene.app.services.auth.issueTicket(actor)).ticket

  /** Opens a socket as a row says, and answers what becomes of it. */
  async function enter ({ variant }: FrameRow, person: Person, chatId?: string): Promise<Reply> {
    const way = variant.split(' ').at(-1)!
    const secret = way === 'ticket' ? await ticketOf(person) : person.token
    if (variant.includes('used')) await fateOf(await openBy(way, secret, chatId))
    return await fateOf(await openBy(way, secret, chatId))
  }

  /** Does what a row says to something, and answers the reply. */
  async function tryOut (row: FrameRow, column: Column, at: Case, members: Record<string, unknown>): Promise<Reply> {
    const { operation, variant } = row
    if (operation === 'openSocket' || operation === 'openChatSocket') return await enter(row, at.person, members['chat_id'] as string | undefined)
    if (operation === 'authenticate' && variant !== 'own') {
      const socket = await openBy('header', at.person.token)
      const reply = await ask(socket, operation, { token: at.other.token })
      if (reply.type === 'error' && (await socket.closed).code !== 4403) throw new Error('the socket goes on')
      socket.socket.terminate()
      return reply
    }
    const socket = await socketOf(column)
    if (['ping', 'unsubscribe'].includes(operation) && row.cells[column]!.shows) await ask(socket, 'subscribe', { chat_id: members['chat_id'] })
    return await ask(socket, operation, operation === 'authenticate' ? { token: at.person.token } : members)
  }

  async function columnCases (row: FrameRow, column: Column) {
    const cell = row.cells[column]!
    const names = namesOf(row)
    const cases: { name: string, ask: () => Promise<string | undefined> }[] = []
    for (const [i, hall] of hallsFor(scene, row, column, names).entries()) {
      const at = caseOn(scene, row, column, hall, names)
      const where = isAboutChat(row, names) ? ` on ${hall.type}` : ''
      const members = await membersOf(at, row)
      const [primary] = names
      let nothing: Promise<string> | undefined
      const ofNothing = () => (nothing ??= tryOut(row, column, at, { ...members, [primary!]: missing }).then(reply => essence(reply, [missing])))
      const isForeign = row.variant.startsWith('foreign') && !isServed(cell)
      if (!isForeign && !(row.twin && isServed(cell))) {
        cases.push({
          name: `${row.name} as ${column}${where}`,
          async ask () {
            const reply = await tryOut(row, column, at, members)
            const fault = faultOf(reply, cell)
            if (row.operation === 'ping' && (reply['heads'].length > 0) !== cell.shows) return `the answer holds ${JSON.stringify(reply['heads'])}`
            if (fault || cell.status !== 404 || !row.gone) return fault
            return essence(reply, [String(members[primary!]), missing]) === await ofNothing() ? undefined : 'what is refused is told apart from what does not exist'
          }
        })
      }
      if (row.gone && i === 0) {
        const id = inTurn(scene.gone[primary!]!, row, column)
        cases.push({
          name: `${row.name} as ${column} on something deleted`,
          async ask () {
            const reply = await tryOut(row, column, at, { ...members, [primary!]: id })
            return faultOf(reply, { status: 404, code: row.gone!.code, shows: true }) ?? (essence(reply, [id, missing]) === await ofNothing() ? undefined : 'what was deleted is told apart from what does not exist')
          }
        })
      }
      for (const id of isForeign ? [missing, inTurn(scene.foreign[row.variant.replace('foreign ', '')]!, row, column)] : []) {
        cases.push({
          name: `${row.name} as ${column}${where}, ${id === missing ? 'nothing' : 'of others or deleted'}`,
          ask: async () => faultOf(await tryOut(row, column, at, await membersOf({ ...at, foreign: id }, row)), cell)
        })
      }
    }
    return cases
  }

  async function nobodyCases (row: FrameRow) {
    const victim = victimOf(row)
    const names = namesOf(row)
    const at = caseOn(scene, row, victim, hallsFor(scene, row, victim, names)[0]!, names)
    const members = await membersOf(at, row)
    const isOpening = row.operation.startsWith('open')
    const chatId = row.operation === 'openChatSocket' ? String(members['chat_id']) : undefined
    const way = isOpening ? row.variant.split(' ').at(-1)! : 'header'
    const secrets = way === 'ticket' ? { garbage: 'garbage', 'a refresh token': at.person.refreshToken } : badTokens(victim)
    return Object.entries(secrets).filter(([, secret]) => secret !== undefined || !(isOpening || row.operation === 'authenticate')).map(([name, secret]) => ({
      name: `${row.name} as nobody (${name})`,
      async ask () {
        const socket = await openBy(way, row.operation === 'authenticate' ? undefined : secret, chatId)
        if (!isOpening) socket.send(row.operation === 'authenticate' ? { type: row.operation, token: secret } : { ...members, type: row.operation })
        const fault = faultOf(await fateOf(socket), row.nobody!, name === 'expired' ? 'token_expired' : row.nobody!.code)
        return fault ?? (socket.frames.length > 0 ? `it heard ${JSON.stringify(socket.frames)}` : undefined)
      }
    }))
  }

  /** What a frame is answered on a socket that a key opened; whoever has not even the scope to listen hears that at once. */
  async function askByKey (row: FrameRow, key: string, members: object): Promise<Reply> {
    const socket = await openBy('header', row.operation === 'authenticate' ? undefined : key)
    socket.send({ ...members, ...row.operation === 'authenticate' && { token: key }, type: row.operation, id: 'by key' })
    const reply = await socket.next(({ type, id }) => type === 'error' || id === 'by key')
    socket.socket.terminate()
    return reply
  }

  /** The cases of keys: all of those that lack the scope, and of the others those that write nothing, or only those that write. */
  async function keyCases (row: FrameRow, isFresh: boolean) {
    const victim = victimOf(row)
    const cell = row.cells[victim]!
    if (!row.key || frameRows.find(({ operation }) => operation === row.operation) !== row) return []
    const names = namesOf(row)
    const still = caseOn(scene, row, victim, hallsFor(scene, row, victim, names)[0]!, names)
    const members = await membersOf(still, row)
    const writes = (scope: Parameters<typeof does>[0]) => does(scope, row.key) && row.twin !== undefined
    return keys(victim).filter(({ scope }) => writes(scope) === isFresh).map(({ scope, key }) => ({
      name: `${row.name} as a key to ${scope}`,
      async ask () {
        if (!isFresh) return faultOf(await askByKey(row, key, members), does(scope, row.key) ? cell : lacking)
        const at = await freshCase(scene, row, victim, names)
        return faultOf(await askByKey(row, key, await membersOf(at, row)), cell)
      }
    }))
  }

  /** Tickets are written down when they are issued. */
  const writes = ({ variant }: FrameRow) => variant.includes('ticket')

  async function allOf (row: FrameRow) {
    const cases = await Promise.all(columns.filter(column => row.cells[column]).map(async column => await columnCases(row, column)))
    await report.run([...cases.flat(), ...row.nobody && !(row.twin && row.variant) ? await nobodyCases(row) : [], ...await keyCases(row, false)])
  }

  return {
    /** Opens a socket for everybody. */
    warmUp: async (): Promise<void> => { await Promise.all(columns.map(socketOf)) },

    /** The cases of a row that must write nothing. */
    quiet: async (row: FrameRow): Promise<void> => { if (!writes(row)) await allOf(row) },

    /** The cases of a row that do what they say, each on something of its own. */
    async served (row: FrameRow): Promise<void> {
      if (writes(row)) return await allOf(row)
      const served = columns.filter(column => row.twin && isServed(row.cells[column]))
      await report.run([
        ...served.map(column => ({
          name: `${row.name} as ${column}`,
          async ask () {
            const at = await freshCase(scene, row, column, namesOf(row))
            return faultOf(await ask(await socketOf(column), row.operation, await membersOf(at, row)), row.cells[column]!)
          }
        })),
        ...await keyCases(row, true)
      ])
    },

    /** What the sockets heard, all this time, of things their people may not know. */
    leaks: () => columns.flatMap(column => leaksIn(scene, (heard.get(column) ?? []).join('\n'), scene.people[column], '').map(word => `${column} heard of ${word}`))
  }
}
