// Says of compiled code from where in the sources it came.
import { existsSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { join, relative } from 'node:path'

/**
 * Reads places in the compiled files of `folder`, which lies in `root` and holds a source map beside each file: `text` puts the
 * source's file, line and column wherever a text names a place, `details` does so in all that tap tells of a failure.
 */
export function sourceLines (root, folder) {
  const inside = relative(root, folder).replaceAll('\\', '/')
  const place = new RegExp(`(?:file://)?[^\\s()'"]*${inside}/([^\\s()'":]+)\\.js(?::(\\d+):(\\d+))?`, 'g')
  const maps = new Map()
  const origin = (file, line, column) => {
    if (!maps.has(file)) {
      const path = join(folder, `${file}.js.map`)
      maps.set(file, existsSync(path) ? new SourceMap(JSON.parse(readFileSync(path, 'utf8'))) : undefined)
    }
    const { originalLine, originalColumn } = maps.get(file)?.findEntry(line - 1, column - 1) ?? {}
    return { file: `${file}.ts`, line: (originalLine ?? line - 1) + 1, column: (originalColumn ?? column - 1) + 1 }
  }
  const text = value => value.replace(place, (_, name, atLine, atColumn) => {
    if (atLine === undefined) return `${name}.ts`
    const { file, line, column } = origin(name, Number(atLine), Number(atColumn))
    return `${file}:${line}:${column}`
  })

  function details (value) {
    if (typeof value === 'string') return text(value)
    if (value === null || typeof value !== 'object') return value
    if (Array.isArray(value)) return value.map(details)
    const told = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, details(item)]))
    const { fileName, lineNumber, columnNumber = 1 } = value.at ?? {}
    const name = typeof fileName === 'string' && [...fileName.matchAll(place)][0]?.[1]
    if (!name) return told
    const { file, line, column } = origin(name, lineNumber, columnNumber)
    return { ...told, at: `${file}:${line}:${column}`, source: excerpt(join(root, file), line, column) }
  }

  return { text, details }
}

function excerpt (path, line, column) {
  const lines = readFileSync(path, 'utf8').split('\n')
  return [...lines.slice(Math.max(0, line - 3), line), `${'-'.repeat(Math.max(0, column - 1))}^`, ...lines.slice(line, line + 2)].join('\n')
}
