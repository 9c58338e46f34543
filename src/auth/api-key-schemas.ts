import { type Static, Type } from '@sinclair/typebox'
import { scopes } from '../platform/scopes.ts'
import { Closed, Id, listQuery, Nullable, OneOf, Page, Time } from '../platform/typebox.ts'

/** API keys that one person may have at a time. */
export const apiKeyLimit = 50

const name = Type.String({ minLength: 1, maxLength: 100, pattern: '\\S', description: 'What you call it, to know it again.', examples: ['Deploy bot'] })
const scopeList = Type.Array(OneOf(scopes), {
  minItems: 1,
  maxItems: scopes.length,
  uniqueItems: true,
  description: 'What it may be used for. `read`: the operations that only read, and to listen on a socket. `write`: all else of your own, and what `read` may. `admin`: the operations under `/admin`, as long as you are an administrator, and nothing else. None lets a key manage what you log in with.',
  examples: [['read']]
})

const example = {
  id: '66f0c0ffee0000000000f001',
  name: 'Deploy bot',
  scopes: ['write'],
  prefix: 'parley_66f0c0ffee0000000000f001',
  last_four: 'vSHw',
  created_at: '2026-11-21T09:30:00.000Z',
  last_used_at: '2026-11-21T10:00:02.110Z',
  expires_at: '2027-11-21T00:00:00.000Z'
}

export const ApiKey = Closed({
  id: Id('The key\'s id.'),
  name,
  scopes: scopeList,
  prefix: Type.String({ minLength: 31, maxLength: 31, description: 'How the key begins.', examples: [example.prefix] }),
  last_four: Type.String({ minLength: 4, maxLength: 4, description: 'How the key ends.', examples: [example.last_four] }),
  created_at: Time('When it was made.'),
  last_used_at: Nullable(Time('When it was last used, to the minute; null before the first time.')),
  expires_at: Nullable(Time('When it ends; null for never.'))
}, { $id: 'ApiKey', description: 'A key that a program acts for you with. The key itself is not shown again.', examples: [example] })
export type ApiKey = Static<typeof ApiKey>

export const ApiKeyCreate = Closed({
  name,
  scopes: scopeList,
  expires_at: Type.Optional(Nullable(Time('When it shall end: a time to come. Left out or null: not before it is revoked.')))
}, { $id: 'ApiKeyCreate', description: 'An API key to make.', examples: [{ name: 'Deploy bot', scopes: ['write'] }] })
export type ApiKeyCreate = Static<typeof ApiKeyCreate>

export const NewApiKey = Closed({
  ...ApiKey.properties,
  key: Type.String({ minLength: 81, maxLength: 81, description: 'The key: send it as `Authorization: Bearer …`. It is shown this once and stored nowhere.', examples: ['parley_66f0c0ffee0000000000f001_6nlCnTDVRChgbOXHZVz2NbzmSt8GZLQYlnLlCAjh7Qw3pvSHw'] })
}, {
  $id: 'NewApiKey',
  description: 'The new API key, with the key itself.',
  examples: [{ ...example, last_used_at: null, key: 'parley_66f0c0ffee0000000000f001_6nlCnTDVRChgbOXHZVz2NbzmSt8GZLQYlnLlCAjh7Qw3pvSHw' }]
})
export type NewApiKey = Static<typeof NewApiKey>

const List = Page('ApiKeyPage', ApiKey)

/** The answer of the list of API keys. */
export const ApiKeyPage = { ...List, description: 'A page of one\'s API keys.', examples: [{ items: [example], next_cursor: null }] } as typeof List

export const ApiKeyParams = Closed({ api_key_id: Id('The key\'s id.') })
export const ApiKeyQuery = Closed(listQuery)
export type ApiKeyQuery = Static<typeof ApiKeyQuery>
