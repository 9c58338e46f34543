import type { OpenAPIV3_1 } from 'openapi-types'

type Document = Partial<OpenAPIV3_1.Document>

/** What a person reads first at /docs. A test follows the steps word by word. */
const firstSteps = `One chat backend: people, AI replies and branching conversations in one message model, over REST and WebSocket.

### Your first message

On the page [/docs](/docs); a click on an operation opens it.

1. Open **POST /api/v1/auth/register** and press **Execute**: you have an account. (409? Somebody was here before: go on.)
2. Press **Authorize**, type \`ann@example.com\` as *username* and \`correct horse battery\` as *password*, press **Authorize**, then **Close**.
3. Open **POST /api/v1/chats**, press **Execute** and copy the \`id\` at the top of the response body.
4. Open **POST /api/v1/chats/{chat_id}/messages**, paste the id into *chat_id* and press **Execute**: your message is sent.
5. Open **GET /api/v1/chats/{chat_id}/messages**, paste the id again and press **Execute**: there it is.

Live, with a reply of a model: open [the console](/console), sign in as ann, choose *New chat*, *Assistant*, and ask. In a second window register somebody else and meet in a group: what one writes the other hears at once. \`npm run demo\` makes people and chats to begin with.

Your own client: [the WebSocket](/asyncapi). Every error has one shape with a stable \`code\`.

This document: [to read](/redoc), [as JSON](/openapi.json), [as YAML](/openapi.yaml). The WebSocket: [to read](/asyncapi), [as JSON](/asyncapi.json).`

const tags = [
  { name: 'auth', description: 'Accounts, logins and sessions.' },
  { name: 'users', description: 'People and their profiles.' },
  { name: 'chats', description: 'Conversations and who is in them.' },
  { name: 'messages', description: 'What is said in them.' },
  { name: 'branches', description: 'Conversations that part: branching, asking again, the tree.' },
  { name: 'ai', description: 'Replies of language models.' },
  { name: 'admin', description: 'What the server\'s administrators see and do. Whatever of people\'s chats they read is written down.' },
  { name: 'realtime', description: 'A ticket for the WebSocket, and who is connected. What is said on the socket stands [in AsyncAPI](/asyncapi).' },
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
        bearer: { type: 'http', scheme: 'bearer', description: 'Or paste an access token or an API key. An API key needs the scope that the operation names: `read`, `write`, which may `read`, too, or `admin`.' }
      }
    }
  }
}
