import { isDeepStrictEqual } from 'node:util'
import type { Stage, Subject } from '../types.ts'

let compared = 0

/** What a subject answers to those who may and those who may not: the statuses of a page and of a send, by who asks. */
async function statusesOf (stage: Stage, subject: Subject): Promise<Record<string, number[]>> {
  const { page, send, register, logout } = subject.api
  const [member] = await stage.people(subject, 1)
  const name = `${subject.name.replaceAll(/\W/g, '')}${++compared}`
  const [stranger, leaver] = [await register(`stranger${name}`), await register(`leaver${name}`)]
  const chat = await stage.chat(subject, [member!, leaver])
  const statuses = async (token?: string) => {
    const headers = { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) }
    const answers = [await fetch(page(chat), { headers }), await fetch(send(chat), { method: 'POST', headers, body: JSON.stringify({ content: 'May I?' }) })]
    await Promise.all(answers.map(each => each.arrayBuffer()))
    return answers.map(({ status }) => status)
  }
  const before = await statuses(leaver.token)
  await logout(leaver)
  return {
    'a member': await statuses(member!.token),
    nobody: await statuses(),
    'a forged token': await statuses(`${member!.token.slice(0, -4)}AAAA`),
    'a stranger': await statuses(stranger.token),
    'a member before they log out': before,
    'a member after they have logged out': await statuses(leaver.token)
  }
}

/** Throws where a subject lets in, or turns away, others than the first one does. */
export async function compareRights (stage: Stage, [first, ...others]: Subject[]): Promise<string> {
  const wanted = await statusesOf(stage, first!)
  for (const other of others) {
    const given = await statusesOf(stage, other)
    for (const [who, statuses] of Object.entries(wanted)) {
      if (!isDeepStrictEqual(given[who], statuses)) throw new Error(`${other.name} answers ${given[who]!.join(' and ')} to ${who}, ${first!.name} ${statuses.join(' and ')}`)
    }
  }
  return `${others.map(({ name }) => name).join(' and ')} let in and turn away whom ${first!.name} does: ${Object.keys(wanted).join(', ')}`
}
