import * as checks from 'parley:frame-checks'
import type { CheckError } from 'parley:frame-checks'

/** What is wrong, by the member it concerns; '' is the frame as a whole. */
export type Faults = Record<string, string>

/** The words of the server, so that nothing changes when the frame gets there. */
function sentence ({ keyword, params, message = 'is not valid' }: CheckError): string {
  if (keyword === 'additionalProperties') return `must not have the member "${String(params['additionalProperty'])}"`
  if (keyword === 'required') return 'is needed'
  if (keyword === 'enum') return `must be one of: ${(params['allowedValues'] as unknown[]).join(', ')}`
  if (keyword === 'minLength' && params['limit'] === 1) return 'must not be empty'
  if (keyword === 'pattern' && params['pattern'] === '\\S') return 'must not be only white space'
  if (keyword === 'pattern' && String(params['pattern']).includes('{24}')) return 'must be an id: 24 digits of 0-9 and a-f'
  return message
}

const plainness = ({ keyword, params }: CheckError) => keyword === 'minLength' && params['limit'] === 1 ? 0 : keyword === 'pattern' ? 1 : 2

const memberOf = ({ instancePath, keyword, params }: CheckError) => keyword === 'required'
  ? String(params['missingProperty'])
  : instancePath.split('/')[1] ?? ''

/** What is wrong with a frame by the schema of its command; empty when nothing is. */
export function check (schemaName: string, frame: unknown): Faults {
  const fits = checks[schemaName]
  if (!fits || fits(frame)) return {}
  const faults: Faults = {}
  // One word on a member is enough, the plainest: an empty id is wrong in three ways.
  for (const error of (fits.errors ?? []).sort((a, b) => plainness(a) - plainness(b))) faults[memberOf(error)] ??= sentence(error)
  return faults
}

/** The member that a refusal is about, where its code says so. */
const memberByCode: Record<string, string> = {
  chat_not_found: 'chat_id',
  message_not_found: 'message_id',
  message_deleted: 'message_id',
  too_many_reactions: 'message_id',
  branch_not_found: 'branch_id',
  run_not_found: 'run_id',
  run_ended: 'run_id',
  model_not_found: 'model',
  head_moved: 'expected_head',
  idempotency_conflict: 'client_id',
  role_not_allowed: 'role',
  index_off_path: 'message_index',
  branch_name_taken: 'name',
  context_too_large: 'content',
  unauthenticated: 'token',
  token_expired: 'token'
}

interface Refusal { code: string, message: string, errors?: { path: string, message: string }[] | undefined }

/** A refusal of the server by the members it names; what names none stands under ''. */
export function faultsOf ({ code, message, errors = [] }: Refusal, members: string[]): Faults {
  const faults: Faults = {}
  for (const error of errors) {
    const member = error.path.split('/')[1] ?? ''
    faults[members.includes(member) ? member : ''] ??= error.message
  }
  if (errors.length > 0) return faults
  const member = memberByCode[code] ?? ''
  return { [members.includes(member) ? member : '']: message }
}
