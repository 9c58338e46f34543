// Who may do what: one row for each operation (and each kind of thing it is done to), one column for each kind of person. The test beside
// this file asks every operation of the served OpenAPI document, and every frame a client can send, as each of them.
//
//   nobody       whoever has no valid token: none, a forged, expired or foreign one, one of an ended session, of an account that is
//                switched off or deleted (the list: matrix-tokens.ts)
//   outsider     somebody who is not in the chat, and whose session, memory or account it is not
//   former       was in the group until a moment ago
//   demoted      was an administrator of the server until a moment ago; a process still remembers them as one
//   site_admin   an administrator of the server who is not in the chat
//   participant  is in the group          admin   is an admin of the group
//   direct       is one of the two people of a direct chat
//   owner        owns the assistant chat
//   key          what an API key needs to do it for its person: a scope (`write` does for `read`, too), or `login`: no key will do
//   gone         the code of the 404 for what does not exist and for what was deleted, whoever asks. With `!` only those hear it whom the
//                operation serves, the others hear what they hear for anything. `-`: the operation is about nothing that could be gone.
//
// A cell is the status. 401 is `unauthenticated`, 403 `forbidden`, 404 the code of `gone`, and what has a letter is in `codes` below.
// `none`: 200, and nothing of the object in it. `-`: there is no such case. Each 404 is byte for byte that of a missing object. A
// "foreign" row names, beside its own object, something that does not exist, is deleted, or belongs to another chat: all answer alike.
const operations = `
operation                              | nobody | outsider former demoted site_admin | participant admin | direct | owner | key   | gone

the server itself
getRoot                                | 200 | 200  200  200  200 | 200  200 | 200 | 200 | -     | -
getInfo                                | 200 | 200  200  200  200 | 200  200 | 200 | 200 | -     | -
getHealth                              | 200 | 200  200  200  200 | 200  200 | 200 | 200 | -     | -
getLiveness                            | 200 | 200  200  200  200 | 200  200 | 200 | 200 | -     | -
getReadiness                           | 200 | 200  200  200  200 | 200  200 | 200 | 200 | -     | -

logins and sessions
register                               | 201 | 201  201  201  201 | 201  201 | 201 | 201 | -     | -
login                                  | 200 | 200  200  200  200 | 200  200 | 200 | 200 | -     | -
login switched off                     | 403x | - - - - | - - | - | - | -     | -
token                                  | 200 | 200  200  200  200 | 200  200 | 200 | 200 | -     | -
refresh                                | 200 | 200  200  200  200 | 200  200 | 200 | 200 | -     | -
refresh ended                          | 401r | 401r - - - | - - | - | - | -     | -
refresh switched off                   | 403x | - - - - | - - | - | - | -     | -
logout                                 | 401 | 204  204  204  204 | 204  204 | 204 | 204 | login | -
listSessions own                       | 401 | 200  200  200  200 | 200  200 | 200 | 200 | login | -
listSessions another's                 | 401 | none none none none | none none | none | none | login | -
revokeSession own                      | 401 | 204  204  204  204 | 204  204 | 204 | 204 | login | session_not_found
revokeSession another's                | 401 | 404  404  404  404 | 404  404 | 404 | 404 | login | session_not_found
changePassword                         | 401 | 204  204  204  204 | 204  204 | 204 | 204 | login | -
issueSocketTicket                      | 401 | 200  200  200  200 | 200  200 | 200 | 200 | read  | -

accounts
getMe                                  | 401 | 200  200  200  200 | 200  200 | 200 | 200 | read  | -
updateMe                               | 401 | 200  200  200  200 | 200  200 | 200 | 200 | write | -
updateMeByPut                          | 401 | 200  200  200  200 | 200  200 | 200 | 200 | write | -
deleteMe                               | 401 | 204  204  204  204 | 204  204 | 204 | 204 | login | -
listUsers                              | 401 | 200  200  200  200 | 200  200 | 200 | 200 | read  | -
searchUsers                            | 401 | 200  200  200  200 | 200  200 | 200 | 200 | read  | -
getUser another's                      | 401 | 200  200  200  200 | 200  200 | 200 | 200 | read  | user_not_found
deleteUser own                         | 401 | 204  204  204  204 | 204  204 | 204 | 204 | login | user_not_found
deleteUser another's                   | 401 | 403  403  403  204 | 403  403 | 403 | 403 | login | user_not_found

chats
createChat                             | 401 | 201  201  201  201 | 201  201 | 201 | 201 | write | -
createChat direct                      | 401 | 201  201  201  201 | 201  201 | 201 | 201 | write | -
createChat group                       | 401 | 201  201  201  201 | 201  201 | 201 | 201 | write | -
createChat foreign person              | 401 | 404u  404u  404u  404u | 404u  404u | 404u | 404u | write | -
listChats                              | 401 | none none none none | 200  200 | 200 | 200 | read  | -
sync                                   | 401 | none none none none | 200  200 | 200 | 200 | read  | -
getChat                                | 401 | 404  404  404  404 | 200  200 | 200 | 200 | read  | chat_not_found
getChat whole                          | 401 | 404  404  404  404 | 200  200 | 200 | 200 | read  | chat_not_found
updateChat                             | 401 | 404  404  404  404 | 403  200 | 403 | 200 | write | chat_not_found
updateChatByPut                        | 401 | 404  404  404  404 | 403  200 | 403 | 200 | write | chat_not_found
deleteChat                             | 401 | 404  404  404  404 | 403  204 | 403 | 204 | write | chat_not_found
leaveChat                              | 401 | 404  404  404  404 | 204  204 | 403g | 403g | write | chat_not_found
listParticipants                       | 401 | 404  404  404  404 | 200  200 | 200 | 200 | read  | chat_not_found
addParticipants                        | 401 | 404  404  404  404 | 403  201 | 403g | 403g | write | chat_not_found
addParticipants foreign person         | 401 | 404  404  404  404 | 403  404u  | 403g | 403g | write | chat_not_found
updateParticipant another's            | 401 | 404  404  404  404 | 403  200 | 403g | 403g | write | chat_not_found
updateParticipant foreign person       | 401 | 404  404  404  404 | 403  404p  | 403g | 403g | write | chat_not_found
removeParticipant own                  | 401 | 404  404  404  404 | 204  204 | 403g | 403g | write | chat_not_found
removeParticipant another's            | 401 | 404  404  404  404 | 403  204 | 403g | 403g | write | chat_not_found
removeParticipant foreign person       | 401 | 404  404  404  404 | 403  404p  | 403g | 403g | write | chat_not_found
markRead                               | 401 | 404  404  404  404 | 200  200 | 200 | 200 | write | chat_not_found
listReads                              | 401 | 404  404  404  404 | 200  200 | 200 | 200 | read  | chat_not_found
listChanges                            | 401 | 404  404  404  404 | 200  200 | 200 | 200 | read  | chat_not_found

messages
sendMessage                            | 401 | 404  404  404  404 | 201  201 | 201 | 201 | write | chat_not_found
sendMessage as the assistant           | 401 | 404  404  404  404 | 403r 403r | 403r | 201 | write | chat_not_found
sendMessage foreign branch             | 401 | 404  404  404  404 | 404b  404b | 404b | 404b | write | chat_not_found
sendMessage foreign message            | 401 | 404  404  404  404 | 404m  404m | 404m | 404m | write | chat_not_found
listMessages                           | 401 | 404  404  404  404 | 200  200 | 200 | 200 | read  | chat_not_found
listMessages foreign branch            | 401 | 404  404  404  404 | 404b  404b | 404b | 404b | read  | chat_not_found
listMessages foreign message           | 401 | 404  404  404  404 | 404m  404m | 404m | 404m | read  | chat_not_found
clearMessages                          | 401 | 404  404  404  404 | 403  204 | 403 | 204 | write | chat_not_found
addTurn                                | 401 | 404  404  404  404 | 403r 403r | 403r | 201 | write | chat_not_found
addTurn foreign branch                 | 401 | 404  404  404  404 | -  -       | - | 404b | write | chat_not_found
listTurns                              | 401 | 404  404  404  404 | 200  200 | 200 | 200 | read  | chat_not_found
listTurns foreign branch               | 401 | 404  404  404  404 | 404b  404b | 404b | 404b | read  | chat_not_found
getMessage own                         | 401 | 404  404  404  404 | 200  200 | 200 | 200 | read  | message_not_found
getMessage another's                   | 401 | 404  404  404  404 | 200  200 | 200 | -   | read  | message_not_found
listMessageVersions own                | 401 | 404  404  404  404 | 200  200 | 200 | 200 | read  | message_not_found
listMessageVersions another's          | 401 | 404  404  404  404 | 200  200 | 200 | -   | read  | message_not_found
addReaction another's                  | 401 | 404  404  404  404 | 200  200 | 200 | -   | write | message_not_found
addReaction own                        | 401 | 404  404  404  404 | 200  200 | 200 | 200 | write | message_not_found
removeReaction another's               | 401 | 404  404  404  404 | 204  204 | 204 | -   | write | message_not_found
updateMessage own                      | 401 | 404  404  404  404 | 200  200 | 200 | 200 | write | message_not_found
updateMessage another's                | 401 | 404  404  404  404 | 403  403 | 403 | -   | write | message_not_found
updateMessage own reply                | 401 | 404  404  404  404 | 403  403 | -   | 200 | write | message_not_found
updateMessageByPut own                 | 401 | 404  404  404  404 | 200  200 | 200 | 200 | write | message_not_found
updateMessageByPut another's           | 401 | 404  404  404  404 | 403  403 | 403 | -   | write | message_not_found
deleteMessage own                      | 401 | 404  404  404  404 | 204  204 | 204 | 204 | write | message_not_found
deleteMessage another's                | 401 | 404  404  404  404 | 403  204 | 403 | -   | write | message_not_found
deleteMessage own reply                | 401 | 404  404  404  404 | 204  204 | -   | 204 | write | message_not_found
deleteMessage another's reply          | 401 | 404  404  404  404 | 403  204 | -   | -   | write | message_not_found

branches
createBranch                           | 401 | 404  404  404  404 | 201  201 | 201 | 201 | write | chat_not_found
createBranch that is active            | 401 | 404  404  404  404 | 403  201 | 201 | 201 | write | chat_not_found
createBranch with other words          | 401 | 404  404  404  404 | 201  201 | 201 | 201 | write | chat_not_found
createBranch for the assistant         | 401 | 404  404  404  404 | 403r 403r | - | 201 | write | chat_not_found
createBranch foreign message           | 401 | 404  404  404  404 | 404m  404m | 404m | 404m | write | chat_not_found
createBranch foreign branch            | 401 | 404  404  404  404 | 404b  404b | 404b | 404b | write | chat_not_found
listBranches                           | 401 | 404  404  404  404 | 200  200 | 200 | 200 | read  | chat_not_found
getBranch another's                    | 401 | 404  404  404  404 | 200  200 | 200 | -   | read  | chat_not_found
getBranch own                          | 401 | 404  404  404  404 | 200  200 | 200 | 200 | read  | chat_not_found
getBranch foreign branch               | 401 | 404  404  404  404 | 404b  404b | 404b | 404b | read  | chat_not_found
updateBranch own                       | 401 | 404  404  404  404 | 200  200 | 200 | 200 | write | chat_not_found
updateBranch another's                 | 401 | 404  404  404  404 | 403  200 | 200 | -   | write | chat_not_found
updateBranch foreign branch            | 401 | 404  404  404  404 | 404b  404b | 404b | 404b | write | chat_not_found
deleteBranch own                       | 401 | 404  404  404  404 | 204  204 | 204 | 204 | write | chat_not_found
deleteBranch another's                 | 401 | 404  404  404  404 | 403  204 | 204 | -   | write | chat_not_found
deleteBranch foreign branch            | 401 | 404  404  404  404 | 404b  404b | 404b | 404b | write | chat_not_found
setActiveBranch own                    | 401 | 404  404  404  404 | 403  200 | 200 | 200 | write | chat_not_found
setActiveBranch foreign branch         | 401 | 404  404  404  404 | 404b  404b | 404b | 404b | write | chat_not_found
getTree                                | 401 | 404  404  404  404 | 200  200 | 200 | 200 | read  | chat_not_found
diffBranches                           | 401 | 404  404  404  404 | 200  200 | 200 | 200 | read  | chat_not_found
diffBranches foreign branch            | 401 | 404  404  404  404 | 404b  404b | 404b | 404b | read  | chat_not_found
forkChat                               | 401 | 404  404  404  404 | 201  201 | 201 | 201 | write | chat_not_found
forkChat foreign branch                | 401 | 404  404  404  404 | 404b  404b | 404b | 404b | write | chat_not_found

replies of models
createCompletion                       | 401 | 404  404  404  404 | 200  200 | 403a | 200 | write | chat_not_found
createCompletion not let in            | 401 | 404  404  404  404 | 403a 403a | - | - | write | chat_not_found
createCompletion foreign branch        | 401 | 404  404  404  404 | 404b  404b | - | 404b | write | chat_not_found
regenerateReply own reply              | 401 | 404  404  404  404 | 200  200 | -   | 200 | write | message_not_found
regenerateReply another's reply        | 401 | 404  404  404  404 | 200  200 | -   | -   | write | message_not_found
regenerateReply that is active         | 401 | 404  404  404  404 | 403  200 | -   | 200 | write | message_not_found
getRun own                             | 401 | 404  404  404  404 | 200  200 | -   | 200 | read  | run_not_found
getRun another's                       | 401 | 404  404  404  404 | 200  200 | -   | -   | read  | run_not_found
followRun another's                    | 401 | 404  404  404  404 | 200  200 | -   | -   | read  | run_not_found
followRun own                          | 401 | 404  404  404  404 | 200  200 | -   | 200 | read  | run_not_found
cancelRun own                          | 401 | 404  404  404  404 | 200  200 | -   | 200 | write | run_not_found
cancelRun another's                    | 401 | 404  404  404  404 | 403  200 | -   | -   | write | run_not_found
getContext                             | 401 | 404  404  404  404 | 200  200 | 200 | 200 | read  | chat_not_found
getContext foreign branch              | 401 | 404  404  404  404 | 404b  404b | 404b | 404b | read  | chat_not_found
listModels                             | 401 | 200  200  200  200 | 200  200 | 200 | 200 | read  | -
listMemories own                       | 401 | 200  200  200  200 | 200  200 | 200 | 200 | read  | -
listMemories another's                 | 401 | none none none none | none none | none | none | read  | -
createMemory                           | 401 | 201  201  201  201 | 201  201 | 201 | 201 | write | -
getMemory own                          | 401 | 200  200  200  200 | 200  200 | 200 | 200 | read  | memory_not_found
getMemory another's                    | 401 | 404  404  404  404 | 404  404 | 404 | 404 | read  | memory_not_found
updateMemory own                       | 401 | 200  200  200  200 | 200  200 | 200 | 200 | write | memory_not_found
updateMemory another's                 | 401 | 404  404  404  404 | 404  404 | 404 | 404 | write | memory_not_found
deleteMemory own                       | 401 | 204  204  204  204 | 204  204 | 204 | 204 | write | memory_not_found
deleteMemory another's                 | 401 | 404  404  404  404 | 404  404 | 404 | 404 | write | memory_not_found

the server's administration
listAccounts                           | 401 | 403  403  403  200 | 403  403 | 403 | 403 | admin | -
createAccount                          | 401 | 403  403  403  201 | 403  403 | 403 | 403 | admin | -
updateAccount another's                | 401 | 403  403  403  200 | 403  403 | 403 | 403 | admin | user_not_found!
updateAccount own                      | 401 | 403  403  403  200 | 403  403 | 403 | 403 | admin | user_not_found!
changeRole another's                   | 401 | 403  403  403  200 | 403  403 | 403 | 403 | admin | user_not_found!
changeRole own                         | 401 | 403  403  403  200 | 403  403 | 403 | 403 | admin | user_not_found!
listChatsOfUser another's              | 401 | 403  403  403  200 | 403  403 | 403 | 403 | admin | user_not_found!
readAnyMessages                        | 401 | 403  403  403  200 | 403  403 | 403 | 403 | admin | chat_not_found!
listAudit                              | 401 | 403  403  403  200 | 403  403 | 403 | 403 | admin | -
listUsage                              | 401 | 403  403  403  200 | 403  403 | 403 | 403 | admin | -

sockets
getSocketStats                         | 401 | 200  200  200  200 | 200  200 | 200 | 200 | read  | -
listOnline                             | 401 | 404  404  404  404 | 200  200 | 200 | 200 | read  | chat_not_found

the keys with which programs act for people
createApiKey                           | 401 | 201  201  201  201 | 201  201 | 201 | 201 | login | -
createApiKey for the administration    | 401 | 403  403  403  201 | 403  403 | 403 | 403 | login | -
listApiKeys own                        | 401 | 200  200  200  200 | 200  200 | 200 | 200 | login | -
listApiKeys another's                  | 401 | none none none none | none none | none | none | login | -
revokeApiKey own                       | 401 | 204  204  204  204 | 204  204 | 204 | 204 | login | api_key_not_found
revokeApiKey another's                 | 401 | 404  404  404  404 | 404  404 | 404 | 404 | login | api_key_not_found
`

// What is asked over a socket, in the same columns: `200` is `ack` or `pong`, `101` a socket that goes on after its first question, any
// other cell an `error` frame with that code.
const frames = `
frame                                  | nobody | outsider former demoted site_admin | participant admin | direct | owner | key   | gone

socket openSocket by header            | 401 | 101  101  101  101 | 101  101 | 101 | 101 | -     | -
socket openSocket by token             | 401 | 101  101  101  101 | 101  101 | 101 | 101 | -     | -
socket openSocket by ticket            | 401 | 101  101  101  101 | 101  101 | 101 | 101 | -     | -
socket openSocket by used ticket       | 401 | 401  401  401  401 | 401  401 | 401 | 401 | -     | -
socket openChatSocket by header        | 401 | 404  404  404  404 | 101  101 | 101 | 101 | -     | chat_not_found
socket openChatSocket by ticket        | 401 | 404  404  404  404 | 101  101 | 101 | 101 | -     | chat_not_found

frame authenticate own                 | 401 | 200  200  200  200 | 200  200 | 200 | 200 | read  | -
frame authenticate another's           | 401 | 403  403  403  403 | 403  403 | 403 | 403 | read  | -
frame subscribe                        | 401 | 404  404  404  404 | 200  200 | 200 | 200 | read  | chat_not_found
frame subscribe since                  | 401 | 404  404  404  404 | 200  200 | 200 | 200 | read  | chat_not_found
frame unsubscribe                      | 401 | none none none none | 200  200 | 200 | 200 | read  | -
frame ping                             | 401 | none none none none | 200  200 | 200 | 200 | read  | -
frame typing                           | 401 | 404  404  404  404 | 200  200 | 200 | 200 | write | chat_not_found
`

/** The frames that do what an operation does: they have its rows, with the same members, rights and codes. */
export const twins: Record<string, string> = {
  read: 'markRead',
  message: 'sendMessage',
  edit: 'updateMessage',
  delete: 'deleteMessage',
  react: 'addReaction',
  branch: 'createBranch',
  activate_branch: 'setActiveBranch',
  complete: 'createCompletion',
  cancel: 'cancelRun'
}

/** Everybody with a valid token, in the order of the table. */
export const columns = ['outsider', 'former', 'demoted', 'site_admin', 'participant', 'admin', 'direct', 'owner'] as const
export type Column = typeof columns[number]

/** What is expected of one case; `code` is that of a refusal. */
export interface Cell { status: number, code?: string, shows: boolean }

export interface Row {
  name: string
  /** The operation, or the frame. */
  operation: string
  /** The rest of the name: to what, or how it is done. */
  variant: string
  nobody: Cell | undefined
  cells: Record<Column, Cell | undefined>
  /** What an API key needs; undefined where nobody is asked who they are. */
  key: 'read' | 'write' | 'admin' | 'login' | undefined
  gone: { code: string, onlyTheServed: boolean } | undefined
}

const codes: Record<string, string> = {
  401: 'unauthenticated',
  '401r': 'invalid_refresh_token',
  403: 'forbidden',
  '403a': 'assistant_not_allowed',
  '403g': 'group_only',
  '403r': 'role_not_allowed',
  '403x': 'account_deactivated',
  '404b': 'branch_not_found',
  '404m': 'message_not_found',
  '404p': 'participant_not_found',
  '404u': 'user_not_found'
}

function toCell (text: string, gone: string | undefined): Cell | undefined {
  if (text === '-') return undefined
  if (text === 'none') return { status: 200, shows: false }
  const code = text === '404' ? gone : codes[text]
  const status = Number(/^[1-4]\d\d/.exec(text)?.[0])
  if (!status || (status >= 400 && !code)) throw new Error(`no cell of the table: "${text}"`)
  return { status, shows: true, ...(code !== undefined && { code }) }
}

function parse (table: string): Row[] {
  const [head, ...lines] = table.split('\n').filter(line => line.includes('|')).map(line => line.split('|').flatMap((part, i) => i === 0 ? [part.trim()] : part.trim().split(/\s+/)))
  const expected = [head![0], 'nobody', ...columns, 'key', 'gone'].join(' ')
  if (head!.join(' ') !== expected) throw new Error(`the columns of the table are not: ${expected}`)
  return lines.map(([name = '', ...texts]) => {
    if (texts.length !== columns.length + 3) throw new Error(`the row "${name}" has ${texts.length} cells`)
    const [, operation = '', variant = ''] = /^(?:frame |socket )?(\S+)\s*(.*)$/.exec(name)!
    const code = texts.at(-1) === '-' ? undefined : texts.at(-1)!.replace('!', '')
    const [nobody, ...rest] = texts.slice(0, -2).map(text => toCell(text, code))
    const key = texts.at(-2)!
    if (!['read', 'write', 'admin', 'login', '-'].includes(key)) throw new Error(`the row "${name}" has no scope: ${key}`)
    return {
      name,
      operation,
      variant,
      nobody,
      cells: Object.fromEntries(columns.map((column, i) => [column, rest[i]])) as Row['cells'],
      key: key === '-' ? undefined : key as Row['key'],
      gone: code === undefined ? undefined : { code, onlyTheServed: texts.at(-1)!.endsWith('!') }
    }
  })
}

/** The rows of the operations. */
export const operationRows = parse(operations)

/** A row of a frame: of its own, or that of the operation which does the same. */
export interface FrameRow extends Row { twin?: Row }

/** The rows of the frames. `201` and `204` of a twin are an `ack`. */
export const frameRows: FrameRow[] = [
  ...parse(frames),
  ...Object.entries(twins).flatMap(([frame, twin]) => operationRows.filter(({ operation }) => operation === twin).map(row => ({ ...row, twin: row, operation: frame, name: `frame ${frame} ${row.variant}`.trim() })))
]
