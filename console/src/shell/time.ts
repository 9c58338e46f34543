const sameDay = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const otherDay = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })

/** A time for a list: the hour of today, else the day. */
export function shortTime (text: string): string {
  const time = new Date(text)
  return (time.toDateString() === new Date().toDateString() ? sameDay : otherDay).format(time)
}

/** A time for a hint: all of it. */
export const longTime = (text: string): string => new Date(text).toLocaleString('en-GB')
