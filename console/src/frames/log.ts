import { computed, effect, signal } from '@preact/signals'

/** What passed, or what happened to the socket itself. */
export interface LoggedFrame {
  id: number
  direction: 'in' | 'out' | 'note'
  /** Milliseconds since 1970. */
  at: number
  type: string
  chatId: string | undefined
  /** Bytes, in UTF-8. */
  size: number
  /** As it passed, without line breaks; a token is left out. */
  text: string
}

/** How many frames are kept. */
export const frameLimit = 2000

const bytes = new TextEncoder()
let made = 0
let frames: LoggedFrame[] = []
let scheduled = false
const version = signal(0)

export const filters = { type: signal(''), chatId: signal(''), text: signal('') }
/** The frames as they were when the list was paused. */
const frozen = signal<LoggedFrame[] | undefined>(undefined)
let frozenAt = 0
let madeAt = 0
export const isPaused = computed(() => frozen.value !== undefined)

/** Hundreds of frames a second are shown sixty times a second. A tab that is not seen draws nothing, so it needs no picture either. */
function schedule () {
  if (scheduled) return
  scheduled = true
  requestAnimationFrame(() => {
    scheduled = false
    version.value++
  })
}

const withoutToken = (text: string) => text.replace(/("token":\s*")[^"]+/g, '$1…')

/** Keeps a frame that passed, or an event of the socket; of too many the oldest goes. */
export function keep (direction: LoggedFrame['direction'], frame: Record<string, unknown>, text = JSON.stringify(frame)) {
  const chatId = frame['chat_id']
  frames.push({
    id: ++made,
    direction,
    at: Date.now(),
    type: typeof frame['type'] === 'string' ? frame['type'] : '?',
    chatId: typeof chatId === 'string' ? chatId : undefined,
    size: direction === 'note' ? 0 : bytes.encode(text).length,
    text: text.includes('"token"') ? withoutToken(text) : text
  })
  // Cut in portions: moving two thousand entries for each new one would cost more than all the rest.
  if (frames.length > frameLimit + 200) frames = frames.slice(-frameLimit)
  schedule()
}

const all = computed(() => version.value >= 0 && frozen.value ? frozen.value : frames.slice(-frameLimit))

/** How many came while the list stands still. */
export const heldBack = computed(() => frozen.value && version.value > frozenAt ? made - madeAt : 0)

export const count = computed(() => all.value.length)

/** The frames that pass the filters, oldest first. */
export const shown = computed(() => {
  const [type, chatId, text] = [filters.type.value, filters.chatId.value, filters.text.value.trim().toLowerCase()]
  if (!type && !chatId && !text) return all.value
  return all.value.filter(frame => (!type || frame.type === type) && (!chatId || frame.chatId === chatId) && (!text || frame.text.toLowerCase().includes(text)))
})

/** The types that were seen, for the filter. */
export const types = computed(() => [...new Set(all.value.map(({ type }) => type))].sort())

export function togglePause () {
  frozenAt = version.peek()
  madeAt = made
  frozen.value = frozen.value ? undefined : frames.slice(-frameLimit)
}

export function clear () {
  frames = []
  if (frozen.value) frozen.value = []
  version.value++
}

// A chosen type that is not there any more would hide all and not show why.
effect(() => { if (filters.type.value && count.value === 0) filters.type.value = '' })
