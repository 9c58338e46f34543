import { readFileSync, writeFileSync } from 'node:fs'
import { pathOf } from '../run.ts'
import type { Result } from '../types.ts'
import { ratioBars } from './plots.ts'
import { circumstances, goalTable } from './table.ts'

const picture = 'docs/images/performance.svg'

/** Puts the picture and the table of the ratios into the README, between its markers. Throws when it has none. */
export function writeReadme (result: Result): void {
  const readme = readFileSync(pathOf('README.md'), 'utf8')
  const place = /<!-- bench -->[^]*<!-- \/bench -->/
  if (!place.test(readme)) throw new Error('README.md has no place for the figures: <!-- bench --> and <!-- /bench -->')
  writeFileSync(pathOf(picture), ratioBars(result))
  writeFileSync(pathOf('README.md'), readme.replace(place, () => `<!-- bench -->\n![Ratios to the peers, with their ranges](${picture})\n\n${goalTable(result)}\n${circumstances(result)}\n<!-- /bench -->`))
}
