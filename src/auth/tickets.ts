import { createHash, randomBytes } from 'node:crypto'
import { type Connection, Schema, trusted, Types } from 'mongoose'
import type { Clock } from '../platform/clock.ts'

/** How long a ticket can be used, in seconds. */
export const ticketSeconds = 30

/** What a ticket stands for: a session or an API key, until its token ends (milliseconds since 1970). */
export interface Admission { userId: string, sessionId: string, tokenExpiresAt: number | undefined }

interface TicketRecord {
  /** The SHA-256 of the ticket, which itself is stored nowhere. */
  _id: string
  user_id: Types.ObjectId
  session_id: Types.ObjectId
  token_expires_at: Date | null
  expires_at: Date
}

const ticketSchema = new Schema<TicketRecord>({
  _id: { type: String, required: true },
  user_id: { type: Schema.Types.ObjectId, required: true },
  session_id: { type: Schema.Types.ObjectId, required: true },
  token_expires_at: { type: Date, default: null },
  expires_at: { type: Date, required: true }
}, { collection: 'tickets', versionKey: false, strict: 'throw', strictQuery: 'throw' })
  .index({ expires_at: 1 }, { expireAfterSeconds: 0, name: 'expires_at' })

const hashOf = (ticket: string) => createHash('sha256').update(ticket).digest('base64url')

/** Tickets that open one socket each: an address is no place for a token, as addresses are logged. */
export function createTickets ({ connection, clock }: { connection: Connection, clock: Clock }) {
  const model = connection.model<TicketRecord>('Ticket', ticketSchema)
  return {
    model,

    /** Makes a ticket. */
    async issue ({ userId, sessionId, tokenExpiresAt }: Admission): Promise<string> {
      const ticket = randomBytes(32).toString('base64url')
      await model.create({
        _id: hashOf(ticket),
        user_id: new Types.ObjectId(userId),
        session_id: new Types.ObjectId(sessionId),
        token_expires_at: tokenExpiresAt === undefined ? null : new Date(tokenExpiresAt),
        expires_at: new Date(clock.now() + ticketSeconds * 1000)
      })
      return ticket
    },

    /** Takes a ticket: of simultaneous tries one gets what it stands for. Undefined when it was never issued, is used or too old. */
    async redeem (ticket: string): Promise<Admission | undefined> {
      const record = await model.findOneAndDelete({ _id: hashOf(ticket), expires_at: trusted({ $gt: new Date(clock.now()) }) }).lean()
      return record ? { userId: String(record.user_id), sessionId: String(record.session_id), tokenExpiresAt: record.token_expires_at?.getTime() } : undefined
    }
  }
}
