import { type Static, Type } from '@sinclair/typebox'
import { chatChanges } from '../log/entry.ts'
import { versionLimit } from '../log/versions.ts'
import { Closed, Count, Id, OneOf, Ref, Time } from '../platform/typebox.ts'
import { Message } from './schemas.ts'

const epoch = Type.String({ minLength: 16, maxLength: 16, pattern: '^[0-9a-f]+$', description: 'Changes when the history is cleared or restored from a backup.', examples: ['9f1c2d3e4b5a6978'] })
const changesLimit = 500

export const ChangeType = OneOf(['message', ...chatChanges], { $id: 'ChangeType', description: '`message`: a message was sent, edited, deleted or reacted to; the others: what happened to the chat, its people and its branches.' })

export const Change = Closed({
  seq: Count('Its number in the chat; for a message that of its newest change.', { minimum: 1 }),
  type: Ref(ChangeType),
  message: Type.Optional(Ref(Message)),
  user_id: Type.Optional(Id('Of `participant_…`: the person.')),
  branch_id: Type.Optional(Id('Of `branch_…` and `active_branch_changed`: the branch. A deleted branch\'s own messages are gone with it.')),
  actor_id: Type.Optional(Id('Who did it, unless it is a message.'))
}, {
  $id: 'Change',
  description: 'One thing that happened: a message in its present state, or a change of the chat, of which only ids are told.',
  examples: [
    { seq: 7, type: 'message', message: Message.examples![0] },
    { seq: 8, type: 'participant_added', user_id: '66f0c0ffee0000000000a002', actor_id: '66f0c0ffee0000000000a001' }
  ]
})
export type Change = Static<typeof Change>

export const Changes = Closed({
  chat_id: Id('The chat.'),
  epoch,
  from: Count('The number that was asked from.'),
  to: Count('The number you are at once you have taken over these changes.'),
  has_more: Type.Boolean({ description: 'There is more: ask again with `since` = `to`.' }),
  changes: Type.Array(Ref(Change), { maxItems: changesLimit })
}, {
  $id: 'Changes',
  description: 'What happened in a chat after a number, in order: each message once, in its present state, where its newest change lies.',
  examples: [{ chat_id: '66f0c0ffee0000000000c001', epoch: '9f1c2d3e4b5a6978', from: 6, to: 8, has_more: false, changes: Change.examples! }]
})
export type Changes = Static<typeof Changes>

export const ChangesQuery = Closed({
  since: Count('The highest number you know of the chat; 0 for all that happened in it.'),
  epoch: Type.Optional({ ...epoch, description: 'The chat\'s `epoch` as you know it; when it has another one by now you get 410.' }),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: changesLimit, default: 100, description: 'How many numbers are looked at, at the most; the answer may hold fewer changes.' }))
})
export type ChangesQuery = Static<typeof ChangesQuery>

export const MessageVersion = Closed({
  rev: Count('The last revision with this text.', { minimum: 1 }),
  content: Message.properties.content,
  edited_at: Time('When this text was written.')
}, { $id: 'MessageVersion', description: 'An earlier text of a message.', examples: [{ rev: 7, content: 'Hello, how are yuo?', edited_at: '2026-11-21T09:31:00.000Z' }] })

export const MessageVersions = Closed({
  items: Type.Array(Ref(MessageVersion), { maxItems: versionLimit }),
  next_cursor: Type.Null({ description: 'The newest 50 are kept: one page holds them all.' })
}, { $id: 'MessageVersions', description: 'What a message said before, newest first.', examples: [{ items: [MessageVersion.examples![0]], next_cursor: null }] })
