import { readFileSync, writeFileSync } from 'node:fs'
import { ratiosOf } from '../goals.ts'
import { pathOf } from '../run.ts'
import type { Result } from '../types.ts'
import { ratioBars } from './plots.ts'
import { circumstances, goalTable, spread } from './table.ts'

const picture = 'docs/images/performance.svg'

/** What a reader should know of the peer: how much of the lead is a check that others leave out. */
function besideTrust (result: Result): string {
  const trusting = ratiosOf(result).get('send ÷ fastapi that trusts its tokens')
  return trusting ? `FastAPI and Socket.IO read for each request whether the person has logged out, whom Parley refuses as well. A FastAPI that believes a token until it ends does more: beside it sends are ${spread(trusting)} times as many.\n\n` : ''
}

/** Puts the picture and the table of the ratios into the README, between its markers. Throws when it has none. */
export function writeReadme (result: Result): void {
  const readme = readFileSync(pathOf('README.md'), 'utf8')
  const place = /<!-- bench -->[^]*<!-- \/bench -->/
  if (!place.test(readme)) throw new Error('README.md has no place for the figures: <!-- bench --> and <!-- /bench -->')
  writeFileSync(pathOf(picture), ratioBars(result))
  writeFileSync(pathOf('README.md'), readme.replace(place, () => `<!-- bench -->\n![Ratios to the peers, with their ranges](${picture})\n\n${goalTable(result)}\n${besideTrust(result)}${circumstances(result)}\n<!-- /bench -->`))
}
