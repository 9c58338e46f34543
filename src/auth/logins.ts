import { Problem } from '../platform/errors.ts'
import type { Users } from '../users/service.ts'
import type { Passwords } from './passwords.ts'
import type { Client, Sessions } from './sessions.ts'

type Account = Awaited<ReturnType<Users['findForLogin']>>

/** Logins by name and password. */
export function createLogins ({ users, passwords, sessions }: { users: Users, passwords: Passwords, sessions: Sessions }) {
  /** Replaces a hash of an older cost, now that the password is at hand. The login does not depend on it. */
  async function renewHash (userId: string, hash: string, password: string): Promise<void> {
    if (passwords.isOutdated(hash)) await users.setPasswordHash(userId, await passwords.hash(password), hash)
  }

  async function begin (client: Client, account: Account, password: string) {
    const right = await passwords.verify(account?.password_hash, password)
    if (!account || !right) throw new Problem('invalid_credentials')
    if (!account.is_active) throw new Problem('account_deactivated')
    const session = await sessions.begin(account.id, client)
    // A password changed or an account switched off since it was checked has ended all sessions before this one began.
    const current = await users.credentials(account.id)
    if (current && !current.is_active) {
      await sessions.end(account.id, session.id)
      throw new Problem('account_deactivated')
    }
    if (!current || (current.password_hash !== account.password_hash && !await passwords.verify(current.password_hash, password))) {
      await sessions.end(account.id, session.id)
      throw new Problem('invalid_credentials')
    }
    await renewHash(account.id, current.password_hash, password)
    return { userId: account.id, session }
  }

  /**
   * Begins a session by a name and a password, and writes down whose, or whose it would have been; never what was typed.
   * Throws `invalid_credentials`, `account_deactivated`, `overloaded`.
   */
  return async function login (client: Client, name: string, password: string) {
    const account = await users.findForLogin(name)
    const about = { user_id: account?.id, ip: client.ip }
    try {
      const begun = await begin(client, account, password)
      client.log?.info({ ...about, session_id: begun.session.id }, 'logged in')
      return begun
    } catch (error) {
      client.log?.warn({ ...about, code: error instanceof Problem ? error.code : undefined }, 'login refused')
      throw error
    }
  }
}
