import type { LoggedFrame } from './log.ts'

/** Members that stand in columns of their own, or say nothing at a glance. */
const left = new Set(['type', 'chat_id', 'id', 'client_id', 'timestamp', 'epoch', 'connection_id'])

/** An id by its end, a text by its beginning. */
const short = (value: string) => /^[0-9a-f]{24}$/.test(value) ? `…${value.slice(-4)}` : value.length > 60 ? `${value.slice(0, 60)}…` : value

function word ([name, value]: [string, unknown]): string | undefined {
  if (typeof value === 'string' && (name === 'content' || name === 'text')) return `“${short(value)}”`
  if (name === 'message' && typeof value === 'object' && value !== null && 'content' in value) return `“${short(String(value.content))}”`
  if (name === 'changes' && Array.isArray(value)) return `${value.length} changes`
  if (typeof value === 'string') return `${name.replace(/_id$/, '')} ${short(value)}`
  if (typeof value === 'number' || typeof value === 'boolean') return `${name} ${String(value)}`
  return undefined
}

/** What a frame tells, in half a line. */
export function gist ({ text, direction }: LoggedFrame): string {
  const frame = JSON.parse(text) as Record<string, unknown>
  if (direction === 'note') return String(frame['text'])
  const words = Object.entries(frame).filter(([name]) => !left.has(name)).map(word).filter(word => word !== undefined)
  // What somebody said comes first.
  return words.sort((a, b) => Number(b.startsWith('“')) - Number(a.startsWith('“'))).join(' · ')
}
