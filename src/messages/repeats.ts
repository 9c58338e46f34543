import type { MessageEntry } from '../log/entry.ts'
import type { MessageCreate } from './schemas.ts'

/** Tells a repeat of a send from another send under the same `client_id`. `digestOf` digests with a key of its own. */
export function createRepeats (digestOf: (parts: unknown[]) => string) {
  const digestOfText = (content: string) => digestOf(['text', content])

  return {
    /** What has to be kept of a message whose text is about to be another one, or none: a digest of the text that it was sent with. */
    trace: ({ client_id, client_digest, content }: MessageEntry): Pick<MessageEntry, 'client_digest'> =>
      client_id === undefined || client_digest !== undefined ? {} : { client_digest: digestOfText(content) },

    /**
     * Whether a send says what the stored message said when it was sent. It is compared with what is stored, so that a send that is never repeated or changed pays nothing for it. An earlier version of
     * Parley, and other operations, stored a digest of the whole request. Of a text that went with its branch nothing can be said.
     */
    isRepeat ({ client_digest: digest, ...entry }: MessageEntry, { content, role = 'user', branch_id, reply_to }: MessageCreate): boolean {
      if (digest !== undefined && digest !== digestOfText(content)) return digest === digestOf([content, role, branch_id ?? null, reply_to ?? null])
      if (entry.role !== role || (branch_id !== undefined && branch_id !== entry.branch_id.toHexString()) || reply_to !== entry.reply_to?.toHexString()) return false
      return digest !== undefined || entry.is_deleted || entry.content === content
    }
  }
}

export type Repeats = ReturnType<typeof createRepeats>
