import type { NumberedFrame, ServerFrame, SubscribedFrame } from './frame-types.ts'

/** Where this client is in the log of a chat that it hears. */
export interface Place {
  /** The highest number that was taken over; undefined until the first `subscribed`. */
  at: number | undefined
  epoch: string | undefined
  /** The newest `subscribed`. */
  subscribed: SubscribedFrame | undefined
}

type WithSeq = Extract<ServerFrame, { seq: number }>
/** Frames whose `seq` is no place in the log. */
const unnumbered = { subscribed: true, resync_required: true, read_marked: true } satisfies Record<Exclude<WithSeq, NumberedFrame>['type'], true>
const isNumbered = (frame: ServerFrame): frame is NumberedFrame => 'seq' in frame && frame.type !== 'ack' && !(frame.type in unnumbered)

/**
 * Takes a frame over: moves the place of its chat (docs/decisions/0013: a frame tells of the numbers from `first_seq` to `seq`, and
 * continues what is known when `first_seq` is at most one more). Answers `news`; `old` for what is known; `gap` for what comes too
 * early, before which something was lost.
 */
export function take (place: Place, frame: ServerFrame): 'news' | 'old' | 'gap' {
  switch (frame.type) {
    case 'subscribed':
      place.at ??= frame.seq
      place.epoch ??= frame.epoch
      place.subscribed = frame
      return 'news'
    case 'resync_required':
      place.at = frame.seq
      place.epoch = frame.epoch
      return 'news'
    case 'sync':
      if (place.at === undefined || frame.from > place.at) return 'gap'
      place.at = Math.max(place.at, frame.to)
      return 'news'
    default:
  }
  if (!isNumbered(frame)) return 'news'
  if (place.at === undefined || (frame.first_seq ?? frame.seq) > place.at + 1) return 'gap'
  if (frame.seq <= place.at) return 'old'
  place.at = frame.seq
  if (frame.type === 'chat_cleared') place.epoch = frame.epoch
  return 'news'
}
