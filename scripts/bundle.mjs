// Puts the programs of dist/ and the libraries they load into one bundle in dist/bin/, with what V8 compiles of it for a start:
// node scripts/bundle.mjs. Looking for the eight hundred files of the libraries, and compiling them, would be half of what a start takes.
import { readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { loadBundle } from '../dist/platform/bundle.js'

const dist = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist')
const target = join(dist, 'bin')
/** Libraries that look for files beside their own. */
const WITH_FILES = ['argon2', 'pino', 'mongodb-memory-server-core', 'openai', 'gpt-tokenizer', 'redoc']

const inPlace = {
  name: 'each file knows where it was before',
  setup ({ onLoad }) {
    const put = (path, line) => ({ loader: 'js', contents: `${line};${readFileSync(path, 'utf8')}` })
    onLoad({ filter: /\.js$/ }, ({ path }) => path.startsWith(dist) ? put(path, `const urlOfThisFile = new URL(${JSON.stringify(relative(target, path))}, urlOfBundle).href`) : undefined)
    onLoad({ filter: /[\\/]@fastify[\\/]swagger-ui[\\/].*\.js$/ }, ({ path }) => put(path, `const __dirname = require('node:path').resolve(folderOfBundle, ${JSON.stringify(relative(target, dirname(path)))})`))
  }
}

await rm(target, { recursive: true, force: true })
const { metafile } = await build({
  absWorkingDir: dist,
  entryPoints: ['programs.js'],
  outdir: target,
  // What is kept of its compilation is only good for these very contents.
  entryNames: '[name]-[hash]',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  supported: { 'dynamic-import': false },
  logLevel: 'warning',
  metafile: true,
  // Half the text to read at each start; names stay, and lines stay short enough for whoever reads a stack.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 160,
  // Names of authors are all that is not ASCII, which `loadBundle` wants.
  legalComments: 'external',
  external: WITH_FILES,
  define: { 'import.meta.url': 'urlOfThisFile' },
  banner: { js: "const folderOfBundle = __dirname, urlOfBundle = require('node:url').pathToFileURL(__filename).href;" },
  plugins: [inPlace]
})
const bundle = Object.keys(metafile.outputs).map(path => basename(path)).find(name => name.endsWith('.cjs'))
const { exports: { programs, rehearse }, keepCompiled } = loadBundle(join(target, bundle))
for (const name of Object.keys(programs)) {
  writeFileSync(join(target, `${name}.js`), `import { fileURLToPath } from 'node:url'
import { loadBundle } from '../platform/bundle.js'
await loadBundle(fileURLToPath(new URL('${bundle}', import.meta.url))).exports.programs['${name}']()
`)
}
await rehearse()
keepCompiled()
// What a server leaves running, such as its timers, must not hold up the build.
process.exit()
