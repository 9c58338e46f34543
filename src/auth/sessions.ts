import type { FastifyBaseLogger } from 'fastify'
import { type Connection, trusted, Types } from 'mongoose'
import type { Bus } from '../platform/bus.ts'
import type { Clock } from '../platform/clock.ts'
import type { Config } from '../platform/config.ts'
import { createCursors } from '../platform/cursor.ts'
import { Problem } from '../platform/errors.ts'
import { createFindFew } from '../platform/find-few.ts'
import type { Actor } from '../platform/guard.ts'
import { sessionRevoked } from './events.ts'
import { createSessionModel, type SessionRecord, toSession } from './model.ts'
import { createRefreshTokens, hashOf, type RefreshToken } from './refresh-tokens.ts'
import type { Session, SessionQuery } from './schemas.ts'

/** Where a session is begun from, and where to write down how that went. */
export interface Client { ip: string, user_agent: string | undefined, log?: Pick<FastifyBaseLogger, 'info' | 'warn'> }

/** How long, in milliseconds, a token still answers after it was exchanged: the answer may have been lost on its way. */
const grace = 10_000

const dayMs = 86_400_000

/** The sessions of people: begun by a login, kept alive by refreshing, ended by logout, revocation or time. */
export function createSessions ({ connection, bus, config, clock }: { connection: Connection, bus: Bus, config: Config, clock: Clock }) {
  const model = createSessionModel(connection)
  const findFew = createFindFew(connection)
  const tokens = createRefreshTokens(config)
  const cursors = createCursors(config.SECRET_KEY)
  /** When a session ends that was begun then and is used now. */
  const endOf = (begun: Date, now: Date) => new Date(Math.min(now.getTime() + config.REFRESH_TOKEN_EXPIRE_DAYS * dayMs, begun.getTime() + config.SESSION_MAX_DAYS * dayMs))

  async function end ({ _id, user_id }: Pick<SessionRecord, '_id' | 'user_id'>): Promise<boolean> {
    const { deletedCount } = await model.deleteOne({ _id })
    if (deletedCount === 1) bus.emit(sessionRevoked, { session_id: String(_id), user_id: String(user_id) })
    return deletedCount === 1
  }

  /** Makes the token the one before, if it is the current one; answers the session, null if another request was first. */
  function exchange ({ sessionId, secret }: RefreshToken, next: RefreshToken, begun: Date, now: Date) {
    return model.findOneAndUpdate(
      { _id: sessionId, refresh_hash: hashOf(secret), expires_at: trusted({ $gt: now }) },
      { $set: { refresh_hash: hashOf(next.secret), previous_hash: hashOf(secret), rotated_at: now, last_used_at: now, expires_at: endOf(begun, now) } },
      { returnDocument: 'after' }
    ).lean()
  }

  return {
    models: [model],

    /** Begins a session; answers its id and its first refresh token. */
    async begin (userId: string, { ip, user_agent }: Client): Promise<{ id: string, refreshToken: string }> {
      const now = new Date(clock.now())
      const _id = new Types.ObjectId()
      const token = tokens.first(String(_id))
      await model.create({
        _id,
        user_id: new Types.ObjectId(userId),
        refresh_hash: hashOf(token.secret),
        created_at: now,
        last_used_at: now,
        expires_at: endOf(now, now),
        user_agent: user_agent?.slice(0, 300) ?? null,
        ip
      })
      return { id: String(_id), refreshToken: tokens.write(token) }
    },

    /**
     * Exchanges a refresh token for its successor. The same token again, within ten seconds, gives the same successor; any
     * older one was stolen or copied, and ends the session. `admit` hears first whose session it is, and throws what keeps it as it is.
     * Throws `invalid_refresh_token`.
     */
    async refresh ({ ip, log }: Client, text: string, admit: (userId: string) => Promise<void>): Promise<{ id: string, userId: string, refreshToken: string }> {
      // A request is judged by when it came: what it waits for here is not its delay.
      const came = clock.now()
      const token = tokens.read(text)
      const asked = token && await model.findOne({ _id: token.sessionId }).select({ user_id: 1, created_at: 1 }).lean()
      if (!token || !asked) throw new Problem('invalid_refresh_token')
      await admit(String(asked.user_id))
      const now = new Date(clock.now())
      const next = tokens.successor(token)
      // A write that matches nothing waits for the majority all the same: the read behind it sees the exchange that was first.
      const session = await exchange(token, next, asked.created_at, now) ?? await model.findOne({ _id: token.sessionId }).lean()
      if (!session || session.expires_at <= now) throw new Problem('invalid_refresh_token')
      if (session.previous_hash !== hashOf(token.secret) || came - session.rotated_at!.getTime() > grace) {
        await end(session)
        log?.warn({ user_id: String(session.user_id), session_id: token.sessionId, ip }, 'a refresh token came again: its session is ended')
        throw new Problem('invalid_refresh_token', 'The refresh token was used before: its session is ended. Log in again.')
      }
      return { id: token.sessionId, userId: String(session.user_id), refreshToken: tokens.write(next) }
    },

    /** Whose session this is; undefined when it has ended. */
    async owner (sessionId: string): Promise<string | undefined> {
      const [session] = await findFew<{ user_id: Types.ObjectId }>('sessions', { filter: { _id: new Types.ObjectId(sessionId), expires_at: { $gt: new Date(clock.now()) } }, projection: { user_id: 1 }, limit: 1 })
      return session ? String(session.user_id) : undefined
    },

    /** Which of these sessions have not ended. */
    async living (ids: string[]): Promise<Set<string>> {
      const found = await model.find({ _id: trusted({ $in: ids.map(id => new Types.ObjectId(id)) }), expires_at: trusted({ $gt: new Date(clock.now()) }) }).select({ _id: 1 }).lean()
      return new Set(found.map(({ _id }) => String(_id)))
    },

    /** One's sessions, newest first, a page at a time. Throws `invalid_cursor`. */
    async list (actor: Actor, { limit = 50, cursor }: SessionQuery): Promise<{ items: Session[], next_cursor: string | null }> {
      const before = cursor && new Types.ObjectId(cursors.open<[string]>('sessions', cursor)[0])
      const filter = { user_id: actor.id, expires_at: trusted({ $gt: new Date(clock.now()) }), ...(before && { _id: trusted({ $lt: before }) }) }
      const records = await model.find(filter).sort({ _id: -1 }).limit(limit + 1).lean()
      const items = records.slice(0, limit).map(record => toSession(record, actor.session_id))
      return { items, next_cursor: records.length > limit ? cursors.seal('sessions', [items.at(-1)!.id]) : null }
    },

    /** Ends one session of a person; answers whether there was one. */
    async end (userId: string, sessionId: string): Promise<boolean> {
      const session = await model.findOne({ _id: sessionId, user_id: userId }).lean()
      return session !== null && await end(session)
    },

    /** Ends all sessions of a person, or all but one. */
    async endAll (userId: string, exceptId?: string): Promise<void> {
      const filter = { user_id: userId, ...(exceptId && { _id: trusted({ $ne: new Types.ObjectId(exceptId) }) }) }
      const sessions = await model.find(filter).select({ _id: 1 }).lean()
      await model.deleteMany({ _id: trusted({ $in: sessions.map(({ _id }) => _id) }) })
      for (const { _id } of sessions) bus.emit(sessionRevoked, { session_id: String(_id), user_id: userId })
    }
  }
}

export type Sessions = ReturnType<typeof createSessions>
