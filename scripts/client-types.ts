// Writes the types of client/: node --import tsx scripts/client-types.ts (npm run client). REST from openapi/openapi.json, frames from
// the catalogue by which the server judges and makes them.
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import openapiTS, { astToString } from 'openapi-typescript'
import ts from 'typescript'
import { commands, events, schemas, socketFrames } from '../src/catalogue.ts'
import type { Services } from '../src/services.ts'

const head = '// Made by `npm run client`. Do not edit.\n'
// A member with a default may be left out by who sends it.
const base = { silent: true, defaultNonNullable: false } as const

interface Named { $id?: string }
type Json = Record<string, any>

/** The folder that the files belong to. */
export const folder = new URL('../client/src/', import.meta.url)

/** The committed description of the REST API. */
export const readOpenapi = async (): Promise<Json> => JSON.parse(await readFile(new URL('../openapi/openapi.json', import.meta.url), 'utf8'))

const unshown = ['example', 'examples', 'headers']

/** Without examples, and without the headers of answers: two thirds of the types, for what is read from the `Response`. */
function bare (value: any, isMap = false): any {
  if (Array.isArray(value)) return value.map(item => bare(item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value)
    .filter(([key]) => isMap || !unshown.includes(key))
    .map(([key, item]) => [key, bare(item, key === 'properties' || key === 'schemas')]))
}

async function restTypes (openapi: Json): Promise<string> {
  return `${head}\n${astToString(await openapiTS(bare(openapi), { ...base, rootTypes: true, rootTypesNoSchemaPrefix: true }))}`
}

/** A schema as a document holds it: by the address of what it refers to. */
const inDocument = (schema: object): Json => JSON.parse(JSON.stringify(schema), (key, value) => key === '$ref' ? `#/components/schemas/${value}` : value)

const isComponents = (node: ts.Node): node is ts.InterfaceDeclaration => ts.isInterfaceDeclaration(node) && node.name.text === 'components'
const nameOf = ({ name }: ts.TypeElement) => (name as ts.Identifier | ts.StringLiteral).text

/** The named frames as types of their own, which refer to the types of REST. */
function declarations (nodes: ts.Node[], names: Set<string>): string {
  const schemas = nodes.find(isComponents)!.members.find(member => nameOf(member) === 'schemas') as ts.PropertySignature
  const members = (schemas.type as ts.TypeLiteralNode).members.filter(member => names.has(nameOf(member))) as unknown as ts.PropertySignature[]
  return astToString(members.map(member => {
    const alias = ts.factory.createTypeAliasDeclaration([ts.factory.createModifier(ts.SyntaxKind.ExportKeyword)], nameOf(member), undefined, member.type!)
    return ts.setSyntheticLeadingComments(alias, ts.getSyntheticLeadingComments(member))
  }))
}

const union = (name: string, what: string, names: string[]) => `/** ${what} */\nexport type ${name} =\n${names.map(member => `    | ${member}`).join('\n')};\n`
const idOf = ({ $id }: Named) => $id!

const nameOfFrame = (type: string) => idOf(socketFrames.find(({ properties }) => properties.type.const === type)!)

async function frameTypes (openapi: Json): Promise<string> {
  // Only their schemas are looked at: no command is run.
  const asked = commands({} as Services)
  const sent = asked.map(({ schema }) => schema)
  const acks = asked.filter(({ reply }) => reply === 'ack').map(({ ack }) => ack)
  const told = events.filter(({ audience }) => audience !== 'internal')
  const heard = [...socketFrames, ...told.map(({ schema }) => schema), ...acks].filter((schema, index, all) => all.findIndex(other => idOf(other) === idOf(schema)) === index)
  // With the shapes that are found in frames only.
  const others = schemas.filter(schema => !(idOf(schema) in openapi['components'].schemas))
  const frames = Object.fromEntries([...others, ...sent, ...heard].map(schema => [idOf(schema), inDocument(schema)]))
  const nodes = await openapiTS(bare({ ...openapi, paths: {}, components: { schemas: { ...openapi['components'].schemas, ...frames } } }), base)
  return [
    `${head}import type { components } from './rest-types.ts';\n`,
    declarations(nodes, new Set(Object.keys(frames))).replaceAll(/components\["schemas"\]\["(\w+)"\]/g, (path, name: string) => name in frames ? name : path),
    union('ClientFrame', 'Every frame a client can send.', sent.map(idOf)),
    union('ServerFrame', 'Every frame a client can hear.', heard.map(idOf)),
    union('NumberedFrame', 'The frames whose `seq` is their place in the log of their chat.', told.filter(({ numbered }) => numbered).map(({ schema }) => idOf(schema))),
    `/** The frame that answers a frame, by the \`type\` of that. */\nexport interface Answers {\n${asked.map(({ name, reply, ack }) => `    ${name}: ${reply === 'ack' ? idOf(ack) : nameOfFrame(reply)};\n`).join('')}}\n`
  ].join('\n')
}

/** The text of each file. */
export async function clientTypes (): Promise<Record<'rest-types.ts' | 'frame-types.ts', string>> {
  const openapi = await readOpenapi()
  return { 'rest-types.ts': await restTypes(openapi), 'frame-types.ts': await frameTypes(openapi) }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = await clientTypes()
  for (const [name, text] of Object.entries(files)) await writeFile(new URL(name, folder), text)
  process.stdout.write(`Written: ${Object.keys(files).map(name => `client/src/${name}`).join(', ')}\n`)
}
