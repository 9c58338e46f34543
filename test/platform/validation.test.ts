import t from 'tap'
import { withinGraphemes } from '../../src/platform/validation.ts'

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })
const count = (text: string) => [...segmenter.segment(text)].length
/** Of the windows in which texts are counted, in UTF-16 units. */
const size = 16_384

t.test('long texts are counted in windows as they would be at once', async t => {
  const pieces = ['a', 'é', 'e\u0301', '😀', '👨‍👩‍👧‍👦', '🇫🇷', '한', 'क्षि', '\r\n', '\u0301', '‍']
  // A fixed sequence (the generator of Numerical Recipes) instead of chance: a failure can be repeated.
  let state = 1
  const random = (below: number) => {
    state = (state * 1664525 + 1013904223) % 2 ** 32
    return state % below
  }
  const some = () => Array.from({ length: 24 }, () => pieces[random(pieces.length)]).join('')
  // Only where a window ends is anything to get wrong: what lies between is of long characters, of which few need be counted.
  const few = (units: number) => `a${'\u0301'.repeat(99)}`.repeat(Math.floor(units / 100)) + 'a'.repeat(units % 100)
  for (let i = 0; i < 12; i++) {
    const first = few(size - 5 - random(30)) + some()
    const text = first + few(2 * size - 5 - random(30) - first.length) + some()
    const characters = count(text)
    t.ok(withinGraphemes(characters, text), `${characters} characters fit`)
    t.notOk(withinGraphemes(characters - 1, text), 'and one more does not')
  }
})

t.test('a character longer than a window is one', async t => {
  t.ok(withinGraphemes(10_000, `a${'\u0301'.repeat(39_999)}`))
})
