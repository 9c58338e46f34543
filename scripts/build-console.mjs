// Bundles the console into dist/console/: node scripts/build-console.mjs. Needs the compiled server in dist/, whose schemas it takes
// the checks of client frames from: they are compiled here, because the page's policy forbids making code in the browser.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv } from 'ajv'
import { _, str } from 'ajv/dist/compile/codegen/index.js'
import standalone from 'ajv/dist/standalone/index.js'
import formats from 'ajv-formats'
import { build } from 'esbuild'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const sources = join(root, 'console')
const target = join(root, 'dist/console')

/** One function a command that checks a frame, as the text of a module. */
async function frameChecks () {
  const { commands, schemas: named } = await import('../dist/catalogue.js')
  const frames = commands(new Proxy({}, { get: () => ({}) })).map(({ schema }) => schema)
  const ajv = new Ajv({ strict: false, allErrors: true, code: { source: true, esm: true, lines: false } })
  formats.default(ajv, ['date-time', 'email', 'uri'])
  // The server counts with the same segmenter; in the page the function comes from a file of its own.
  ajv.addKeyword({
    keyword: 'x-max-graphemes',
    type: 'string',
    schemaType: 'number',
    code (context) {
      const count = context.gen.scopeValue('func', { ref: context, code: _`require("./graphemes.ts").graphemes` })
      context.fail(_`${count}(${context.data}) > ${context.schemaValue}`)
    },
    error: { message: ({ schema }) => str`must have at most ${schema} characters` }
  })
  for (const schema of new Set([...named, ...frames])) ajv.addSchema(schema)
  return standalone.default(ajv, Object.fromEntries(frames.map(({ $id }) => [$id, $id])))
}

const checks = {
  name: 'frame-checks',
  setup (build) {
    build.onResolve({ filter: /^parley:frame-checks$/ }, ({ path }) => ({ path, namespace: 'parley' }))
    build.onLoad({ filter: /.*/, namespace: 'parley' }, async () => ({ contents: await frameChecks(), loader: 'js', resolveDir: join(sources, 'src/compose') }))
  }
}

await rm(target, { recursive: true, force: true })
const { metafile } = await build({
  entryPoints: { console: join(sources, 'src/main.tsx'), theme: join(sources, 'src/theme-first.ts'), style: join(sources, 'styles/main.css') },
  entryNames: '[name]-[hash]',
  outdir: target,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  metafile: true,
  absWorkingDir: root,
  logLevel: 'warning',
  plugins: [checks]
})

const built = Object.entries(metafile.outputs).filter(([, { entryPoint }]) => entryPoint).map(([path]) => basename(path))
let page = await readFile(join(sources, 'index.html'), 'utf8')
for (const name of built) page = page.replaceAll(`/console/${name.replace(/-[A-Z0-9]+\./, '.')}`, `/console/${name}`)
await mkdir(target, { recursive: true })
await writeFile(join(target, 'index.html'), page)
