import { type Static, Type } from '@sinclair/typebox'
import { Closed, Id, listQuery, Nullable, OneOf, Page, Ref, Time } from '../platform/typebox.ts'
import { Email, FullName, Me, Username } from '../users/schemas.ts'

/** At least 8 characters (NIST SP 800-63B), at most 128: enough for any phrase, and a bound for what is hashed. */
const NewPassword = Type.String({ minLength: 8, maxLength: 128, description: 'The password: 8 to 128 characters, any of them. In production one that is among the first to be guessed is refused.', examples: ['correct horse battery'] })
/** Not told apart by its length: what is too short to be right is answered like anything else that is wrong. */
const Password = Type.String({ minLength: 1, maxLength: 128, description: 'The password.', examples: ['correct horse battery'] })
const RefreshToken = Type.String({ minLength: 1, maxLength: 200, description: 'The `refresh_token` of the last answer; each works once.', examples: ['66f0c0ffee0000000000b001.q6ChXXjqv0vAQ5JpNSb1nDJLKyq5PSpzX5G2o0kQ0cE'] })
const LoginName = Type.String({ minLength: 1, maxLength: 254, description: 'The username or the email, in any case.', examples: ['ann'] })

const tokenExample = {
  access_token: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI2NmYwYzBmZmVlMDAwMDAwMDAwMGEwMDEifQ.c2lnbmF0dXJl',
  token_type: 'bearer',
  expires_in: 1800,
  refresh_token: '66f0c0ffee0000000000b001.q6ChXXjqv0vAQ5JpNSb1nDJLKyq5PSpzX5G2o0kQ0cE'
}

export const TokenSet = Closed({
  access_token: Type.String({ maxLength: 2000, description: 'Send it as `Authorization: Bearer …`.' }),
  token_type: Type.Unsafe<'bearer'>({ type: 'string', const: 'bearer' }),
  expires_in: Type.Integer({ minimum: 1, maximum: 86400, description: 'How many seconds the access token is valid.' }),
  refresh_token: RefreshToken
}, { $id: 'TokenSet', description: 'What a client needs to act for a person (RFC 6749, section 5.1).', examples: [tokenExample] })

export const Registration = Closed({ user: Ref(Me), ...TokenSet.properties }, {
  $id: 'Registration', description: 'The new account, and the tokens to go on with at once.', examples: [{ user: Me['examples'][0], ...tokenExample }]
})

export const NewAccount = Closed({
  email: Email,
  password: NewPassword,
  username: Type.Optional(Username),
  full_name: Type.Optional(Nullable(FullName))
}, { $id: 'NewAccount', description: 'An account to make. Without a username it gets a made-up one, to be changed later.', examples: [{ email: 'ann@example.com', password: 'correct horse battery', username: 'ann', full_name: 'Ann Miller' }] })

export const Login = Closed({
  email: Type.Optional(Type.String({ minLength: 1, maxLength: 254, description: 'The email, in any case.', examples: ['ann@example.com'] })),
  username: Type.Optional(LoginName),
  password: Password
}, { $id: 'Login', description: 'Exactly one of `email` and `username`, and the password.', examples: [{ username: 'ann', password: 'correct horse battery' }, { email: 'ann@example.com', password: 'correct horse battery' }] })

const formText = (description: string, maxLength = 1000) => Type.Optional(Type.String({ maxLength, description }))

/** Not closed: OAuth 2 servers must ignore members they do not know (RFC 6749, section 3.2). */
export const TokenRequest = Type.Object({
  grant_type: formText('`password` (the default) or `refresh_token`.', 100),
  username: formText('For `password`: the email or the username.', 254),
  password: formText('For `password`: the password.', 128),
  refresh_token: formText('For `refresh_token`: the token of the last answer.', 200),
  scope: formText('Accepted and not used: a token may do what its person may do.'),
  client_id: formText('Accepted and not used.'),
  client_secret: formText('Accepted and not used.')
}, { $id: 'TokenRequest', description: 'An OAuth 2 token request, as a form.', examples: [{ grant_type: 'password', username: 'ann@example.com', password: 'correct horse battery' }] })

export const OAuthError = Closed({
  error: OneOf(['invalid_request', 'invalid_client', 'invalid_grant', 'unauthorized_client', 'unsupported_grant_type', 'invalid_scope', 'server_error', 'temporarily_unavailable']),
  error_description: Type.String({ maxLength: 2000, description: 'What went wrong, in a sentence.' })
}, { $id: 'OAuthError', description: 'An error in the form that OAuth 2 clients know (RFC 6749, section 5.2).', examples: [{ error: 'invalid_grant', error_description: 'The name or the password is wrong.' }] })

export const Refresh = Closed({ refresh_token: RefreshToken }, { $id: 'Refresh', description: 'The token to exchange.', examples: [{ refresh_token: tokenExample.refresh_token }] })

export const PasswordChange = Closed({ current_password: Password, new_password: NewPassword }, {
  $id: 'PasswordChange', description: 'The password as it is and as it shall be.', examples: [{ current_password: 'correct horse battery', new_password: 'another staple entirely' }]
})

const sessionExample = {
  id: '66f0c0ffee0000000000b001',
  created_at: '2026-11-21T09:30:00.000Z',
  last_used_at: '2026-11-21T10:00:02.110Z',
  expires_at: '2026-12-21T10:00:02.110Z',
  user_agent: 'Mozilla/5.0',
  ip: '192.0.2.7',
  is_current: true
}

export const Session = Closed({
  id: Id('The session\'s id.'),
  created_at: Time('When it was begun by a login.'),
  last_used_at: Time('When its tokens were last refreshed.'),
  expires_at: Time('When it ends unless it is refreshed before.'),
  user_agent: Nullable(Type.String({ maxLength: 300, description: 'What the client called itself.' })),
  ip: Nullable(Type.String({ maxLength: 45, description: 'The address it was begun from.' })),
  is_current: Type.Boolean({ description: 'Whether this request belongs to it.' })
}, { $id: 'Session', description: 'A login on one device.', examples: [sessionExample] })

const SessionList = Page('SessionPage', Session)

/** The answer of the list of sessions. */
export const SessionPage = { ...SessionList, description: 'A page of one\'s sessions.', examples: [{ items: [sessionExample], next_cursor: null }] } as typeof SessionList

export const SessionParams = Closed({ session_id: Id('The session\'s id.') })
export const SessionQuery = Closed(listQuery)

export const SocketTicket = Closed({
  ticket: Type.String({ minLength: 1, maxLength: 200, description: 'Open the socket with `?ticket=…`; it works once.' }),
  expires_in: Type.Integer({ minimum: 1, maximum: 3600, description: 'How many seconds it can be used.' })
}, { $id: 'SocketTicket', description: 'What opens one WebSocket.', examples: [{ ticket: 'mG8a1VJ0q3Yw7sT2bX5nC9kL4eRzU6hD0iFoP8aSgQw', expires_in: 30 }] })

export type SocketTicket = Static<typeof SocketTicket>
export type TokenSet = Static<typeof TokenSet>
export type NewAccount = Static<typeof NewAccount>
export type Login = Static<typeof Login>
export type TokenRequest = Static<typeof TokenRequest>
export type PasswordChange = Static<typeof PasswordChange>
export type Session = Static<typeof Session>
export type SessionQuery = Static<typeof SessionQuery>
