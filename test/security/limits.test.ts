import t from 'tap'
import { commands } from '../../src/catalogue.ts'
import { graphemeKeyword } from '../../src/platform/validation.ts'
import { openSocket } from '../helpers/socket.ts'
import { completeScene } from './fixture.ts'
import { changed, type Draft, type Input, inputsOf, isText, type Operation, requestOf, sampleOf, type Schema, sender, typesOf, withValue } from './inputs.ts'

// A frame may be large enough for the longest texts, so that it is their own bounds that refuse them.
const scene = await completeScene(t, { WS_FRAME_BYTES: '1048576' })
const { app, operations, draftOf, actorOf, ann, follow } = scene
const send = sender(t, app.url)

/** Texts of a length, in the spellings that some pattern or format of the contract wants. */
function spellings (length: number): string[] {
  const women = (count: number) => Array.from({ length: count }, () => '👩').join('\u200d')
  return [
    'a'.repeat(length),
    '1'.repeat(length),
    `"${'1'.repeat(Math.max(0, length - 2))}"`,
    // The longest local part is 64, the longest label of a name 63.
    `${'a'.repeat(Math.max(1, Math.min(64, length - 6)))}@${Array.from({ length: 5 }, () => 'b'.repeat(60)).join('.').slice(0, Math.max(0, length - Math.max(1, Math.min(64, length - 6)) - 5))}b.io`,
    '2026-11-21', 'messages,branches', '2026-11-21T09:30:00.000Z', 'end', '*',
    ...Number.isInteger((length + 1) / 3) ? [women((length + 1) / 3)] : [], '👍'
  ].filter(text => text.length === length)
}

interface Case { what: string, value: unknown, fits: boolean }

/** Values at each bound of a schema and one beyond it. */
function casesOf (name: string, schema: Schema): Case[] {
  const { minLength, maxLength, pattern, format, minimum, maximum, minItems, maxItems, items, uniqueItems, minProperties, enum: words, [graphemeKeyword]: graphemes } = schema
  const cases: Case[] = []
  const add = (what: string, value: unknown, fits: boolean) => { cases.push({ what, value, fits }) }
  const isEmoji = name === 'emoji'
  const passes = (text: string) => (pattern === undefined || new RegExp(pattern, 'u').test(text)) && (format !== 'email' || /^[^@]+@[^@]+\.io$/.test(text)) && (format !== 'date-time' || !Number.isNaN(Date.parse(text))) && (!isEmoji || /^\p{Extended_Pictographic}/u.test(text))
  const textOf = (length: number) => spellings(length).find(passes)
  if (isText(schema) && !words) {
    if (maxLength !== undefined) {
      // A pattern can allow less than the length does.
      let longest = Math.min(maxLength, graphemes ?? maxLength)
      while (longest > 0 && textOf(longest) === undefined) longest--
      add(`the longest text, ${longest}`, textOf(longest), true)
      add(`maxLength ${maxLength} + 1`, textOf(maxLength + 1) ?? 'a'.repeat(maxLength + 1), false)
    }
    if (graphemes !== undefined) {
      add(`${graphemes} characters of four code points`, '👍🏽\u0301\u0302'.repeat(graphemes), true)
      add(`${graphemes} + 1 characters of two code points`, '👍🏽'.repeat(graphemes + 1), false)
      add(`maxLength ${maxLength} + 1 in few characters`, 'a' + '\u0301'.repeat(maxLength), false)
    }
    if (minLength !== undefined && minLength > 0) {
      let shortest = minLength
      while (shortest < maxLength && textOf(shortest) === undefined) shortest++
      add(`the shortest text, ${shortest}`, textOf(shortest), true)
      add(`minLength ${minLength} - 1`, 'a'.repeat(minLength - 1), false)
    }
    if (pattern !== undefined) for (const text of ['\u0001', ' ', 'ä ö\n', '', '\n'].filter(text => !new RegExp(pattern, 'u').test(text)).slice(0, 1)) add(`pattern ${pattern}`, text, false)
    if (format !== undefined) add(`format ${format}`, 'not of it', false)
  }
  if (words) {
    for (const word of words) add(`enum ${word}`, word, true)
    add('enum', `${words[0]}x`, false)
    add('enum in capitals', String(words[0]).toUpperCase(), false)
  }
  const isWhole = typesOf(schema).includes('integer')
  if (maximum !== undefined) {
    add(`maximum ${maximum}`, maximum, true)
    // Beyond what JavaScript counts exactly the next number is two further.
    add(`maximum ${maximum} + 1`, maximum + (isWhole ? 1 : 0.001), false)
  }
  if (minimum !== undefined) {
    add(`minimum ${minimum}`, minimum, true)
    add(`minimum ${minimum} - 1`, minimum - (isWhole ? 1 : 0.001), false)
  }
  if (isWhole) add('a fraction', 1.5, false)
  const ids = (count: number) => Array.from({ length: count }, (_, i) => items.enum ? items.enum[i % items.enum.length] : items.pattern ? (0x66f0c0ff00000000000000000000n + BigInt(i)).toString(16).slice(0, 24).padStart(24, '0').slice(0, 16) + i.toString(16).padStart(8, '0') : sampleOf(items))
  if (maxItems !== undefined) {
    add(`maxItems ${maxItems}`, ids(maxItems), true)
    add(`maxItems ${maxItems} + 1`, ids(maxItems + 1), false)
  }
  if (minItems !== undefined && minItems > 0) {
    add(`minItems ${minItems}`, ids(minItems), true)
    add(`minItems ${minItems} - 1`, ids(minItems - 1), false)
  }
  if (uniqueItems) add('uniqueItems', [ids(1)[0], ids(1)[0]], false)
  if (minProperties !== undefined) add(`minProperties ${minProperties}`, {}, false)
  return cases
}

/** What an input of text can carry: a query knows no empty list and a path no empty part. */
const carries = ({ where, schema }: Input, { value }: Case) => where === 'body' || (typeof value !== 'object' && !(where === 'path' && (value === '' || value === undefined)) && !(where === 'header' && /[^\t\x20-\x7e]|^ *$/.test(String(value))) && !(where === 'query' && value === '' && !isText(schema)))

/** The words of the validator; rules that no schema holds have others. */
const ofSchema = /^must (NOT have (more|fewer)|match (pattern|format)|be ([<>]=|one of|integer)|not be empty$|have at most \d+ characters|NOT have duplicate)/
const namesIt = (errors: { path: string, message: string }[] | undefined, { path: to }: Input) => (errors ?? []).some(({ path, message }) => ofSchema.test(message) && (path === ['', ...to].join('/') || path === ['', ...to].join('/').toLowerCase()))

/** An address has a bound of its own, which is lower than that of a text in it: 16 KiB for all that comes before a body. */
const tooLong = (body: string) => body.includes('"detail":"The headers are too large."')

let bounds = 0
async function faultsOf (operation: Operation, input: Input, draft: Draft): Promise<string[]> {
  const faults: string[] = []
  for (const one of casesOf(input.name, input.schema)) {
    if (!carries(input, one)) continue
    bounds++
    const { status, body, code } = await send(requestOf(operation, changed(draft, input, one.value), actorOf(operation).token))
    const refused = status === 400 && (operation.isForm ? JSON.parse(body).error_description.includes(`body/${input.name} must NOT have more`) : code === 'validation_failed' ? namesIt(JSON.parse(body).errors, input) : tooLong(body))
    // What is right in itself may still be no cursor, no token, or name nothing.
    if (refused === (one.fits && !tooLong(body)) || status >= 500) faults.push(`${input.where} ${input.path.join('/')}, ${one.what}: ${status} ${body.slice(0, 300)}`)
  }
  return faults
}

t.test('each bound of the document is one: beyond it 400 with the member\'s name, at it none', async t => {
  for (const operation of operations) {
    const draft = draftOf(operation)
    // The objects of what would be deleted must stay for those that come later.
    const others = { ...draft, params: operation.method === 'DELETE' ? Object.fromEntries(Object.entries(draft.params).map(([name, value]) => [name, /^[0-9a-f]{24}$/.test(value) ? '66f0c0ffee0000000000c0de' : value])) : draft.params }
    const faults: string[] = []
    for (const input of operation.inputs) faults.push(...await faultsOf(operation, input, others))
    if (operation.body?.['minProperties']) faults.push(...await faultsOf(operation, { where: 'body', path: [], name: '', schema: { type: 'object', minProperties: operation.body['minProperties'] }, required: true }, others))
    for (const { name, where, required } of operation.inputs.filter(({ where, required, path }) => required && where !== 'path' && path.length === 1)) {
      const part = where === 'body' ? 'body' : where === 'query' ? 'query' : 'headers'
      const { status, body } = await send(requestOf(operation, { ...others, [part]: Object.fromEntries(Object.entries(others[part] as object).filter(([key]) => key !== name)) }, actorOf(operation).token))
      if (status !== 400) faults.push(`${where} without ${name}, which is ${required ? 'required' : ''}: ${status} ${body.slice(0, 200)}`)
    }
    t.same(faults, [], `${operation.method} ${operation.route}`)
  }
  t.ok(bounds > 500, `${bounds} values`)
})

t.test('so is each bound of a frame', async t => {
  let tried = 0
  for (const { name: type, schema } of commands(app.services)) {
    // One that names itself ends with a wrong token, so it gets a socket for each.
    let socket = await openSocket(t, `${app.api}/ws?token=${ann.token}`)
    const faults: string[] = []
    const frame = sampleOf(schema) as object
    for (const input of inputsOf(schema, follow).filter(({ name }) => name !== 'type')) {
      for (const one of casesOf(input.name, input.schema)) {
        tried++
        const id = input.name === 'id' ? {} : { id: 'x' }
        socket.send({ ...withValue(frame, input.path, one.value), ...id })
        // A wrong token closes the socket instead of an answer.
        const answer = await socket.next(({ type }) => ['error', 'ack', 'pong'].includes(type)).catch((): Schema => ({ type: 'closed' }))
        const refused = answer['code'] === 'validation_failed' && namesIt(answer['errors'], input)
        if (refused === one.fits) faults.push(`${input.path.join('/')}, ${one.what}: ${JSON.stringify(answer).slice(0, 300)}`)
        if (type === 'authenticate' && !refused) {
          socket.socket.terminate()
          socket = await openSocket(t, `${app.api}/ws?token=${ann.token}`)
        }
      }
    }
    t.same(faults, [], type)
    socket.socket.terminate()
  }
  t.ok(tried > 100, `${tried} values`)
})
