import type { OpenAPIV3_1 } from 'openapi-types'

type Document = Partial<OpenAPIV3_1.Document>
type Operation = OpenAPIV3_1.OperationObject
type Media = Record<string, OpenAPIV3_1.MediaTypeObject>

/** What a person reads first at /docs. */
const firstSteps = `One chat backend: people, AI replies and branching conversations in one message model, over REST and WebSocket.

**Your first message, in five steps:**
1. Open **POST /api/v1/auth/register** below, press *Execute*: you have an account (\`ann@example.com\` / \`correct horse battery\`, or write your own into the body).
2. Press **Authorize** at the top, enter that email as *username* and the password in the first form, press *Authorize*, then *Close*.
3. Open **POST /api/v1/chats**, press *Execute*, and copy the \`id\` from the answer.
4. Open **POST /api/v1/chats/{chat_id}/messages**, paste the \`id\` into *chat_id*, press *Execute*: your message is stored.
5. Open **GET /api/v1/chats/{chat_id}/messages** and read it back; live clients hear it at \`ws://…/api/v1/ws/{chat_id}?token=…\`.

Every error has one shape (\`Problem\`), with a stable \`code\`. The same document to read at leisure: [/redoc](/redoc); for programs: [/openapi.json](/openapi.json).`

const tags = [
  { name: 'auth', description: 'Accounts, logins and sessions.' },
  { name: 'users', description: 'People and their profiles.' },
  { name: 'chats', description: 'Conversations and who is in them.' },
  { name: 'messages', description: 'What is said in them.' },
  { name: 'branches', description: 'Conversations that part: branching, asking again, the tree.' },
  { name: 'realtime', description: 'The WebSocket, and who is connected.' },
  { name: 'system', description: 'The server itself.' }
]

/** The parts of the document that stand in no route. */
export function documentHead (version: string, publicUrl: string | undefined): Document {
  return {
    openapi: '3.1.0',
    info: { title: 'Parley', version, description: firstSteps, license: { name: 'MIT', identifier: 'MIT' }, contact: { name: 'Parley' } },
    servers: [{ url: publicUrl ?? '/', description: 'This server' }],
    tags,
    components: {
      securitySchemes: {
        password: { type: 'oauth2', description: 'Log in here: your email or username, and your password.', flows: { password: { tokenUrl: '/api/v1/auth/token', refreshUrl: '/api/v1/auth/token', scopes: {} } } },
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'Or paste an access token.' }
      }
    }
  }
}

const text = (description: string, example: string) => ({ description, schema: { type: 'string' as const, maxLength: 200 }, example })

const headerDescriptions = {
  requestId: text('The id of this request; the logs have it too.', '0f8fad5b-d9cb-469f-a165-70867728950e'),
  location: text('The address of what was made.', '/api/v1/messages/66f0c0ffee0000000000d001'),
  retryAfter: text('Seconds to wait before trying again.', '1')
}

function headersOf (status: string) {
  return {
    'X-Request-Id': headerDescriptions.requestId,
    ...(status === '201' && { Location: headerDescriptions.location }),
    ...((status === '429' || status === '503') && { 'Retry-After': headerDescriptions.retryAfter })
  }
}

/** The example of a named schema, shown where the schema is used. */
function exampleOf (document: Document, schema: unknown): unknown {
  const name = (schema as { $ref?: string } | undefined)?.$ref?.split('/').at(-1)
  const component = name === undefined ? undefined : document.components?.schemas?.[name]
  return (component as { examples?: unknown[] } | undefined)?.examples?.[0]
}

function addExamples (document: Document, content: Media | undefined) {
  for (const media of Object.values(content ?? {})) {
    const example = exampleOf(document, media.schema)
    if (example !== undefined) media.example = example
  }
}

/** Adds what follows from the rest: examples where a schema is used, headers, and a name for each method of one route. */
export function completeDocument (document: Document): Document {
  for (const item of Object.values(document.paths ?? {})) {
    const { put, patch } = item as Record<string, Operation | undefined>
    if (put && patch && put.operationId === patch.operationId) put.operationId = `${patch.operationId}ByPut`
    for (const operation of Object.values(item as Record<string, Operation>)) {
      addExamples(document, (operation.requestBody as { content?: Media } | undefined)?.content)
      for (const [status, response] of Object.entries(operation.responses ?? {}) as [string, OpenAPIV3_1.ResponseObject][]) {
        addExamples(document, response.content as Media | undefined)
        response.headers = { ...response.headers, ...headersOf(status) } as NonNullable<typeof response.headers>
      }
    }
  }
  return document
}
