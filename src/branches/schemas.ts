import { type Static, Type } from '@sinclair/typebox'
import { contentSchema, Message } from '../messages/schemas.ts'
import { Closed, Count, Id, listQuery, Nullable, OneOf, Page, Ref, Time } from '../platform/typebox.ts'

const name = Type.String({ minLength: 1, maxLength: 100, pattern: '\\S', description: 'A name that no other branch of the chat has.', examples: ['Refund flow'] })

export const BranchKind = OneOf(['main', 'named', 'alternative'], { $id: 'BranchKind', description: '`main`: every chat is born with it. `named`: made by somebody. `alternative`: made by asking again or answering again.' })

export const Branch = Closed({
  id: Id('The branch.'),
  parent_chat_id: Id('The chat it belongs to.'),
  name,
  kind: Ref(BranchKind),
  parent_branch_id: Nullable(Id('The branch that holds the message it was forked from; null for `main`.')),
  fork_message_id: Nullable(Id('The last message it shares with its parent; null when it shares none.')),
  created_from_message_index: Nullable(Count('The place of that message on the path; null when it shares none.')),
  is_active: Type.Boolean({ description: 'Whether messages go to it that name no branch.' }),
  size: Count('How many messages its path has, tombstones counted.'),
  head_message_id: Nullable(Id('The newest message of its path.')),
  created_by: Id('Who made it.'),
  created_at: Time('When it was made.')
}, {
  $id: 'Branch',
  description: 'A line of a conversation: its own messages, and those of its ancestors up to where it was forked.',
  examples: [{
    id: '66f0c0ffee0000000000b002',
    parent_chat_id: '66f0c0ffee0000000000c001',
    name: 'Refund flow',
    kind: 'named',
    parent_branch_id: '66f0c0ffee0000000000b001',
    fork_message_id: '66f0c0ffee0000000000d002',
    created_from_message_index: 1,
    is_active: false,
    size: 2,
    head_message_id: '66f0c0ffee0000000000d002',
    created_by: '66f0c0ffee0000000000a001',
    created_at: '2026-11-21T09:33:00.000Z'
  }]
})
export type Branch = Static<typeof Branch>

/** The members of making a branch, over REST and sockets alike. */
export const createMembers = {
  name: Type.Optional(name),
  message_id: Type.Optional(Id('Fork after this message.')),
  message_index: Type.Optional(Count('Fork after the message in this place of the path, from 0.')),
  turn_index: Type.Optional(Count('Fork after this turn of the path, from 0.')),
  branch_id: Type.Optional(Id('The path that the index counts on or the message is on. Left out: the active branch for an index, any for a message.')),
  replace_with: Type.Optional(contentSchema('Ask again: the branch is made before the chosen message, and this text is sent to it in that message\'s place.')),
  activate: Type.Optional(Type.Boolean({ description: 'Make it the active branch. Left out: only with `replace_with`, where you may.' }))
}

export const BranchCreate = Closed(createMembers, { $id: 'BranchCreate', description: 'Where to fork, by exactly one of `message_id`, `message_index` and `turn_index`; with a `name`, or with `replace_with`.', examples: [{ name: 'Refund flow', message_index: 1 }] })
export type BranchCreate = Static<typeof BranchCreate>

export const BranchCreated = Closed({ ...Branch.properties, message: Nullable(Ref(Message)) }, { $id: 'BranchCreated', description: 'The new branch, and the message that `replace_with` sent to it.', examples: [{ ...Branch.examples![0] as object, message: null }] })
export type BranchCreated = Static<typeof BranchCreated>

export const BranchUpdate = Closed({ name }, { $id: 'BranchUpdate', description: 'The new name.', examples: [{ name: 'Refunds' }] })
export const ActiveBranch = Closed({ branch_id: Id('The branch to make active.') }, { $id: 'ActiveBranch', description: 'Which branch messages go to that name none.', examples: [{ branch_id: '66f0c0ffee0000000000b002' }] })

export const BranchPage = { ...Page('BranchPage', Branch), description: 'A page of branches.', examples: [{ items: [Branch.examples![0]], next_cursor: null }] }

export const TreeNode = Closed({
  ...Branch.properties,
  own_size: Count('How many messages are its own, tombstones counted.'),
  depth: Count('How many ancestors it has.', { maximum: 100 }),
  first_words: Nullable(Type.String({ maxLength: 80, description: 'How its own first message begins; null when it has none or that is deleted.' }))
}, { $id: 'TreeNode', description: 'A branch in the drawing of a chat.', examples: [{ ...Branch.examples![0] as object, own_size: 0, depth: 1, first_words: null }] })

export const TreePage = { ...Page('TreePage', TreeNode), description: 'A page of the tree, parents before children.', examples: [{ items: [TreeNode.examples![0]], next_cursor: null }] }

const Side = Closed({
  branch_id: Id('The branch.'),
  size: Count('How many messages its path has after the parting, tombstones counted.'),
  items: Type.Array(Ref(Message), { maxItems: 100, description: 'The first of them, oldest first.' })
}, {
  $id: 'BranchDiffSide',
  description: 'What one of two branches has after they part.',
  examples: [{ branch_id: '66f0c0ffee0000000000b001', size: 1, items: [Message.examples![0]] }]
})
export { Side as BranchDiffSide }

export const BranchDiff = Closed({
  common_size: Count('How many messages both paths share.'),
  common_message_id: Nullable(Id('The last message that both paths share.')),
  branch: Ref(Side),
  other: Ref(Side)
}, {
  $id: 'BranchDiff',
  description: 'Where two branches part, and what each has after.',
  examples: [{ common_size: 2, common_message_id: '66f0c0ffee0000000000d002', branch: Side.examples![0], other: { branch_id: '66f0c0ffee0000000000b002', size: 0, items: [] } }]
})

export const ForkCreate = Closed({
  include: Type.Optional(OneOf(['path', 'branches'], { default: 'path', description: 'The path of one branch, or all branches.' })),
  branch_id: Type.Optional(Id('Whose path; the active branch when left out.')),
  title: Type.Optional(Type.String({ minLength: 1, maxLength: 200, pattern: '\\S', description: 'The title of the new chat.' }))
}, { $id: 'ForkCreate', description: 'What the new chat takes over.', examples: [{ include: 'path', title: 'A copy' }] })
export type ForkCreate = Static<typeof ForkCreate>

export const ChatParams = Closed({ chat_id: Id('The chat.') })
export const BranchParams = Closed({ chat_id: Id('The chat.'), branch_id: Id('The branch.') })
export const DiffParams = Closed({ chat_id: Id('The chat.'), branch_id: Id('The branch.'), other_id: Id('Another branch of the chat.') })
export const ListQuery = Closed(listQuery)
export type ListQuery = Static<typeof ListQuery>
export const DiffQuery = Closed({ limit: listQuery.limit })
export const DeleteQuery = Closed({ cascade: Type.Optional(Type.Boolean({ default: false, description: 'Also delete the branches forked from it.' })) })
