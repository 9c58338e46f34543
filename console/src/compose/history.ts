import { effect, signal } from '@preact/signals'
import { isSignedIn } from '../session/session.ts'

const key = 'parley-sent-frames'
const bound = 50

function read (): string[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(key) ?? '[]')
    return Array.isArray(kept) ? kept.filter(item => typeof item === 'string') : []
  } catch {
    return []
  }
}

/** The frames that were sent from this tab by hand, newest first, as they were written, until one signs out: they hold what people wrote. */
export const sentBefore = signal(read())

effect(() => {
  if (isSignedIn.value) return
  sentBefore.value = []
  sessionStorage.removeItem(key)
})

/** Keeps a frame that was sent; one with a token is not kept. */
export function remember (text: string) {
  if (text.includes('"token"')) return
  sentBefore.value = [text, ...sentBefore.value.filter(other => other !== text)].slice(0, bound)
  sessionStorage.setItem(key, JSON.stringify(sentBefore.value))
}
