// Puts each program of dist/ and the libraries it loads into few files in dist/bin/: node scripts/bundle.mjs. Looking for the eight hundred
// files of the libraries would be a third of the time that a start takes.
import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const dist = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist')
const target = join(dist, 'bin')
/** Libraries that look for files beside their own. */
const WITH_FILES = ['argon2', 'pino', '@fastify/swagger-ui', '@fastify/static', 'mongodb-memory-server-core', 'openai', 'gpt-tokenizer', 'redoc']

const inPlace = {
  name: 'each file knows where it was before',
  setup: ({ onLoad }) => onLoad({ filter: /\.js$/ }, ({ path }) => path.startsWith(dist)
    ? { loader: 'js', contents: `const urlOfThisFile = new URL(${JSON.stringify(relative(target, path))}, urlOfBundle).href;${readFileSync(path, 'utf8')}` }
    : undefined)
}

await rm(target, { recursive: true, force: true })
await build({
  entryPoints: ['server', 'db-init', 'db-restored', 'admin-create', 'demo'].map(name => join(dist, `${name}.js`)),
  outdir: target,
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'warning',
  // Half the text to read at each start; names stay, and lines stay short enough for whoever reads a stack.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 160,
  external: WITH_FILES,
  define: { 'import.meta.url': 'urlOfThisFile' },
  banner: { js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url); const urlOfBundle = import.meta.url;" },
  plugins: [inPlace]
})
