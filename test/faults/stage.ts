import type { Cast } from './cast.ts'
import { ask } from './http.ts'

export interface Player { id: string, username: string, token: string, refreshToken: string }
export interface Scene { id: string, branchId: string, owner: Player, people: Player[], guests: Player[] }

const password = 'correct horse battery staple'

/** Registers people and lets them make chats: groups whose people send, with guests who come and go, and one with an assistant for each owner. */
export async function setStage ({ parleys }: Cast, { people, guests, groups, perGroup }: { people: number, guests: number, groups: number, perGroup: number }) {
  let made = 0
  const post = async (path: string, body: object, token?: string) => {
    const reply = await ask(parleys[made++ % parleys.length]!.port, 'POST', `/api/v1${path}`, { body, ...(token !== undefined && { token }) })
    if (!reply || reply.status >= 300) throw new Error(`${path} answered ${reply?.status}: ${JSON.stringify(reply?.body)}`)
    return reply.body
  }
  const register = async (username: string): Promise<Player> => {
    const { user, access_token: token, refresh_token: refreshToken } = await post('/auth/register', { username, email: `${username}@example.com`, password })
    return { id: user.id, username, token, refreshToken }
  }
  const players: Player[] = []
  for (let i = 0; i < people; i++) players.push(await register(`sender-${i}`))
  const visitors: Player[] = []
  for (let i = 0; i < guests; i++) visitors.push(await register(`guest-${i}`))

  const scenes: Scene[] = []
  for (let i = 0; i < groups; i++) {
    const inside = Array.from({ length: perGroup }, (_, n) => players[(i * 3 + n) % people]!)
    const [owner, ...others] = inside
    const chat = await post('/chats', { type: 'group', title: `Group ${i}`, assistant_enabled: true, participant_ids: [...others, ...visitors].map(({ id }) => id) }, owner!.token)
    scenes.push({ id: chat.id, branchId: chat.active_branch_id, owner: owner!, people: inside, guests: visitors })
  }
  return { players, visitors, scenes }
}

export type Stage = Awaited<ReturnType<typeof setStage>>
