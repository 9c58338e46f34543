import { signal } from '@preact/signals'

export interface Schema {
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  description?: string
  examples?: unknown[]
  default?: unknown
  maxLength?: number
  properties?: Record<string, Schema>
  required?: string[]
}

/** A frame that can be sent, as the served document describes it; `schemaName` finds its compiled check. */
export interface FrameCommand { name: string, schemaName: string, summary: string, schema: Schema, example: Record<string, unknown> }

interface Message { name: string, summary?: string, payload: { $ref?: string }, examples?: { payload: Record<string, unknown> }[] }
interface Document { components: { schemas: Record<string, Schema>, messages: Record<string, Message> } }

/** The commands of the socket; undefined until they are read. */
export const commands = signal<FrameCommand[] | undefined>(undefined)
export const commandsFault = signal<string | undefined>(undefined)

/** The messages that are commands: their payload is the schema of one. */
function commandsOf ({ components: { schemas, messages } }: Document): FrameCommand[] {
  return Object.values(messages).flatMap(({ name, summary = '', payload, examples = [] }) => {
    const schemaName = payload.$ref?.split('/').at(-1) ?? ''
    const schema = schemas[schemaName]
    return schemaName.endsWith('Command') && schema ? [{ name, schemaName, summary: plain(summary), schema, example: examples[0]?.payload ?? {} }] : []
  })
}

/** The descriptions are written for readers of Markdown. */
export const plain = (text: string) => text.replaceAll('`', '')

/** Reads from the AsyncAPI document of this server which frames there are. */
export async function loadCommands () {
  try {
    const answer = await fetch('/asyncapi.json')
    if (!answer.ok) throw new Error(`/asyncapi.json answered ${answer.status}.`)
    commands.value = commandsOf(await answer.json() as Document)
    commandsFault.value = undefined
  } catch (error) {
    commandsFault.value = `The list of frames could not be read: ${(error as Error).message}`
  }
}

/** The members a person fills in, needed ones first; the type is chosen by the command. */
export function fieldsOf ({ schema }: FrameCommand): { name: string, schema: Schema, isNeeded: boolean }[] {
  const fields = Object.entries(schema.properties ?? {}).filter(([name]) => name !== 'type')
    .map(([name, property]) => ({ name, schema: property, isNeeded: schema.required?.includes(name) ?? false }))
  return [...fields.filter(({ isNeeded }) => isNeeded), ...fields.filter(({ isNeeded, name }) => !isNeeded && name !== 'id'), ...fields.filter(({ name }) => name === 'id')]
}

let sent = 0

/** A frame to begin with: the example, with the ids of what is on the screen in the place of made-up ones. */
export function skeleton ({ name, schema, example }: FrameCommand, known: Record<string, string | undefined>): Record<string, unknown> {
  const frame: Record<string, unknown> = { type: name, id: `console-${++sent}` }
  for (const [member, value] of Object.entries(example)) if (!(member in frame)) frame[member] = known[member] ?? value
  for (const member of schema.required ?? []) frame[member] ??= known[member] ?? ''
  // A place that was made up would be refused.
  for (const member of ['since', 'epoch']) if (!known[member]) delete frame[member]
  return frame
}
