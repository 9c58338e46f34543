const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** How many characters a text has as a person counts them (UAX #29). */
export function graphemes (text: string): number {
  let count = 0
  for (const _ of segmenter.segment(text)) count++
  return count
}
