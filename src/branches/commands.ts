import { command, writeProblems } from '../platform/command.ts'
import { Id, Ref } from '../platform/typebox.ts'
import { Branch, BranchCreated, createMembers } from './schemas.ts'
import type { Branches } from './service.ts'

const chat = { chat_id: Id('The chat.') }
const chatId = '66f0c0ffee0000000000c001'

/** The frames that do what the branch operations do. */
export const branchCommands = ({ branches }: { branches: Branches }) => [
  command({
    name: 'branch',
    summary: 'Makes a branch, or asks again with another text; everybody in the chat hears `branch_created`.',
    limit: 'send',
    properties: { ...chat, ...createMembers },
    example: { chat_id: chatId, name: 'Refund flow', message_index: 1 },
    answer: { branch: Ref(BranchCreated) },
    answerExample: { branch: BranchCreated.examples![0] },
    problems: ['index_off_path', 'chat_not_found', 'branch_not_found', 'message_not_found', 'forbidden', 'role_not_allowed', 'branch_name_taken', 'branch_too_deep', 'too_many_branches', ...writeProblems],
    run: async (actor, { chat_id, ...body }) => ({ branch: await branches.create(actor, chat_id, body) })
  }),
  command({
    name: 'activate_branch',
    summary: 'Makes a branch the one that messages go to which name none; everybody hears `active_branch_changed`.',
    properties: { ...chat, branch_id: Id('The branch.') },
    example: { chat_id: chatId, branch_id: '66f0c0ffee0000000000b002' },
    answer: { branch: Ref(Branch) },
    answerExample: { branch: { ...Branch.examples![0] as object, is_active: true } },
    problems: ['chat_not_found', 'branch_not_found', 'forbidden', ...writeProblems],
    run: async (actor, { chat_id, branch_id }) => ({ branch: await branches.activate(actor, chat_id, branch_id) })
  })
]
