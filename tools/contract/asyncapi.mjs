// Judges openapi/asyncapi.json (or the file that is named) by AsyncAPI's own parser: any error or warning fails.
import { readFile } from 'node:fs/promises'
import { Parser } from '@asyncapi/parser'

const file = process.argv[2] ?? new URL('../../openapi/asyncapi.json', import.meta.url)
const { document, diagnostics } = await new Parser().parse(await readFile(file, 'utf8'))
// Severities of Spectral: 0 error, 1 warning, 2 information, 3 hint.
const faults = diagnostics.filter(({ severity }) => severity <= 1)
for (const { code, message, path, severity } of faults) console.log(`${severity === 0 ? 'error' : 'warning'} ${code}: ${message} (/${path.join('/')})`)
if (document) console.log(`AsyncAPI ${document.version()}: ${document.channels().length} channels, ${document.operations().length} operations, ${document.messages().length} messages, ${faults.length} faults`)
process.exitCode = document && faults.length === 0 ? 0 : 1
