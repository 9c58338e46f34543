import { setTimeout as delay } from 'node:timers/promises'
import type mongoose from 'mongoose'
import { mongo } from 'mongoose'
import type { Cast } from './cast.ts'
import type { Absence } from './churner.ts'
import { ask } from './http.ts'
import type { Ledger } from './ledger.ts'
import { type Message, type Reader, readChat } from './readers.ts'
import type { Stage } from './stage.ts'

export const clientRules = [
  'every reader\'s copy is the conversation',
  'nothing is missed, doubled or out of order on the wire',
  'nothing is given to anybody who was taken out',
  'no reply is left streaming',
  'unread counts and last messages are right'
] as const
const [copyRule, , goneRule, streamingRule, unreadRule] = clientRules

type Row = mongoose.mongo.BSON.Document

/** How long readers may take to hear of everything, and replies of dead processes to be ended, in milliseconds. */
const patienceMs = { readers: 30_000, replies: 60_000 }

/** A message in words, its members in one order, and without whether what is deleted now was edited before: an edit that one missed is not told any more. */
const told = (message: Message) => JSON.stringify(Object.entries(message.is_deleted ? { ...message, is_edited: false, edited_at: null } : message).sort(([one], [other]) => one < other ? -1 : 1))

/** No reply that can be read is being written any more; resolves when that is so, or it is too late. */
export async function checkReplies ({ db }: Cast, { broken }: Ledger) {
  const deadline = Date.now() + patienceMs.replies
  for (;;) {
    const streaming = await db.collection('messages').find({ status: 'streaming' }).toArray()
    // What lay on a branch that was deleted meanwhile stays as it was: its run ends, and nobody can read it.
    const branches = await db.collection('branches').find({ _id: { $in: streaming.map(({ branch_id: id }) => id) } }).toArray()
    const left = streaming.filter(({ branch_id: id }) => branches.some(({ _id }) => _id.equals(id)))
    const runs = await db.collection('runs').find({ status: 'running' }).toArray()
    if (left.length === 0 && runs.length === 0) return
    if (Date.now() > deadline) {
      for (const { _id, chat_id: chatId, run_id: runId } of left.slice(0, 10)) broken(streamingRule, `chat ${chatId}: reply ${_id} of run ${runId}`)
      for (const { _id, chat_id: chatId, lease_until: until } of runs.slice(0, 10)) broken(streamingRule, `chat ${chatId}: run ${_id}, its lease until ${until.toISOString()}`)
      return
    }
    await delay(500)
  }
}

/** What each reader has is what a fresh read of a process gives, message by message. */
export async function checkCopies ({ parleys }: Cast, { broken }: Ledger, { scenes }: Stage, readers: Reader[], heads: Map<string, number>) {
  const deadline = Date.now() + patienceMs.readers
  const isBehind = (reader: Reader) => [...reader.copies.keys()].filter(chatId => reader.at(chatId) < heads.get(chatId)!)
  while (Date.now() < deadline && readers.some(reader => isBehind(reader).length > 0)) await delay(100)
  for (const reader of readers) {
    for (const chatId of isBehind(reader)) broken(copyRule, `${reader.name}, chat ${chatId}: at ${reader.at(chatId)} of ${heads.get(chatId)}`)
    await reader.settled()
  }
  for (const [at, scene] of scenes.entries()) {
    const fresh = await readChat([parleys[at % parleys.length]!], scene.owner.token, scene.id)
    const texts = new Map([...fresh.values()].map(message => [message.id, told(message)]))
    for (const { name, copies } of readers) {
      const copy = copies.get(scene.id)
      if (!copy) continue
      const missing = [...texts.keys()].filter(id => !copy.has(id))
      const more = [...copy.values()].filter(({ id }) => !texts.has(id))
      const other = [...copy.values()].filter(message => texts.has(message.id) && texts.get(message.id) !== told(message))
      if (missing.length > 0) broken(copyRule, `${name}, chat ${scene.id}: ${missing.length} of ${texts.size} messages are missing, the first ${texts.get(missing[0]!)}`)
      if (more.length > 0) broken(copyRule, `${name}, chat ${scene.id}: ${more.length} messages too many, the first ${told(more[0]!)}`)
      if (other.length > 0) broken(copyRule, `${name}, chat ${scene.id}: ${other.length} messages differ, the first ${told(other[0]!)} instead of ${texts.get(other[0]!.id)}`)
    }
  }
}

/** What was heard by those who had been taken out; `rows` is the log of each chat. */
export function checkAbsences ({ broken }: Ledger, readers: Reader[], absences: Absence[], rows: Map<string, Row[]>) {
  for (const [chatId, log] of rows) {
    for (const userId of new Set(absences.map(absence => absence.userId))) {
      // The n-th absence began with the n-th removal.
      const removals = log.filter(({ type, user_id: id }) => type === 'participant_removed' && String(id) === userId).map(({ seq }) => seq as number)
      const own = absences.filter(absence => absence.chatId === chatId && absence.userId === userId)
      if (removals.length !== own.length) broken(goneRule, `chat ${chatId}: ${own.length} removals of ${userId} were asked for, the log has ${removals.length}`)
      for (const [index, { until }] of own.entries()) {
        const from = removals[index] ?? Infinity
        for (const { name, player, heard } of readers) {
          if (player.id !== userId) continue
          const since = index === 0 ? 0 : own[index - 1]!.until
          for (const { seq, at } of heard.filter(one => one.chatId === chatId && one.seq > from && one.at < until && one.at > since)) broken(goneRule, `${name}, chat ${chatId}: number ${seq} after the removal with number ${from}, ${until - at} ms before they were let in again`)
        }
      }
    }
  }
}

/** What the list of chats says of each is what the log says. */
export async function checkUnread ({ parleys, db }: Cast, { broken, acknowledged }: Ledger, { scenes, players, visitors }: Stage, rows: Map<string, Row[]>) {
  const dropped = new Map<string, Set<string>>()
  for (const { id } of scenes) dropped.set(id, new Set((await db.collection('branches').find({ chat_id: new mongo.ObjectId(id) }).toArray()).map(({ _id }) => String(_id))))
  const newestOwn = new Map<string, number>()
  for (const { chatId, senderId, seq } of acknowledged) newestOwn.set(`${chatId} ${senderId}`, Math.max(seq, newestOwn.get(`${chatId} ${senderId}`) ?? 0))
  for (const [at, player] of [...players, ...visitors].entries()) {
    const reply = await ask(parleys[at % parleys.length]!.port, 'GET', '/api/v1/chats?limit=100', { token: player.token })
    const marks = new Map((await db.collection('reads').find({ user_id: new mongo.ObjectId(player.id) }).toArray()).map(({ chat_id: chatId, seq }) => [String(chatId), seq as number]))
    for (const scene of scenes) {
      if (![...scene.people, ...scene.guests].some(({ id }) => id === player.id)) continue
      const chat = reply?.body?.items?.find(({ id }: { id: string }) => id === scene.id)
      if (!chat) {
        broken(unreadRule, `${player.username}: chat ${scene.id} is not in the list (${reply?.status})`)
        continue
      }
      const log = rows.get(scene.id)!
      const mark = marks.get(scene.id) ?? 0
      const own = newestOwn.get(`${scene.id} ${player.id}`) ?? 0
      if (mark < own) broken(unreadRule, `${player.username}, chat ${scene.id}: has read up to ${mark} and wrote number ${own}`)
      const after = log.filter(({ seq }) => seq > mark).slice(0, 5000)
      const unread = after.filter(({ kind, is_deleted: isDeleted, sender_id: sender, branch_id: branch }) => kind === 'message' && !isDeleted && String(sender) !== player.id && dropped.get(scene.id)!.has(String(branch))).length
      if (chat.unread_count !== Math.min(1000, unread)) broken(unreadRule, `${player.username}, chat ${scene.id}: ${chat.unread_count} unread instead of ${unread}`)
      if (chat.last_seq !== log.at(-1)?.['seq']) broken(unreadRule, `${player.username}, chat ${scene.id}: last_seq is ${chat.last_seq} instead of ${log.at(-1)?.['seq']}`)
    }
  }
}
