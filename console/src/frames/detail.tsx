import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { pretty } from './export.ts'
import type { LoggedFrame } from './log.ts'

const part = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\b/g

/** A JSON text with its parts in their colours. */
function Json ({ text }: { text: string }) {
  const parts = []
  let at = 0
  for (const match of text.matchAll(part)) {
    parts.push(text.slice(at, match.index))
    const [whole, string, colon] = match
    parts.push(<span key={match.index} class={string ? colon ? 'key' : 'string' : 'atom'}>{string ?? whole}</span>, colon)
    at = match.index + whole.length
  }
  return <pre tabIndex={0}>{parts}{text.slice(at)}</pre>
}

/** A frame as it passed, spread out. */
export function Detail ({ frame }: { frame: LoggedFrame }) {
  const copied = useSignal(false)
  const box = useRef<HTMLDivElement>(null)
  const copy = async () => {
    // Browsers give pages the clipboard over HTTPS and on this machine only: elsewhere it is marked, ready to be copied.
    if (!isSecureContext) return getSelection()?.selectAllChildren(box.current!.querySelector('pre')!)
    await navigator.clipboard.writeText(frame.text)
    copied.value = true
    setTimeout(() => { copied.value = false }, 1500)
  }
  return (
    <div class='frame-detail' ref={box}>
      <button type='button' class='small' onClick={() => { void copy() }}>{copied.value ? 'Copied' : 'Copy'}</button>
      <Json text={pretty(frame.text)} />
    </div>
  )
}
