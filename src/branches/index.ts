import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Chat } from '../chats/schemas.ts'
import { Nothing, operation } from '../platform/operation.ts'
import { Ref } from '../platform/typebox.ts'
import { ActiveBranch, Branch, BranchCreate, BranchCreated, BranchDiff, BranchPage, BranchParams, BranchUpdate, ChatParams, DeleteQuery, DiffParams, DiffQuery, ForkCreate, ListQuery, TreePage } from './schemas.ts'
import type { Branches } from './service.ts'

const tag = 'branches'

/** The operations on branches. */
const branchRoutes: FastifyPluginAsyncTypebox<{ branches: Branches }> = async (app, { branches }) => {
  app.route({
    method: 'POST',
    url: '/chats/:chat_id/branches',
    ...operation({
      id: 'createBranch',
      tag,
      summary: 'Branch here, or ask again',
      description: 'Makes a branch after the message that exactly one of `message_id`, `message_index` and `turn_index` names; an index counts on the path of `branch_id` or the active branch. It costs the same however long the history is: nothing is copied. With `replace_with` it is "edit my question and ask again": the branch is made before that message and the new text is sent to it, as an `alternative`. Anybody in the chat may branch. A chat has at most 1,000 branches, a branch at most 100 ancestors.',
      limit: 'send',
      input: { params: ChatParams, body: Ref(BranchCreate) },
      output: { 201: Ref(BranchCreated) },
      problems: ['index_off_path', 'chat_not_found', 'branch_not_found', 'message_not_found', 'forbidden', 'role_not_allowed', 'branch_name_taken', 'branch_too_deep', 'too_many_branches', 'chat_busy', 'retry_same_client_id']
    }),
    handler: async (request, reply) => {
      const branch = await branches.create(request.actor, request.params.chat_id, request.body)
      return await reply.code(201).header('Location', `/api/v1/chats/${request.params.chat_id}/branches/${branch.id}`).send(branch)
    }
  })

  app.route({
    method: 'GET',
    url: '/chats/:chat_id/branches',
    ...operation({
      id: 'listBranches',
      tag,
      summary: 'List the branches',
      description: 'The branches of a chat, oldest first, each with its size and its newest message. What happens to branches otherwise: clearing the chat removes them all and begins a new `main`; deleting a message leaves a tombstone, so no place on any path moves; removing somebody from the chat leaves what they made.',
      input: { params: ChatParams, querystring: ListQuery },
      output: { 200: Ref(BranchPage) },
      problems: ['chat_not_found', 'invalid_cursor']
    }),
    handler: async request => await branches.list(request.actor, request.params.chat_id, request.query)
  })

  app.route({
    method: 'GET',
    url: '/chats/:chat_id/branches/:branch_id',
    ...operation({
      id: 'getBranch',
      tag,
      summary: 'Get a branch',
      description: 'One branch with its size and its newest message.',
      input: { params: BranchParams },
      output: { 200: Ref(Branch) },
      problems: ['chat_not_found', 'branch_not_found']
    }),
    handler: async request => await branches.get(request.actor, request.params.chat_id, request.params.branch_id)
  })

  app.route({
    method: 'PATCH',
    url: '/chats/:chat_id/branches/:branch_id',
    ...operation({
      id: 'updateBranch',
      tag,
      summary: 'Rename a branch',
      description: 'Gives a branch another name; no two branches of a chat have the same. In a group who made it may, and an admin.',
      input: { params: BranchParams, body: Ref(BranchUpdate) },
      output: { 200: Ref(Branch) },
      problems: ['chat_not_found', 'branch_not_found', 'forbidden', 'branch_name_taken', 'chat_busy', 'retry_same_client_id']
    }),
    handler: async request => await branches.rename(request.actor, request.params.chat_id, request.params.branch_id, request.body.name)
  })

  app.route({
    method: 'DELETE',
    url: '/chats/:chat_id/branches/:branch_id',
    ...operation({
      id: 'deleteBranch',
      tag,
      summary: 'Delete a branch',
      description: 'Removes a branch and its own messages. Refused while it is `main`, active, or has branches forked from it; `cascade=true` removes those too. In a group who made them all may, and an admin.',
      input: { params: BranchParams, querystring: DeleteQuery },
      output: { 204: Nothing },
      problems: ['chat_not_found', 'branch_not_found', 'forbidden', 'branch_in_use', 'chat_busy', 'retry_same_client_id']
    }),
    handler: async (request, reply) => {
      await branches.remove(request.actor, request.params.chat_id, request.params.branch_id, request.query.cascade ?? false)
      return await reply.code(204).send(null)
    }
  })

  app.route({
    method: 'PUT',
    url: '/chats/:chat_id/active-branch',
    ...operation({
      id: 'setActiveBranch',
      tag,
      summary: 'Set the active branch',
      description: 'Messages that name no branch go to the active one, and its path is the history that is shown first. In a group only an admin sets it.',
      input: { params: ChatParams, body: Ref(ActiveBranch) },
      output: { 200: Ref(Branch) },
      problems: ['chat_not_found', 'branch_not_found', 'forbidden', 'chat_busy', 'retry_same_client_id']
    }),
    handler: async request => await branches.activate(request.actor, request.params.chat_id, request.body.branch_id)
  })

  app.route({
    method: 'GET',
    url: '/chats/:chat_id/tree',
    ...operation({
      id: 'getTree',
      tag,
      summary: 'Get the tree',
      description: 'The shape of a chat for drawing: every branch with its fork point, sizes, newest message and first words; parents come before children.',
      input: { params: ChatParams, querystring: ListQuery },
      output: { 200: Ref(TreePage) },
      problems: ['chat_not_found', 'invalid_cursor']
    }),
    handler: async request => await branches.tree(request.actor, request.params.chat_id, request.query)
  })

  app.route({
    method: 'GET',
    url: '/chats/:chat_id/branches/:branch_id/diff/:other_id',
    ...operation({
      id: 'diffBranches',
      tag,
      summary: 'Compare two branches',
      description: 'Where two branches part, and the first messages that each has after.',
      input: { params: DiffParams, querystring: DiffQuery },
      output: { 200: Ref(BranchDiff) },
      problems: ['chat_not_found', 'branch_not_found']
    }),
    handler: async ({ actor, params, query }) => await branches.diff(actor, params.chat_id, params.branch_id, params.other_id, query.limit)
  })

  app.route({
    method: 'POST',
    url: '/chats/:chat_id/fork',
    ...operation({
      id: 'forkChat',
      tag,
      long: true,
      summary: 'Copy into a new chat',
      description: 'Makes an assistant chat of your own from the path of one branch, or with all branches. Messages get new ids and keep their order, their senders and their tombstones; `forked_from` says what it is a copy of. At most 100,000 messages.',
      limit: 'send',
      input: { params: ChatParams, body: Ref(ForkCreate) },
      output: { 201: Ref(Chat) },
      problems: ['chat_not_found', 'branch_not_found', 'chat_too_large']
    }),
    handler: async (request, reply) => {
      const chat = await branches.fork(request.actor, request.params.chat_id, request.body)
      return await reply.code(201).header('Location', `/api/v1/chats/${chat.id}`).send(chat)
    }
  })
}

export default branchRoutes
