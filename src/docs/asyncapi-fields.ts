import { escapeHtml, inlineMarkdown } from './asyncapi-markdown.ts'
import type { Schema } from './asyncapi-schemas.ts'

type Node = Schema & { $ref?: string, type?: string | string[], properties?: Record<string, Node>, required?: string[], items?: Node, anyOf?: Node[], enum?: unknown[], const?: unknown, description?: string }

/** How deep objects are shown in each other: the documents have none within itself, and a page must end. */
const depthBound = 8

const count = (number: number) => number.toLocaleString('en')

/** What a number or a length may be, in words; the largest number JSON carries exactly is no bound to tell of. */
function range (least: unknown, most: unknown, unit = ''): string | undefined {
  const from = typeof least === 'number' && (least > 0 || unit === '') ? least : undefined
  const to = typeof most === 'number' && most < Number.MAX_SAFE_INTEGER ? most : undefined
  const words = from !== undefined && to !== undefined ? (from === to ? count(from) : `${count(from)} to ${count(to)}`) : from !== undefined ? `from ${count(from)}` : to !== undefined ? `at most ${count(to)}` : undefined
  return words === undefined ? undefined : `${words}${unit}`
}

const code = (text: unknown) => `<code>${escapeHtml(typeof text === 'string' ? text : JSON.stringify(text))}</code>`

/** The bounds of a value beside its type, as HTML. */
function bounds (schema: Node): string[] {
  const { minLength, maxLength, minimum, maximum, minItems, maxItems, pattern, format } = schema
  const words = [range(minLength, maxLength, ' characters'), range(minimum, maximum), range(minItems, maxItems, ' items')].filter(word => word !== undefined).map(escapeHtml)
  return [
    ...words,
    ...schema.enum ? [`one of ${schema.enum.map(code).join(', ')}`] : [],
    ...'const' in schema ? [`always ${code(schema.const)}`] : [],
    ...typeof format === 'string' ? [escapeHtml(format)] : [],
    ...typeof pattern === 'string' ? [`pattern ${code(pattern)}`] : [],
    ...'default' in schema ? [`default ${code(schema['default'])}`] : []
  ]
}

/** A tree of the members of a schema, as nested lists; objects in it open on demand. `resolve` finds what a reference names. */
export function renderFields (schema: Schema, resolve: (ref: string) => Schema): string {
  const follow = (node: Node): Node => node.$ref === undefined ? node : resolve(node.$ref) as Node

  /** A node without its reference and its "or null", the words of its type, and the object whose members are shown. */
  function read (node: Node): { shown: Node, type: string, inner?: Node } {
    const nullable = node.anyOf?.some(({ type }) => type === 'null') === true
    const target = follow(nullable ? node.anyOf!.find(({ type }) => type !== 'null')! : node)
    const shown = { ...target, ...(node.description !== undefined && { description: node.description }) }
    const types = [target.type ?? (target.enum ? 'string' : 'any')].flat()
    const item = types.includes('array') && target.items ? read(target.items) : undefined
    const type = types.map(name => name === 'array' && item ? `list of ${item.type}` : name).concat(nullable ? ['null'] : []).join(' or ')
    const inner = item ? item.inner : target.properties ? target : undefined
    return { shown, type, ...(inner && { inner }) }
  }

  function field (name: string, node: Node, required: boolean, depth: number): string {
    const { shown, type, inner } = read(node)
    const item = shown.items && !inner ? bounds(follow(shown.items)) : []
    const facts = [...bounds(shown), ...item.length > 0 ? [`each ${item.join(', ')}`] : []]
    const head = `<code class="name">${escapeHtml(name)}</code> <span class="type">${escapeHtml(type)}</span> <span class="${required ? 'required' : 'optional'}">${required ? 'required' : 'optional'}</span>`
    const about = [...facts.length > 0 ? [`<p class="bounds">${facts.join(' · ')}</p>`] : [], ...shown.description ? [`<p>${inlineMarkdown(shown.description)}</p>`] : []].join('')
    if (!inner || depth >= depthBound) return `<li>${head}${about}</li>`
    return `<li><details><summary>${head}</summary>${about}${fields(inner, depth + 1)}</details></li>`
  }

  function fields ({ properties = {}, required = [] }: Node, depth: number): string {
    return `<ul class="fields">${Object.entries(properties).map(([name, node]) => field(name, node, required.includes(name), depth)).join('')}</ul>`
  }

  return fields(follow(schema as Node), 0)
}
