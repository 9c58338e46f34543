/** A frame for sockets, serialised once however many hear it. */
export interface Frame {
  bytes: Buffer
  /** The number in the chat's log up to which it tells; undefined for what stands in no log. */
  seq: number | undefined
  /** The first number it tells of. */
  first: number
  /** May be left out for a slow reader. */
  droppable: boolean
  /** Whose sockets do not get it. */
  except: string | undefined
}

interface Numbers { seq?: number, first_seq?: number }

/** Serialises a frame; with numbers it is one of a chat's log. */
export function encode (content: object, { seq, first_seq = seq ?? 0 }: Numbers = {}, { droppable = false, except }: { droppable?: boolean, except?: string | undefined } = {}): Frame {
  return { bytes: Buffer.from(JSON.stringify(content)), seq, first: first_seq, droppable, except }
}
