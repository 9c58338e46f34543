import { gzipSync } from 'node:zlib'
import t from 'tap'
import { startApp } from '../helpers/app.ts'

const app = await startApp(t)
const page = await app.root('GET', '/console')
const files = [...page.text.matchAll(/(?:src|href)="(\/console\/[^"]+)"/g)].map(([, path]) => path!)

t.test('the page is asked for anew, its files are named by what is in them and kept', async t => {
  t.equal(page.status, 200)
  t.match(page.headers.get('content-type'), /^text\/html; charset=utf-8/)
  t.equal(page.headers.get('cache-control'), 'no-cache')
  t.equal(files.length, 3, 'a program, what runs first, a style', { files })
  for (const path of files) {
    t.match(path, /^\/console\/\w+-[A-Z0-9]{8}\.(js|css)$/)
    const file = await app.root('GET', path)
    t.equal(file.status, 200, path)
    t.match(file.headers.get('content-type'), path.endsWith('.js') ? /^text\/javascript; charset=utf-8/ : /^text\/css; charset=utf-8/)
    t.match(file.headers.get('cache-control'), /immutable/)
  }
  t.equal((await app.root('GET', '/console/')).status, 200, 'also with a slash at its end')
  t.equal((await app.root('GET', '/console/nothing.js')).status, 404)
})

t.test('its policy lets in no code, no style and no connection but this server\'s own', async t => {
  for (const path of ['/console', ...files]) {
    const { headers } = await app.root('GET', path)
    const policy = Object.fromEntries((headers.get('content-security-policy') ?? '').split(';').map(part => part.trim().split(' ')).map(([name, ...sources]) => [name, sources]))
    t.match(policy, { 'default-src': ["'none'"], 'script-src': ["'self'"], 'style-src': ["'self'"], 'connect-src': ["'self'"], 'frame-ancestors': ["'none'"], 'base-uri': ["'none'"] }, path)
    t.notMatch(Object.values(policy).flat().join(' '), /unsafe|blob:|https?:|\*/)
  }
  t.notMatch(page.text, /<style|style="|<script>|\son\w+="/, 'nothing is inline')
})

t.test('all of it is small', async t => {
  const texts = [page.text, ...await Promise.all(files.map(async path => (await app.root('GET', path)).text))]
  const size = texts.reduce((sum, text) => sum + gzipSync(text, { level: 9 }).length, 0)
  t.comment(`${size} bytes gzipped`)
  t.ok(size < 60_000, `${size} bytes gzipped are under 60 kB`)
})

t.test('it is found from where one begins', async t => {
  t.match((await app.root('GET', '/')).body.links, { console: '/console' })
})
