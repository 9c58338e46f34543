/** A frame for sockets, serialised once however many hear it. */
export interface Frame {
  /** As it goes over the wire: header and text. */
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

/** The largest payloads whose length fits the header itself, and two bytes after it (RFC 6455, section 5.2). */
const inHeader = 125
const inTwoBytes = 65_535
/** A whole message of text. */
const finalText = 0x81

/** A text as one frame of the protocol, unmasked as those of a server are (RFC 6455, section 5.1). */
function toWire (text: string): Buffer {
  const length = Buffer.byteLength(text)
  const start = length <= inHeader ? 2 : length <= inTwoBytes ? 4 : 10
  const bytes = Buffer.allocUnsafe(start + length)
  bytes[0] = finalText
  if (start === 2) bytes[1] = length
  else if (start === 4) {
    bytes[1] = 126
    bytes.writeUInt16BE(length, 2)
  } else {
    bytes[1] = 127
    bytes.writeBigUInt64BE(BigInt(length), 2)
  }
  bytes.write(text, start)
  return bytes
}

interface Numbers { seq?: number, first_seq?: number }

/** Serialises a frame; with numbers it is one of a chat's log. */
export function encode (content: object, { seq, first_seq = seq ?? 0 }: Numbers = {}, { droppable = false, except }: { droppable?: boolean, except?: string | undefined } = {}): Frame {
  return { bytes: toWire(JSON.stringify(content)), seq, first: first_seq, droppable, except }
}
