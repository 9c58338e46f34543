import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import t from 'tap'

/** What GitHub makes of a heading: small letters, digits, and hyphens for spaces. */
const anchorOf = (heading: string) => heading.trim().toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(/\s/g, '-')
const prose = (text: string) => text.replaceAll(/^(`{3,})[\s\S]*?^\1$/gm, '')
const anchorsOf = (text: string) => [...prose(text).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading!))

/** Links to files or headings of the repository that are not there, each with the file that has it. */
async function deadLinks (file: string, text: string): Promise<string[]> {
  const dead = []
  for (const [, target] of prose(text).matchAll(/\]\(([^()\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target!)) continue
    const [path = '', anchor] = target!.split('#')
    const linked = path === '' ? file : normalize(join(dirname(file), path))
    if (!existsSync(linked)) dead.push(`${file}: ${target!}`)
    else if (anchor !== undefined && !anchorsOf(path === '' ? text : await readFile(linked, 'utf8')).includes(anchor)) dead.push(`${file}: ${target!}`)
  }
  return dead
}

t.test('what the documents link to is there', async t => {
  const files = [...readdirSync('.'), ...['docs', 'client'].flatMap(folder => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(file => join(folder, file)))].filter(file => file.endsWith('.md') && !file.includes('node_modules'))
  t.ok(files.length > 30, `${files.length} documents`)
  for (const file of files) t.same(await deadLinks(file, await readFile(file, 'utf8')), [], file)
})

t.test('a link that leads nowhere is found', async t => {
  t.same(await deadLinks('docs/scale.md', '# One thing\n[a](../README.md) [b](none.md) [c](#one-thing) [d](#another) [e](performance.md#a-send) [f](performance.md#no-send) [g](https://example.com/none)\n```\n[h](none.md)\n```\n'),
    ['docs/scale.md: none.md', 'docs/scale.md: #another', 'docs/scale.md: performance.md#no-send'])
})
