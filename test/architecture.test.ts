import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import t, { type Test } from 'tap'
import ts from 'typescript'

/** Path inside src/ → text. The same functions judge the real tree and the small made-up ones below. */
type Tree = Record<string, string>
type Import = { from: string, to: string, typeOnly: boolean }

const FEATURES = ['users', 'auth', 'chats', 'messages', 'branches', 'ai', 'admin']
const MAY_IMPORT: Record<string, string[]> = {
  platform: [],
  log: ['platform'],
  ws: ['platform'],
  docs: ['platform'],
  ...Object.fromEntries(FEATURES.map((feature, i) => [feature, ['platform', 'log', ...FEATURES.slice(0, i)]]))
}
const HANDLER_LINES = 8
const FILE_LINES = 200
const MEDIAN_LINES = 80
const EXCUSE = /^(\/\/|\/\*+)\s*Over 200 lines:\s*\w/

const folderOf = (file: string) => file.includes('/') ? file.slice(0, file.indexOf('/')) : ''
/** By their texts: several checks read each file. */
const parsed = new Map<string, ts.SourceFile>()
function parse (file: string, text: string): ts.SourceFile {
  const source = parsed.get(text) ?? ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  parsed.set(text, source)
  return source
}
const linesOf = (text: string) => text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
const lineOf = (source: ts.SourceFile, position: number) => source.getLineAndCharacterOfPosition(position).line + 1

function visit (node: ts.Node, see: (node: ts.Node) => void): void {
  see(node)
  ts.forEachChild(node, child => visit(child, see))
}

/** Every way one module can name another, types included. */
function specifierOf (node: ts.Node): { specifier: ts.Node, typeOnly: boolean } | undefined {
  if (ts.isImportDeclaration(node)) {
    // Only `import type` counts: `import { type A }` still loads the module under verbatimModuleSyntax.
    return { specifier: node.moduleSpecifier, typeOnly: node.importClause?.isTypeOnly === true }
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
    return { specifier: node.moduleSpecifier, typeOnly: node.isTypeOnly }
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return { specifier: node.argument.literal, typeOnly: true }
  }
  if (ts.isExternalModuleReference(node)) return { specifier: node.expression, typeOnly: false }
  if (ts.isModuleDeclaration(node) && ts.isStringLiteral(node.name)) return { specifier: node.name, typeOnly: true }
  if (ts.isCallExpression(node) && node.arguments[0] &&
    (node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require')) {
    return { specifier: node.arguments[0], typeOnly: false }
  }
}

/** The imports between files of the tree; a path that leads nowhere is reported, as no rule could judge it. */
function readImports (tree: Tree): { imports: Import[], faults: string[] } {
  const imports: Import[] = []
  const faults: string[] = []
  for (const [file, text] of Object.entries(tree)) {
    visit(parse(file, text), node => {
      const found = specifierOf(node)
      if (!found) return
      if (!ts.isStringLiteralLike(found.specifier)) {
        faults.push(`${file}: import of a computed path: ${found.specifier.getText()}`)
        return
      }
      const path = found.specifier.text
      if (/^[#/]|^file:/.test(path)) faults.push(`${file}: import by alias or absolute path: ${path}`)
      if (!path.startsWith('.') || path.endsWith('.json')) return
      const to = posix.join(posix.dirname(file), path)
      if (to in tree) imports.push({ from: file, to, typeOnly: found.typeOnly })
      else faults.push(`${file}: import of ${path}, which is no file of src/`)
    })
  }
  return { imports, faults }
}

/** Why this import is against the one way, or undefined. */
function directionFault ({ from, to, typeOnly }: Import): string | undefined {
  const [source, target] = [folderOf(from), folderOf(to)]
  // Files straight in src/ are the roots: they put everything together, so they may import all and only they import each other.
  if (source === '' || source === target) return
  const allowed = MAY_IMPORT[source]
  if (!allowed) return `${from}: folder ${source}/ has no place in the order of folders`
  if (!allowed.includes(target)) return `${from} → ${to}: ${source}/ must not import ${target ? `${target}/` : 'a root'}`
  if (!FEATURES.includes(target)) return
  const file = to.slice(target.length + 1)
  if (file === 'schemas.ts' || file === 'events.ts') return
  if (file !== 'service.ts') return `${from} → ${to}: of another feature only schemas.ts, events.ts and the type of its service`
  if (!typeOnly) return `${from} → ${to}: of another feature's service only the type (import type)`
}

const checkImports = (tree: Tree): string[] => {
  const { imports, faults } = readImports(tree)
  return [...faults, ...imports.map(directionFault).filter(fault => fault !== undefined)]
}

const checkFolders = (tree: Tree): string[] => [...new Set(Object.keys(tree).map(folderOf))]
  .filter(folder => folder !== '' && !(folder in MAY_IMPORT))
  .map(folder => `folder ${folder}/ has no place in the order of folders`)

/** One report for each import that closes a ring, with the whole ring in it. */
function checkCycles (tree: Tree): string[] {
  const { imports } = readImports(tree)
  const faults: string[] = []
  const state = new Map<string, 'open' | 'done'>()
  const walk = (file: string, path: string[]): void => {
    if (state.get(file) === 'open') faults.push(`import cycle: ${[...path.slice(path.indexOf(file)), file].join(' → ')}`)
    if (state.has(file)) return
    state.set(file, 'open')
    for (const one of imports) if (one.from === file) walk(one.to, [...path, file])
    state.set(file, 'done')
  }
  for (const file of Object.keys(tree)) walk(file, [])
  return faults
}

/** A query by id alone forgets who asks: it belongs where no caller's id arrives unchecked. */
function checkFindById (tree: Tree): string[] {
  const faults: string[] = []
  for (const [file, text] of Object.entries(tree)) {
    if (folderOf(file) === 'log' || posix.basename(file) === 'model.ts') continue
    const source = parse(file, text)
    visit(source, node => {
      const name = ts.isPropertyAccessExpression(node)
        ? node.name.text
        : ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)
          ? node.argumentExpression.text
          : ''
      if (/^findById/.test(name)) faults.push(`${file}:${lineOf(source, node.end)}: ${name} outside model.ts and log/`)
    })
  }
  return faults
}

const isFunction = (node: ts.Node) =>
  ts.isArrowFunction(node) || ts.isFunctionExpression(node) || ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)

/** The functions that only hold routes or commands: outermost ones with functions in them, and plugins given to register(). */
function isContainer (node: ts.Node): boolean {
  if (ts.isCallExpression(node.parent) && ts.isPropertyAccessExpression(node.parent.expression) &&
    node.parent.expression.name.text === 'register') return true
  for (let up = node.parent; !ts.isSourceFile(up); up = up.parent) {
    if (isFunction(up) || ts.isObjectLiteralExpression(up)) return false
  }
  let holds = false
  ts.forEachChild(node, child => visit(child, inner => { holds ||= isFunction(inner) }))
  return holds
}

function checkHandlers (tree: Tree): string[] {
  const faults: string[] = []
  for (const [file, text] of Object.entries(tree)) {
    if (!FEATURES.includes(folderOf(file)) || !/^[^/]+\/(index|commands)\.ts$/.test(file)) continue
    const source = parse(file, text)
    visit(source, node => {
      if (!isFunction(node) || isContainer(node)) return
      const [first, last] = [lineOf(source, node.getStart()), lineOf(source, node.end)]
      const lines = last - first + 1
      if (lines > HANDLER_LINES) faults.push(`${file}:${first}: a handler of ${lines} lines, more than ${HANDLER_LINES}`)
    })
  }
  return faults
}

const firstComment = (text: string): string => {
  const start = ts.getShebang(text)?.length ?? 0
  const range = ts.getLeadingCommentRanges(text, start)?.[0]
  return range ? text.slice(range.pos, range.end) : ''
}

const checkLength = (tree: Tree): string[] => Object.entries(tree)
  .filter(([, text]) => linesOf(text) > FILE_LINES && !EXCUSE.test(firstComment(text)))
  .map(([file, text]) => `${file}: ${linesOf(text)} lines, more than ${FILE_LINES}, and no reason in its first comment`)

function checkMedian (tree: Tree): string[] {
  const sizes = Object.values(tree).map(linesOf).sort((a, b) => a - b)
  const median = sizes[Math.floor(sizes.length / 2)] ?? 0
  return median < MEDIAN_LINES ? [] : [`the median file has ${median} lines, not under ${MEDIAN_LINES}`]
}

const checks = { checkImports, checkFolders, checkCycles, checkFindById, checkHandlers, checkLength, checkMedian }

t.test('the sources keep the architecture', async t => {
  const root = new URL('../src/', import.meta.url)
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).map(file => file.replaceAll('\\', '/')).sort()
  const tree: Tree = Object.fromEntries(files.filter(file => file.endsWith('.ts'))
    .map(file => [file, readFileSync(new URL(file, root), 'utf8')]))
  t.not(Object.keys(tree).length, 0, 'there are sources to read')
  for (const [name, check] of Object.entries(checks)) t.same(check(tree), [], name)
})

/** Asserts one report for each pattern, in order, and no other. */
function reports (t: Test, faults: string[], ...patterns: RegExp[]) {
  t.equal(faults.length, patterns.length, faults.join('\n') || 'no report')
  for (const [i, pattern] of patterns.entries()) t.match(faults[i], pattern)
}

const empty = (...files: string[]): Tree => Object.fromEntries(files.map(file => [file, '']))
const lines = (count: number, line = 'void 0') => `${line}\n`.repeat(count)

t.test('what the order allows is not reported', async t => {
  const tree: Tree = {
    ...empty('platform/errors.ts', 'log/path.ts', 'users/schemas.ts', 'users/events.ts', 'chats/model.ts'),
    'users/service.ts': "import { x } from '../platform/errors.ts'\nimport type { P } from '../log/path.ts'",
    'chats/service.ts': "import type { U } from '../users/service.ts'\nimport { S } from '../users/schemas.ts'\nimport './model.ts'\nexport * from '../users/events.ts'",
    'ws/hub.ts': "import ws from 'ws'\nimport '../platform/errors.ts'\nimport v from '../../package.json' with { type: 'json' }",
    'docs/index.ts': "import '../platform/errors.ts'",
    'services.ts': "import './log/path.ts'\nimport './chats/service.ts'\nimport './users/service.ts'",
    'app.ts': "import './services.ts'\nimport './ws/hub.ts'\nimport './docs/index.ts'",
    'server.ts': "import './app.ts'",
    'db-init.ts': "import './services.ts'\nawait import('./chats/model.ts')"
  }
  for (const [name, check] of Object.entries(checks)) t.same(check(tree), [], name)
})

t.test('an import against the one way is reported, in whatever form', async t => {
  const all = empty('platform/a.ts', 'log/a.ts', 'users/schemas.ts', 'chats/schemas.ts', 'ws/a.ts', 'docs/a.ts', 'app.ts')
  const one = (from: string, text: string) => checkImports({ ...all, [from]: text })
  reports(t, one('platform/b.ts', "import '../log/a.ts'"), /^platform\/b.ts → log\/a.ts: platform\/ must not import log\//)
  reports(t, one('platform/b.ts', "import type { A } from '../users/schemas.ts'"), /must not import users\//)
  reports(t, one('log/b.ts', "export { a } from '../users/schemas.ts'"), /log\/ must not import users\//)
  reports(t, one('log/b.ts', "export type { A } from '../ws/a.ts'"), /log\/ must not import ws\//)
  reports(t, one('users/b.ts', "await import('../chats/schemas.ts')"), /users\/ must not import chats\//)
  reports(t, one('users/b.ts', "type A = import('../chats/schemas.ts').A"), /users\/ must not import chats\//)
  reports(t, one('users/b.ts', "import a = require('../ws/a.ts')"), /users\/ must not import ws\//)
  reports(t, one('users/b.ts', "const a = require('../docs/a.ts')"), /users\/ must not import docs\//)
  reports(t, one('users/b.ts', "declare module '../chats/schemas.ts' { interface A { b: 1 } }"), /users\/ must not import chats\//)
  reports(t, one('users/b.ts', "import '../app.ts'"), /users\/ must not import a root/)
  reports(t, one('ws/b.ts', "import '../log/a.ts'\nimport '../docs/a.ts'"), /ws\/ must not import log\//, /ws\/ must not import docs\//)
  reports(t, one('docs/b.ts', "import '../users/schemas.ts'"), /docs\/ must not import users\//)
  reports(t, one('ws/b.ts', "import type { A } from '../app.ts'"), /ws\/ must not import a root/)
})

t.test('between features each step to the right is reported, and each step left to more than the public files', async t => {
  for (const [i, left] of FEATURES.entries()) {
    for (const right of FEATURES.slice(i + 1)) {
      const tree = empty(`${left}/schemas.ts`, `${right}/schemas.ts`)
      t.same(checkImports({ ...tree, [`${right}/a.ts`]: `import '../${left}/schemas.ts'` }), [], `${right} may import ${left}`)
      reports(t, checkImports({ ...tree, [`${left}/a.ts`]: `import type { A } from '../${right}/schemas.ts'` }), /must not import/)
    }
  }
  const users = empty('users/service.ts', 'users/model.ts', 'users/index.ts', 'users/inner/schemas.ts')
  const one = (text: string) => checkImports({ ...users, 'chats/a.ts': text })
  reports(t, one("import { make } from '../users/service.ts'"), /service only the type/)
  reports(t, one("import { type Service } from '../users/service.ts'"), /service only the type/)
  reports(t, one("export * from '../users/service.ts'"), /service only the type/)
  reports(t, one("import type { Model } from '../users/model.ts'"), /only schemas.ts, events.ts/)
  reports(t, one("import '../users/index.ts'\nimport '../users/inner/schemas.ts'"), /only schemas.ts/, /only schemas.ts/)
})

t.test('an import no rule could judge is reported', async t => {
  const one = (text: string) => checkImports({ 'users/a.ts': text })
  reports(t, one("import './b.js'"), /no file of src/)
  reports(t, one("import '../../test/helpers/app.ts'"), /no file of src/)
  reports(t, one("import '#log'"), /alias or absolute/)
  reports(t, one('await import(where)'), /computed path: where/)
  reports(t, checkImports({ 'misc/a.ts': "import '../log/a.ts'", 'log/a.ts': '' }), /misc\/ has no place/)
  reports(t, checkFolders(empty('app.ts', 'log/a.ts', 'misc/a.ts', 'misc/b.ts', 'utils/a.ts')), /misc\//, /utils\//)
})

t.test('a ring of imports is reported, by types and by roots too', async t => {
  reports(t, checkCycles({ 'log/a.ts': "import './a.ts'" }), /cycle: log\/a.ts → log\/a.ts$/)
  const ring = { 'log/a.ts': "import './b.ts'", 'log/b.ts': "import type { C } from './c.ts'", 'log/c.ts': "type A = import('./a.ts').A" }
  reports(t, checkCycles({ 'log/0.ts': "import './a.ts'", ...ring }), /cycle: log\/a.ts → log\/b.ts → log\/c.ts → log\/a.ts$/)
  reports(t, checkCycles({ 'app.ts': "import './server.ts'", 'server.ts': "import './app.ts'" }), /cycle: app.ts → server.ts → app.ts/)
  t.same(checkCycles({ 'a.ts': "import './b.ts'\nimport './c.ts'", 'b.ts': "import './c.ts'", 'c.ts': '' }), [], 'two ways to one file are no ring')
})

t.test('a query by id alone is reported outside model.ts and log/', async t => {
  const query = 'await User.findById(id)'
  t.same(checkFindById({ 'users/model.ts': query, 'log/entry.ts': query, 'users/index.ts': "// findById\nconst a = 'findById'" }), [])
  reports(t, checkFindById({ 'users/service.ts': `\n${query}` }), /^users\/service.ts:2: findById outside/)
  for (const name of ['findByIdAndUpdate', 'findByIdAndDelete', 'findByIdAndReplace']) {
    reports(t, checkFindById({ 'app.ts': `User\n  .${name}(id)` }), new RegExp(`^app.ts:2: ${name} outside`))
  }
  reports(t, checkFindById({ 'users/service.ts': "User['findById'](id)" }), /findById outside/)
  reports(t, checkFindById({ 'users/service.ts': 'User?.findById(id)' }), /findById outside/)
})

t.test('a handler over eight lines is reported, wherever it is written', async t => {
  const handler = (count: number) => `async (request, reply) => {\n${lines(count - 2)}}`
  const plugin = (body: string) => `export default fp(async app => {\n${lines(20)}${body}\n})\n`
  const shapes: Record<string, (handler: string) => Tree> = {
    'a route': it => ({ 'users/index.ts': plugin(`app.get('/', { schema }, ${it})`) }),
    'a route object': it => ({ 'users/index.ts': plugin(`app.route({ url: '/',\n${lines(9, '// more')} handler: ${it} })`) }),
    'a route of an inner plugin': it => ({ 'auth/index.ts': plugin(`app.register(async app => {\n${lines(9)}app.get('/', ${it})\n})`) }),
    'a hook': it => ({ 'users/index.ts': plugin(`app.addHook('onRequest', ${it})`) }),
    'a method': it => ({ 'chats/commands.ts': `export const commands = [{\n handler ${it.replace('async', '').replace('=>', '')} }]` }),
    'a command': it => ({ 'chats/commands.ts': `export const commands = [{ name: 'a', handler: ${it} }]` }),
    'a command with a callback in it': it => ({ 'chats/commands.ts': `export const commands = [{ run: ${it.replace('void 0', 'list.map(x => x)')} }]` }),
    'a command from a factory': it => ({ 'chats/commands.ts': `export const commands = (chats: Chats) => [\n${lines(9, '// more')}{ run: ${it} }\n]` }),
    'a function at the top': it => ({ 'users/index.ts': `const send = ${it}\n` })
  }
  for (const [shape, tree] of Object.entries(shapes)) {
    t.same(checkHandlers(tree(handler(8))), [], `${shape} of eight lines`)
    reports(t, checkHandlers(tree(handler(9))), /a handler of 9 lines/)
  }
  t.same(checkHandlers({ 'users/service.ts': `export const a = ${handler(30)}`, 'log/index.ts': `const b = ${handler(30)}` }), [], 'only the edges')
})

t.test('a file over 200 lines is reported unless its first comment says why', async t => {
  t.same(checkLength({ 'a.ts': lines(200) }), [])
  reports(t, checkLength({ 'a.ts': lines(201) }), /^a.ts: 201 lines/)
  reports(t, checkLength({ 'a.ts': lines(201).trimEnd() }), /^a.ts: 201 lines/)
  for (const head of ['// Over 200 lines: one table.', '/* Over 200 lines: one table. */', '#!/usr/bin/env node\n// Over 200 lines: one table.']) {
    t.same(checkLength({ 'a.ts': `${head}\n${lines(200)}` }), [], head)
  }
  for (const head of ['// Long.', '// Over 200 lines:', '// One.\n// Over 200 lines: second comment.', 'void 0\n// Over 200 lines: too late.']) {
    reports(t, checkLength({ 'a.ts': `${head}\n${lines(200)}` }), /no reason in its first comment/)
  }
})

t.test('a median of 80 lines is reported', async t => {
  t.same(checkMedian({ 'a.ts': lines(79), 'b.ts': lines(1), 'c.ts': lines(200) }), [])
  reports(t, checkMedian({ 'a.ts': lines(80), 'b.ts': lines(1), 'c.ts': lines(200) }), /median file has 80 lines/)
})
