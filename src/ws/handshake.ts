import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { placeMembers } from './commands.ts'

const text = (maxLength: number, description: string) => Type.Optional(Type.String({ maxLength, description }))

/** What the address of a socket may carry. */
export const Credentials = Type.Object({
  ticket: text(200, 'What `POST /auth/ws-ticket` answered; works once, for 30 seconds.'),
  token: text(4096, 'An access token, for clients that can neither send headers nor ask for a ticket.')
})

/** What the address of a chat's socket may carry. */
export const PlacedCredentials = Type.Object({ ...Credentials.properties, ...placeMembers })

/** Whether the page that opens a socket may: one of this server, of `origins`, or no page at all. */
export function isAllowedOrigin ({ headers: { origin, host } }: FastifyRequest, origins: string[]): boolean {
  if (origin === undefined || origins.includes('*') || origins.includes(origin)) return true
  return URL.canParse(origin) && new URL(origin).host === host
}

/** What a handshake says of who comes: the header counts before the ticket, and that before the token of the address. */
export function credentialsOf ({ headers, query }: FastifyRequest) {
  const { token, ticket } = query as { token?: string, ticket?: string }
  const header = headers.authorization && (/^Bearer (\S+)$/i.exec(headers.authorization)?.[1] ?? '')
  return { token: header ?? (ticket === undefined ? token : undefined), ticket: header === undefined ? ticket : undefined }
}
