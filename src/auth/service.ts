import type { JWT } from '@fastify/jwt'
import type { Config } from '../platform/config.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import type { Maybe } from '../platform/maybe.ts'
import { userDeleted } from '../users/events.ts'
import type { Me } from '../users/schemas.ts'
import type { WithAccount } from '../users/service.ts'
import { type Claim, createActors } from './actors.ts'
import { isKey, readKey } from './api-key-text.ts'
import { type ApiKeyNeeds, createApiKeys } from './api-keys.ts'
import { type Owner, refuseCommon } from './common-passwords.ts'
import { createLogins } from './logins.ts'
import { createPasswords } from './passwords.ts'
import type { Login, NewAccount, PasswordChange, SessionQuery, SocketTicket, TokenRequest, TokenSet } from './schemas.ts'
import { type Client, createSessions } from './sessions.ts'
import { createTickets, ticketSeconds } from './tickets.ts'
import { createAccessTokens } from './tokens.ts'

interface Needs extends ApiKeyNeeds { config: Config, jwt: JWT }

/** Sessions and keys that one read looks for. */
const portion = 1000

/** Logins, sessions and tokens; `jwt` is Fastify's, registered with `jwtOptions`. */
export function createAuth (needs: Needs) {
  const { connection, bus, users, config, jwt, clock } = needs
  const passwords = createPasswords()
  const accessTokens = createAccessTokens({ jwt, config, clock })
  const sessions = createSessions({ connection, bus, config, clock })
  const apiKeys = createApiKeys(needs)
  const tickets = createTickets({ connection, clock })
  const actorOf = createActors({ bus, users, sessions, apiKeys })
  const begin = createLogins({ users, passwords, sessions })
  bus.on(userDeleted, ({ user_id }) => sessions.endAll(user_id))

  const tokenSet = (userId: string, { id, refreshToken }: { id: string, refreshToken: string }): TokenSet => ({
    access_token: accessTokens.sign({ sub: userId, sid: id }),
    token_type: 'bearer',
    expires_in: accessTokens.lifetime,
    refresh_token: refreshToken
  })

  /** Throws `password_too_common`, in production: whoever only tries things out may have a password that everybody knows. */
  const refuseWeak = async (password: string, owner: Owner): Promise<void> => { if (config.NODE_ENV === 'production') await refuseCommon(password, owner) }

  async function loginAs (client: Client, name: string, password: string): Promise<TokenSet> {
    const { userId, session } = await begin(client, name, password)
    return tokenSet(userId, session)
  }

  /** New tokens for a refresh token. Throws `invalid_refresh_token`, `account_deactivated`. */
  async function refresh (client: Client, refreshToken: string): Promise<TokenSet> {
    const session = await sessions.refresh(client, refreshToken, async userId => {
      const account = await users.credentials(userId)
      if (!account) throw new Problem('invalid_refresh_token')
      if (!account.is_active) throw new Problem('account_deactivated')
    })
    return tokenSet(session.userId, session)
  }

  /** Makes an account with a password, and what belongs to it in the same transaction. Throws `password_too_common`, `email_taken`, `username_taken`, `overloaded`. */
  async function createAccount ({ password, ...account }: NewAccount & { role?: 'user' | 'admin' }, alongside?: WithAccount): Promise<Me> {
    await refuseWeak(password, account)
    const hash = await passwords.hash(password, async () => await users.refuseTaken(account))
    return await users.create({ ...account, password_hash: hash }, alongside)
  }

  function admit (found: Actor | undefined, end: number | undefined): Maybe<Actor> {
    const expiresAt = end ?? found?.expires_at
    if (expiresAt !== undefined && expiresAt <= clock.now()) throw new Problem('token_expired')
    if (!found) throw new Problem('unauthenticated')
    // With what is spread first, Node 20 would make a shape of its own for each such object.
    const actor = expiresAt === undefined ? found : { expires_at: expiresAt, ...found }
    return found.scopes ? apiKeys.note(found.session_id).then(() => actor) : actor
  }

  /** Who acts by a session or an API key now, until what says so ends. */
  function admitted (claim: Claim | undefined, end?: number): Maybe<Actor> {
    const found = claim && actorOf(claim)
    return found instanceof Promise ? found.then(found => admit(found, end)) : admit(found, end)
  }

  const current = ({ id, session_id, expires_at }: Pick<Actor, 'id' | 'session_id' | 'expires_at'>): Maybe<Actor> => admitted({ id: session_id, userId: id }, expires_at)

  return {
    models: [...sessions.models, apiKeys.model, tickets.model],
    apiKeys,
    createAccount,
    refresh,

    /** Ends all sessions of a person. */
    endSessions: (userId: string): Promise<void> => sessions.endAll(userId),

    /** Makes an account and logs it in. Throws `password_too_common`, `email_taken`, `username_taken`, `overloaded`. */
    async register (client: Client, account: NewAccount): Promise<{ user: Me } & TokenSet> {
      const user = await createAccount(account)
      return { user, ...tokenSet(user.id, await sessions.begin(user.id, client)) }
    },

    /**
     * Begins a session by email or username. Throws `invalid_credentials` for an unknown name as for a wrong password,
     * `account_deactivated` (only to who knows the password), `overloaded`, `validation_failed` without exactly one name.
     */
    async login (client: Client, { email, username, password }: Login): Promise<TokenSet> {
      const name = email ?? username
      if (name === undefined || (email !== undefined && username !== undefined)) {
        const message = 'must have exactly one of "email" and "username"'
        throw new Problem('validation_failed', `body ${message}`, { errors: [{ path: '', message }] })
      }
      return await loginAs(client, name, password)
    },

    /** OAuth 2's token request: a login or a refresh. Throws what they throw, `bad_request` when members are missing, `unsupported_grant_type`. */
    async token (client: Client, { grant_type = 'password', username, password, refresh_token }: TokenRequest): Promise<TokenSet> {
      if (grant_type === 'refresh_token') {
        if (!refresh_token) throw new Problem('bad_request', 'The member refresh_token is missing.')
        return await refresh(client, refresh_token)
      }
      if (grant_type !== 'password') throw new Problem('unsupported_grant_type', 'The grant type must be "password" or "refresh_token".')
      if (!username || !password) throw new Problem('bad_request', 'The members username and password are needed.')
      return await loginAs(client, username, password)
    },

    /** Ends the session that asks. */
    async logout (actor: Actor): Promise<void> {
      await sessions.end(actor.id, actor.session_id)
    },

    /** One's sessions, newest first. Throws `invalid_cursor`. */
    listSessions: (actor: Actor, query: SessionQuery) => sessions.list(actor, query),

    /** Which of these sessions and API keys have ended. */
    async endedSessions (ids: string[]): Promise<string[]> {
      const ended: string[] = []
      for (let at = 0; at < ids.length; at += portion) {
        const some = ids.slice(at, at + portion)
        const living = await Promise.all([sessions.living(some), apiKeys.living(some)])
        ended.push(...some.filter(id => !living.some(known => known.has(id))))
      }
      return ended
    },

    /** Ends one of one's own sessions. Throws `session_not_found`. */
    async revokeSession (actor: Actor, sessionId: string): Promise<void> {
      if (!await sessions.end(actor.id, sessionId)) throw new Problem('session_not_found')
    },

    /** Changes one's password and ends all other sessions. Throws `invalid_credentials` when the current one is wrong, `password_too_common`, `overloaded`. */
    async changePassword (actor: Actor, { current_password, new_password }: PasswordChange): Promise<void> {
      await refuseWeak(new_password, await users.me(actor))
      const account = await users.credentials(actor.id)
      const right = await passwords.verify(account?.password_hash, current_password)
      if (!account || !right || !await users.setPasswordHash(actor.id, await passwords.hash(new_password), account.password_hash)) {
        throw new Problem('invalid_credentials', 'The current password is wrong.')
      }
      await sessions.endAll(actor.id, actor.session_id)
    },

    /** Who acts with this access token or API key; `signed` is told before anything is read when this server has signed the token. Throws `token_expired`, or `unauthenticated` for anything else that is not valid now. */
    authenticate (token: string, signed?: () => void): Maybe<Actor> {
      if (isKey(token)) return admitted(readKey(token))
      const { sub, sid, expiresAt } = accessTokens.read(token)
      signed?.()
      return admitted({ id: sid, userId: sub }, expiresAt)
    },

    /** The same person by the same session or API key as they are now. Throws `token_expired` when the token they came with has ended, `unauthenticated` when the session or the key has. */
    renew: current,

    /** A ticket that opens one socket as oneself, within 30 seconds. */
    async issueTicket (actor: Actor): Promise<SocketTicket> {
      return { ticket: await tickets.issue({ userId: actor.id, sessionId: actor.session_id, tokenExpiresAt: actor.expires_at }), expires_in: ticketSeconds }
    },

    /** Who a ticket was issued to; it works once. Throws `unauthenticated`, `token_expired`. */
    async redeemTicket (ticket: string): Promise<Actor> {
      const admission = await tickets.redeem(ticket)
      if (!admission) throw new Problem('unauthenticated', 'The ticket is not valid, or was used before.')
      const { userId, sessionId, tokenExpiresAt } = admission
      return await current({ id: userId, session_id: sessionId, ...(tokenExpiresAt !== undefined && { expires_at: tokenExpiresAt }) })
    }
  }
}

export type Auth = ReturnType<typeof createAuth>
