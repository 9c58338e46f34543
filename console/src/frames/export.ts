import type { LoggedFrame } from './log.ts'

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const toRecord = ({ direction, at, type, size, text }: LoggedFrame) => ({ at: new Date(at).toISOString(), direction, type, size, frame: parsed(text) })

/** The frames as text: one JSON object a line (`jsonl`), or one array. */
export function toFile (frames: LoggedFrame[], format: 'jsonl' | 'json'): string {
  const records = frames.map(toRecord)
  return format === 'json' ? `${JSON.stringify(records, null, 2)}\n` : records.map(record => `${JSON.stringify(record)}\n`).join('')
}

/** Hands a text to the person as a file. */
export function download (name: string, text: string) {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  const link = Object.assign(document.createElement('a'), { href: url, download: name })
  link.click()
  setTimeout(() => { URL.revokeObjectURL(url) }, 10_000)
}

/** A frame's text for reading. */
export const pretty = (text: string): string => {
  const value = parsed(text)
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
}
