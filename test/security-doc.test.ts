import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import t from 'tap'

/** The requirements of OWASP ASVS 5.0.0 by level, as `section:numbers`: those of the third level are left out. */
const levels: Record<number, string> = {
  1: '1.2:1-5 1.3:1-2 1.5:1 2.1:1 2.2:1-2 2.3:1 3.2:1-2 3.3:1 3.4:1-2 3.5:1-3 4.1:1 4.4:1 5.2:1-2 5.3:1-2 6.1:1 6.2:1-8 6.3:1-2 6.4:1-2 ' +
    '7.2:1-4 7.4:1-2 8.1:1 8.2:1-2 8.3:1 9.1:1-3 9.2:1 10.4:1-5 11.3:1-2 11.4:1 12.1:1 12.2:1-2 13.4:1 14.2:1 14.3:1 15.1:1 15.2:1 ' +
    '15.3:1',
  2: '1.1:1-2 1.2:6-9 1.3:3-11 1.4:1-3 1.5:2 2.1:2-3 2.2:3 2.3:2-4 2.4:1 3.3:2-4 3.4:3-6 3.5:4-5 3.7:1-2 4.1:2-3 4.2:1 4.3:1-2 4.4:2-4 ' +
    '5.1:1 5.2:3 5.4:1-3 6.1:2-3 6.2:9-12 6.3:3-4 6.4:3-4 6.5:1-5 6.6:1-3 6.8:1-4 7.1:1-3 7.3:1-2 7.4:3-5 7.5:1-2 7.6:1-2 8.1:2 8.2:3 ' +
    '8.4:1 9.2:2-4 10.1:1-2 10.2:1-2 10.3:1-4 10.4:6-11 10.5:1-5 10.6:1-2 10.7:1-3 11.1:1-2 11.2:1-3 11.3:3 11.4:2-4 11.5:1 11.6:1 ' +
    '12.1:2-3 12.3:1-4 13.1:1 13.2:1-5 13.3:1-2 13.4:2-5 14.1:1-2 14.2:2-4 14.3:2-3 15.1:2-3 15.2:2-3 15.3:2-7 16.1:1 16.2:1-5 16.3:1-4 ' +
    '16.4:1-3 16.5:1-3 17.1:1 17.2:1-4 17.3:1-2'
}

interface Requirement { id: string, level: number, order: number[] }

const orderOf = (id: string) => (id.match(/\d+/g) ?? []).map(Number)
const requirements: Requirement[] = Object.entries(levels).flatMap(([level, list]) => list.split(' ').flatMap(part => {
  const [section, numbers] = part.split(':') as [string, string]
  return numbers.split(',').flatMap(run => {
    const [first, last = first] = run.split('-').map(Number) as [number, number?]
    return Array.from({ length: last - first + 1 }, (_, i) => ({ id: `V${section}.${first + i}`, level: Number(level), order: orderOf(`${section}.${first + i}`) }))
  })
}))

/** Whether a first cell of the table, one id, a chapter, a section or two of them with a dash between, speaks of a requirement. */
function speaksOf (cell: string, { order }: Requirement): boolean {
  const [first = [], last = first] = cell.split('–').map(orderOf)
  const compare = (bound: number[]) => bound.map((number, i) => order[i]! - number).find(difference => difference !== 0) ?? 0
  return compare(first) >= 0 && compare(last) <= 0
}

const text = await readFile('SECURITY.md', 'utf8')
const rows = [...text.matchAll(/^\| (V\d[\d.V–]*) \| ([\d, ]+) \| (.+) \| (.+) \| (.+) \|$/gm)].map(([, cell, level, what, state, how]) => ({ cell: cell!, level: level!, what: what!, state: state!, how: how! }))

t.test('every file that is named exists, and every section that is linked', async t => {
  const named = [...text.matchAll(/`((?:src|test|client|docs|scripts)\/[\w./-]+|[\w.-]+\.(?:json|md|js))`/g)].map(([, path]) => path!)
  t.ok(named.length > 150)
  t.same([...new Set(named)].filter(path => !existsSync(path)), [])
  const sections = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) => title!.toLowerCase().replaceAll(' ', '-'))
  t.same([...text.matchAll(/\]\(#([\w-]+)\)/g)].map(([, anchor]) => anchor!).filter(anchor => !sections.includes(anchor)), [])
})

t.test('every requirement of ASVS 5.0.0, level 1 and 2, has one row', async t => {
  t.equal(requirements.length, 253)
  t.same(requirements.map(one => [one.id, rows.filter(({ cell }) => speaksOf(cell, one)).length]).filter(([, count]) => count !== 1), [])
  for (const { cell, level } of rows) t.equal(level, [...new Set(requirements.filter(one => speaksOf(cell, one)).map(one => one.level))].sort().join(', '), cell)
})

t.test('the sums are those of the table', async t => {
  const sum = (wanted: string) => requirements.filter(one => rows.some(({ cell, state }) => state === wanted && speaksOf(cell, one))).length
  const [all, ...told] = (/Of the (\d+) requirements[^.]*? (\d+) hold, (\d+) hold in part, (\d+) do not yet, (\d+) are the operator's[^.]*? and (\d+) are about/.exec(text) ?? []).slice(1).map(Number)
  t.equal(all, requirements.length)
  t.same(told, ['yes', 'partly', 'not yet', 'operator', 'n/a'].map(sum))
  t.same([...new Set(rows.map(({ state }) => state))].sort(), ['n/a', 'not yet', 'operator', 'partly', 'yes'])
  t.same(rows.filter(({ what, how }) => what.length < 3 || how.length < 3), [], 'each says what, and how or why not')
})
