import type { Group } from '../load/sockets.ts'
import { dialectOf, type Load, targetOf } from '../load/program.ts'
import type { Stage, Subject } from '../types.ts'
import { openedAtOnce } from './resident.ts'

/** Chats of so many people, each with a socket in its chat, and the numbers of the sockets for the load program. */
export async function openGroups (stage: Stage, load: Load, subject: Subject, { chats, people: size }: { chats: number, people: number }): Promise<{ groups: Group[], chatIds: string[], close: () => Promise<void> }> {
  const people = await stage.people(subject, size)
  const groups: Group[] = []
  const chatIds: string[] = []
  let from: number | undefined
  let to = 0
  for (let index = 0; index < chats; index++) {
    const chatId = await stage.chat(subject, people)
    chatIds.push(chatId)
    const { first } = await load.tell('open', { dialect: dialectOf(subject), targets: people.map(person => targetOf(subject, chatId, person)), atOnce: openedAtOnce })
    from ??= first
    to = first + size
    groups.push({ sockets: people.map((_, place) => first + place) })
  }
  return { groups, chatIds, close: async () => { await load.tell('close', { from: from!, to }) } }
}
