import { computed, signal } from '@preact/signals'
import { check, faultsOf, type Faults } from './check.ts'
import { commands, fieldsOf, type FrameCommand, skeleton } from './commands.ts'
import { remember } from './history.ts'

type Frame = Record<string, unknown>

/** What became of a frame that was sent. */
export interface Outcome { isGood: boolean, text: string, faults: Faults }

/** The frame that is being written, as text. */
export const text = signal('')
export const outcome = signal<Outcome | undefined>(undefined)
export const isWaiting = signal(false)
/** The ids of what is on the screen, by the member of a frame that takes them. */
export const known = signal<Record<string, string | undefined>>({})

const parsed = computed((): { frame?: Frame, fault?: string } => {
  try {
    const frame: unknown = JSON.parse(text.value)
    return typeof frame === 'object' && frame !== null && !Array.isArray(frame) ? { frame: frame as Frame } : { fault: 'A frame is a JSON object.' }
  } catch (error) {
    return { fault: `This is not JSON: ${(error as Error).message}` }
  }
})

export const frame = computed(() => parsed.value.frame)
/** The command that the text names. */
export const command = computed(() => commands.value?.find(({ name }) => name === frame.value?.['type']))
export const fields = computed(() => command.value ? fieldsOf(command.value) : [])

/** What is wrong with the text before it is sent. */
export const faults = computed((): Faults => {
  const { frame, fault } = parsed.value
  if (!frame) return { '': fault! }
  if (!command.value) return { '': `"type" must be one of: ${(commands.value ?? []).map(({ name }) => name).join(', ')}` }
  return check(command.value.schemaName, frame)
})

/** What to show beside the fields: what is wrong now, else what the server said of this text. */
export const shownFaults = computed(() => Object.keys(faults.value).length > 0 ? faults.value : outcome.value?.faults ?? {})
export const isReady = computed(() => !isWaiting.value && Object.keys(faults.value).length === 0)

export function write (next: string) {
  text.value = next
  outcome.value = undefined
}

const spread = (frame: Frame) => JSON.stringify(frame, null, 2)

/** Begins another frame from its example. */
export const begin = (next: FrameCommand) => { write(spread(skeleton(next, known.value))) }

/** Puts a member into the frame, or takes it out. */
export function put (member: string, value: unknown) {
  const next = { ...frame.value }
  if (value === undefined) delete next[member]
  else next[member] = value
  write(spread(next))
}

/** How a frame is sent; answers the frame that answers it. Fails when none comes. */
export type Send = (frame: Frame) => Promise<Frame>

/** Sends the frame when nothing is wrong with it, and tells what became of it. */
export async function submit (send: Send) {
  if (!isReady.value || !frame.value) return
  const sent = frame.value
  const began = performance.now()
  remember(text.value)
  isWaiting.value = true
  try {
    const answer = await send(sent)
    const ms = Math.round(performance.now() - began)
    if (answer['type'] === 'error') {
      const refusal = answer as unknown as Parameters<typeof faultsOf>[0]
      outcome.value = { isGood: false, text: `${refusal.code}: ${refusal.message}`, faults: faultsOf(refusal, fields.value.map(({ name }) => name)) }
    } else outcome.value = { isGood: true, text: `Answered by ${String(answer['type'])} after ${ms} ms.`, faults: {} }
  } catch (error) {
    outcome.value = { isGood: false, text: (error as Error).message, faults: {} }
  } finally {
    isWaiting.value = false
  }
  // The same word for two frames would make their answers one.
  const [, count] = /^console-(\d+)$/.exec(String(sent['id'])) ?? []
  if (count !== undefined && outcome.value?.isGood) text.value = spread({ ...sent, id: `console-${Number(count) + 1}` })
}
