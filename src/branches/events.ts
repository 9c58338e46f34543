import { defineEvent } from '../platform/bus.ts'
import { Count, Id, Ref } from '../platform/typebox.ts'
import { Type } from '@sinclair/typebox'
import { Branch } from './schemas.ts'

const place = { chat_id: Id('The chat.'), seq: Count('The number of this event in the chat.', { minimum: 1 }) }
const example = { chat_id: '66f0c0ffee0000000000c001', seq: 9 }
const branch = Branch.examples![0] as object

export const branchCreated = defineEvent('branch_created', 'chat', 'A branch was made.', { ...place, branch: Ref(Branch) }, { ...example, branch })
export const branchUpdated = defineEvent('branch_updated', 'chat', 'A branch has another name.', { ...place, branch: Ref(Branch) }, { ...example, branch })
export const branchDeleted = defineEvent('branch_deleted', 'chat', 'Branches are gone, with their own messages.', {
  ...place,
  branch_ids: Type.Array(Id('A branch.'), { minItems: 1, maxItems: 1000 })
}, { ...example, branch_ids: ['66f0c0ffee0000000000b002'] })
export const activeBranchChanged = defineEvent('active_branch_changed', 'chat', 'Messages that name no branch go to another one now.', { ...place, branch_id: Id('The branch.') }, { ...example, branch_id: '66f0c0ffee0000000000b002' })

export const events = [branchCreated, branchUpdated, branchDeleted, activeBranchChanged]
