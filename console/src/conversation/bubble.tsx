const link = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)]/g

/** A text as it was written, with its addresses to follow; `streams` marks where it goes on. */
export function Bubble ({ text, streams = false }: { text: string, streams?: boolean }) {
  const parts = []
  let at = 0
  for (const { 0: address, index } of text.matchAll(link)) {
    parts.push(text.slice(at, index), <a key={index} href={address} target='_blank' rel='noopener noreferrer'>{address}</a>)
    at = index + address.length
  }
  return <div class='bubble'>{parts}{text.slice(at)}{streams && <span class='caret' aria-hidden='true' />}</div>
}
