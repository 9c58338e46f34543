import type { mongo, Types } from 'mongoose'
import { Problem } from '../platform/errors.ts'
import type { ChangeEntry, Entry, MessageEntry } from './entry.ts'
import type { Place } from './place.ts'

/** A message before the log gave it a number and a place. */
export type MessageDraft = Pick<MessageEntry, 'branch_id' | 'role' | 'sender_id' | 'content'> &
  Partial<Pick<MessageEntry, '_id' | 'client_id' | 'client_digest' | 'reply_to' | 'turn_id' | 'status' | 'run_id'>> &
  { /** The newest message the sender knows of; another one at the branch's head refuses the send. */ expected_head?: Types.ObjectId }

/** A change before the log gave it a number. */
export type ChangeDraft = Omit<ChangeEntry, '_id' | 'kind' | 'chat_id' | 'seq' | 'created_at'>

export type Draft = ChangeDraft | MessageDraft

/** What a send ended as: the stored message, and whether an earlier send with the same `client_id` had stored it. */
export interface Sent { entry: MessageEntry, replayed: boolean }

interface Waiting<Outcome> {
  chatId: string
  /** The `_id` of the (first) entry, the same in every attempt: a write whose outcome was unknown is found again by it. */
  id: Types.ObjectId
  /** When to give up, as `performance.now` counts: a clock that is set meanwhile must not end it, nor keep it for ever. */
  deadline: number
  /** An attempt may have been kept without our knowing. */
  uncertain: boolean
  /** Resolved or rejected: nothing is to be done for it any more. */
  ended: boolean
  resolve: (outcome: Outcome) => void
  reject: (error: unknown) => void
}

export interface Send extends Waiting<Sent> {
  kind: 'send'
  /** Judges rights and branch anew and gives the draft. Called again whenever the chat's generation has moved. */
  prepare: () => Promise<MessageDraft>
  draft: MessageDraft
  generation: number | undefined
  /** Told in the order of `seq`, before the sender. */
  committed: (entry: MessageEntry) => void
}

/** What makes a read see the moment that other reads see. */
export interface Moment { session: mongo.ClientSession, readConcern: { level: 'snapshot' } }

export interface Transaction {
  session: mongo.ClientSession
  /** The number that the first entry of this change will have. */
  seq: number
  now: Date
}

/** What a change wants logged, what its caller is to have, and where branches begin that it makes. */
export interface Applied<Result> { drafts: Draft[], result: Result, newBranches?: Map<string, Place> }

export interface Attempt<Result = unknown> { rows: Entry[], result: Result }

export interface Change<Result = unknown> extends Waiting<Result> {
  kind: 'change'
  /** Makes the change within the transaction; no drafts means that nothing needs to change. May be called several times. */
  apply: (transaction: Transaction) => Promise<Applied<Result>>
  committed: (result: Result, entries: Entry[]) => void
  /** What each attempt was about to commit: if one was kept without our knowing, its number tells which. */
  attempts: Attempt<Result>[]
}

export type Operation = Send | Change

/** Why a write that ran out of time was given up, in the words of the catalogue. */
export const timeOver = ({ uncertain }: Operation, cause: unknown) =>
  new Problem(uncertain ? 'retry_same_client_id' : 'database_unavailable', undefined, { cause })

/** Waits a random time that grows with the attempts, at most 200 ms: two processes that collide should not collide again. */
export const backOff = (attempt: number) =>
  new Promise(resolve => { setTimeout(resolve, Math.random() * Math.min(200, 4 * 2 ** attempt)) })
