import { type Static, Type } from '@sinclair/typebox'
import { Closed, Id, listQuery, Nullable, OneOf, Page, Ref, Time } from '../platform/typebox.ts'

/** An address of at most 254 characters: the longest that SMTP can carry (RFC 5321, erratum 1690). */
export const Email = Type.String({ format: 'email', minLength: 3, maxLength: 254, description: 'The address of the account. Unique whatever its case; never shown to others.', examples: ['ann@example.com'] })

/** No `@`: so a login name that has one is always an address. */
export const Username = Type.String({ pattern: '^[A-Za-z0-9_.-]{3,32}$', minLength: 3, maxLength: 32, description: 'The public name: letters, digits, `_`, `.` and `-`. Unique whatever its case.', examples: ['ann'] })

export const FullName = Type.String({ pattern: '^(?=.*\\S)[^\\u0000-\\u001f\\u007f]+$', minLength: 1, maxLength: 100, description: 'The name for people to read, in any script; without control characters.', examples: ['Ann Miller'] })

const example = {
  id: '66f0c0ffee0000000000a001',
  username: 'ann',
  full_name: 'Ann Miller',
  is_active: true,
  created_at: '2026-11-21T09:30:00.000Z',
  last_seen: '2026-11-21T10:02:17.450Z'
}

export const User = Closed({
  id: Id('The account\'s id.'),
  username: Username,
  full_name: Nullable(FullName),
  is_active: Type.Boolean({ description: 'False while an administrator has switched the account off.' }),
  created_at: Time('When the account was made.'),
  last_seen: Nullable(Time('When the person\'s last socket closed; null if none has yet.'))
}, { $id: 'User', description: 'A person as everybody may see them.', examples: [example] })

export const UserRole = OneOf(['user', 'admin'], { $id: 'UserRole', description: 'What an account may do: an `admin` looks after the whole server.' })

export const Me = Closed({
  ...User.properties,
  email: Email,
  role: Ref(UserRole),
  updated_at: Time('When the account was last changed.')
}, { $id: 'Me', description: 'One\'s own account.', examples: [{ ...example, email: 'ann@example.com', role: 'user', updated_at: '2026-11-21T09:30:00.000Z' }] })

export const UserUpdate = Closed({
  username: Type.Optional(Username),
  full_name: Type.Optional(Nullable(FullName)),
  email: Type.Optional(Email)
}, { $id: 'UserUpdate', description: 'What to change of one\'s own account; members left out stay. `full_name: null` removes the name.', minProperties: 1, examples: [{ full_name: 'Ann Baker' }] })

const UserList = Page('UserPage', User)

/** The answer of the lists of users. */
export const UserPage = { ...UserList, description: 'A page of people.', examples: [{ items: [example], next_cursor: null }] } as typeof UserList

export const UserParams = Closed({ user_id: Id('The account\'s id.') })
export const ListQuery = Closed(listQuery)
export const SearchQuery = Closed({
  q: Type.String({ minLength: 1, maxLength: 100, pattern: '\\S', description: 'How the username or the full name begins, in any case.', examples: ['an'] }),
  ...listQuery
})

export type UserUpdate = Static<typeof UserUpdate>
export type User = Static<typeof User>
export type Me = Static<typeof Me>
export type ListQuery = Static<typeof ListQuery>
export type SearchQuery = Static<typeof SearchQuery>
