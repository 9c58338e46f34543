import type { Services } from './services.ts'

/** Ends the sockets of sessions and accounts that ended while nothing was heard of other processes: of those no log tells. */
export async function judgeAgain ({ hub, auth, users }: Pick<Services, 'hub' | 'auth' | 'users'>): Promise<void> {
  const { sessionIds, userIds } = hub.identities()
  for (const id of await auth.endedSessions(sessionIds)) hub.endSession(id)
  const active = await users.existing(userIds)
  for (const id of userIds) if (!active.has(id)) hub.revise(id)
}
