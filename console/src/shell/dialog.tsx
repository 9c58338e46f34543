import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Icon } from './icon.tsx'

/** A native dialog, open as long as it exists: Escape and its cross end it, and the focus goes back to where it was. */
export function Dialog ({ title, onClose, children }: { title: string, onClose: () => void, children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null
    dialog.current!.showModal()
    return () => { before?.focus() }
  }, [])
  return (
    <dialog ref={dialog} aria-labelledby='dialog-title' onClose={onClose} onClick={event => { if (event.target === dialog.current) dialog.current!.close() }}>
      <div class='dialog'>
        <header>
          <h2 id='dialog-title'>{title}</h2>
          <button type='button' class='icon' aria-label='Close' onClick={() => { dialog.current!.close() }}><Icon name='close' /></button>
        </header>
        {children}
      </div>
    </dialog>
  )
}
