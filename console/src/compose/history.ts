import { signal } from '@preact/signals'

const key = 'parley-sent-frames'
const bound = 50

function read (): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '[]')
    return Array.isArray(kept) ? kept.filter(item => typeof item === 'string') : []
  } catch {
    return []
  }
}

/** The frames that were sent from this browser by hand, newest first, as they were written. */
export const sentBefore = signal(read())

/** Keeps a frame that was sent; one with a token is not kept. */
export function remember (text: string) {
  if (text.includes('"token"')) return
  sentBefore.value = [text, ...sentBefore.value.filter(other => other !== text)].slice(0, bound)
  localStorage.setItem(key, JSON.stringify(sentBefore.value))
}
