/** Paths on a field of 20 by 20, drawn as lines. */
const paths = {
  sun: 'M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7ZM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1',
  moon: 'M16.5 11.8A7 7 0 0 1 8.2 3.5a7 7 0 1 0 8.3 8.3Z',
  plus: 'M10 4v12M4 10h12',
  send: 'M3.5 10 16.5 4l-4 12.5-3-5.5zM9.5 11l3-3',
  stop: 'M6 6h8v8H6z',
  reply: 'M8 5 3.5 9.5 8 14M3.5 9.5h7a6 6 0 0 1 6 6',
  branch: 'M6 4v12M6 11c5 0 8-1 8-5M14 3.2a1.6 1.6 0 1 0 .01 0M6 2.6a1.6 1.6 0 1 0 .01 0M6 14.6a1.6 1.6 0 1 0 .01 0',
  edit: 'M4 16h2.6L15.5 7 13 4.5 4 13.4zM11.4 6 14 8.6',
  trash: 'M4 6h12M8 6V4h4v2M6 6l.7 10h6.6L14 6',
  again: 'M15.5 8A6 6 0 1 0 16 11.5M15.8 4v4h-4',
  smile: 'M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14ZM7 12c1.6 2 4.4 2 6 0M7.5 8v.6M12.5 8v.6',
  left: 'M12 5l-5 5 5 5',
  right: 'M8 5l5 5-5 5',
  close: 'M5 5l10 10M15 5 5 15'
}

/** A small drawing beside or in the place of a word. */
export const Icon = ({ name }: { name: keyof typeof paths }) => <svg class='icon' viewBox='0 0 20 20' width='18' height='18' aria-hidden='true'><path d={paths[name]} /></svg>
