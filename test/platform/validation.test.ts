import t from 'tap'
import { withinGraphemes } from '../../src/platform/validation.ts'

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })
const count = (text: string) => [...segmenter.segment(text)].length

t.test('long texts are counted in windows as they would be at once', async t => {
  const pieces = ['a', 'é', 'e\u0301', '😀', '👨‍👩‍👧‍👦', '🇫🇷', '한', 'क्षि', '\r\n', '\u0301', '‍']
  // A fixed sequence (the generator of Numerical Recipes) instead of chance: a failure can be repeated.
  let state = 1
  const random = (below: number) => {
    state = (state * 1664525 + 1013904223) % 2 ** 32
    return state % below
  }
  for (let i = 0; i < 12; i++) {
    const text = Array.from({ length: 5000 + random(3000) }, () => pieces[random(pieces.length)]).join('')
    const characters = count(text)
    t.ok(withinGraphemes(characters, text), `${characters} characters fit`)
    t.notOk(withinGraphemes(characters - 1, text), 'and one more does not')
  }
})

t.test('a character longer than a window is one', async t => {
  t.ok(withinGraphemes(10_000, `a${'\u0301'.repeat(39_999)}`))
})
