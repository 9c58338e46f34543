import t from 'tap'
import { parseJson } from '../../src/platform/json.ts'

const parse = (text: string) => parseJson(Buffer.from(text))
const refuses = (text: string | Buffer, words: RegExp) => ({ text: typeof text === 'string' ? Buffer.from(text) : text, words })

t.test('JSON is read as it is', async t => {
  for (const value of [null, true, 0, -1.5e-3, '', 'ünï\u{1f600}', '\u0000\u2028', [], {}, { a: [{ b: 'x' }] }, { prototype: 1, constructor: { name: 'x' } }]) {
    t.same(parse(JSON.stringify(value)), value)
  }
  t.equal(parse('"\\ud83d\\ude00\\uD83D\\uDE00"'), '😀😀')
  for (const text of ['\\ud83d', '\\\\ud83d\\', '"\\udc00"']) t.equal(parse(JSON.stringify(text)), text, 'a text that writes about escapes')
  t.same(parse(`${'['.repeat(32)}${']'.repeat(32)}`), JSON.parse(`${'['.repeat(32)}${']'.repeat(32)}`))
  t.equal(parse(JSON.stringify('[{'.repeat(1000))), '[{'.repeat(1000), 'brackets in a text are no nesting')
  t.equal(parse(JSON.stringify('"[{\\"'.repeat(1000))), '"[{\\"'.repeat(1000))
})

t.test('anything else is malformed_json, and its text is not repeated', async t => {
  const cases = [
    refuses('', /not valid JSON/),
    refuses('{"password":"swordfish"', /not valid JSON/),
    refuses('{"password":"swordfish",}', /not valid JSON/),
    refuses('swordfish', /not valid JSON/),
    refuses('{"a":1}{"b":2}', /not valid JSON/),
    refuses('NaN', /not valid JSON/),
    refuses('[0x10]', /not valid JSON/),
    refuses(Buffer.from([0x22, 0xff, 0x22]), /UTF-8/),
    refuses(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), /UTF-8/),
    refuses('['.repeat(33), /nested deeper than 32/),
    refuses('{"a":'.repeat(10_000), /nested deeper than 32/),
    refuses('{"__proto__":{"admin":true}}', /not valid JSON/),
    refuses('{"a":[{"\\u005F\\u005fproto__":1}]}', /not valid JSON/),
    refuses('{"constructor":{"prototype":{"admin":true}}}', /not valid JSON/),
    refuses('"\\ud83d"', /surrogate/),
    refuses('"\\uDE00 first"', /surrogate/),
    refuses('{"\\ud83d":1}', /surrogate/),
    refuses('["\\ude00\\ud83d"]', /surrogate/),
    refuses('"\\\\\\ud83d"', /surrogate/)
  ]
  for (const { text, words } of cases) {
    t.throws(() => parseJson(text), { code: 'malformed_json', status: 400, message: words }, String(text).slice(0, 40))
    try {
      parseJson(text)
    } catch (error) {
      t.notMatch((error as Error).message, /swordfish/)
    }
  }
  t.equal(({} as { admin?: boolean }).admin, undefined)
})
