import { addressOf } from './asyncapi.ts'
import { renderFields } from './asyncapi-fields.ts'
import { escapeHtml, headingsOf, inlineMarkdown, renderMarkdown, slug } from './asyncapi-markdown.ts'
import type { Schema } from './asyncapi-schemas.ts'
import type { AsyncapiDocument, Channel, ErrorEntry, Message, Operation } from './asyncapi-types.ts'

interface Entry { id: string, label: string, entries?: Entry[] }

const section = (id: string, title: string, content: string) => `<section aria-labelledby="${id}">\n<h2 id="${id}">${escapeHtml(title)}</h2>\n${content}\n</section>`
const last = (ref: string) => ref.split('/').at(-1)!
const json = (value: unknown) => `<pre tabindex="0"><code>${escapeHtml(JSON.stringify(value, null, 2))}</code></pre>`
const errorLink = (code: string) => `<a href="#error-${code}"><code>${code}</code></a>`

/** A table in a box that scrolls by itself where the screen is narrow. */
const table = (caption: string, heads: string[], rows: string[][]) => `<div class="scroll" role="region" aria-label="${escapeHtml(caption)}, a table" tabindex="0"><table>
<thead><tr>${heads.map(head => `<th scope="col">${escapeHtml(head)}</th>`).join('')}</tr></thead>
<tbody>
${rows.map(([first, ...rest]) => `<tr><th scope="row">${first!}</th>${rest.map(cell => `<td>${cell}</td>`).join('')}</tr>`).join('\n')}
</tbody></table></div>`

/** The parts of the page that are made from one document. */
function createParts (document: AsyncapiDocument) {
  const { components, channels, servers } = document
  const resolve = (ref: string): Schema => components.schemas[last(ref)]!
  const fields = (schema: Schema) => renderFields(schema, resolve)
  const operations = Object.values(document.operations).filter(({ channel }) => channel.$ref === '#/channels/socket')
  const commands = operations.filter(({ action }) => action === 'send')
  const heard = operations.filter(({ action }) => action === 'receive')
  const messageOf = ({ messages }: Pick<Operation, 'messages'>): Message => components.messages[last(messages[0]!.$ref)]!
  const replyOf = ({ reply }: Operation): Message => components.messages[last(reply!.messages[0]!.$ref)]!

  const body = (message: Message) => `<h4>Fields</h4>\n${fields(message.payload as unknown as Schema)}\n<h4>Example</h4>\n${message.examples.map(({ payload }) => json(payload)).join('\n')}`

  function command (operation: Operation): string {
    const message = messageOf(operation)
    const reply = replyOf(operation)
    const answer = reply.name === 'ack'
      ? `<p>With an <code>id</code>: <code>ack</code>.</p>\n${fields(reply.payload as unknown as Schema)}\n${json(reply.examples[0]!.payload)}`
      : `<p>With or without an <code>id</code>: <a href="#event-${reply.name}"><code>${escapeHtml(reply.name)}</code></a>.</p>`
    return `<article aria-labelledby="command-${message.name}">
<h3 id="command-${message.name}"><code>${escapeHtml(message.name)}</code> <span class="tag">${escapeHtml(message.tags[0]!.name)}</span></h3>
<p>${inlineMarkdown(operation.summary)}</p>
${body(message)}
<h4>Answer</h4>
${answer}
<h4>Errors</h4>
<p class="codes">${operation['x-error-codes']!.map(errorLink).join(' ')}</p>
</article>`
  }

  function event (operation: Operation): string {
    const message = messageOf(operation)
    const delivery = operation['x-delivery']
    const how = delivery && [`Told to ${delivery.audience}.`, delivery.numbered ? 'Has a number of the chat’s log.' : 'Has no number, and is not repeated.', ...delivery.droppable ? ['May be left out for a slow reader.'] : []].join(' ')
    return `<article aria-labelledby="event-${message.name}">
<h3 id="event-${message.name}"><code>${escapeHtml(message.name)}</code> <span class="tag">${escapeHtml(message.tags[0]!.name)}</span></h3>
<p>${inlineMarkdown(operation.summary)}</p>
${how ? `<p class="delivery">${escapeHtml(how)}</p>` : ''}
${body(message)}
</article>`
  }

  const query = ({ bindings: { ws } }: Channel) => fields(ws.query)

  function connecting (): string {
    const server = Object.values(servers)[0]!
    const doors = Object.entries(channels).map(([name, channel]) => `<h3 id="channel-${name}"><code>${escapeHtml(channel.address)}</code></h3>
<p>${inlineMarkdown(channel.summary)} ${inlineMarkdown(channel.description)}</p>
<pre tabindex="0"><code>${escapeHtml(addressOf(server) + channel.address)}</code></pre>
${Object.entries(channel.parameters ?? {}).map(([parameter, { description }]) => `<h4>In the path</h4>\n<ul class="fields"><li><code class="name">${escapeHtml(parameter)}</code> <span class="type">string</span> <span class="required">required</span><p>${inlineMarkdown(description)}</p></li></ul>`).join('')}
<h4>In the query</h4>
${query(channel)}`).join('\n')
    const schemes = Object.entries(components.securitySchemes).map(([name, { description }]) => `<dt><code>${escapeHtml(name)}</code></dt><dd>${inlineMarkdown(description!)}</dd>`).join('\n')
    return `${doors}\n<h3 id="security">Security</h3>\n<dl>\n${schemes}\n</dl>`
  }

  const shows = ({ commands: by, unreadable, reply, close_code: closes }: ErrorEntry) => by.length > 0 || unreadable || reply || closes !== undefined
  const errorRow = ({ code, status, title, retryable, commands: by, unreadable, reply, close_code: closes }: ErrorEntry) => {
    const told = [
      ...unreadable ? ['a frame that cannot be read'] : [],
      ...by.length === commands.length ? ['any command'] : by.map(name => `<a href="#command-${name}"><code>${name}</code></a>`),
      ...reply ? ['<a href="#event-reply_finished"><code>reply_finished</code></a>'] : [],
      ...closes === undefined ? [] : [`the end of a socket, with <a href="#close-${closes}">${closes}</a>`]
    ]
    return [`<code id="error-${code}">${code}</code>`, escapeHtml(title), told.join(', ') || 'HTTP alone', String(status), retryable ? 'yes' : 'no']
  }
  const errorTable = (caption: string, entries: ErrorEntry[]) => table(caption, ['code', 'meaning', 'told by', 'HTTP status', 'retryable'], entries.map(errorRow))

  return {
    commands: commands.map(command).join('\n'),
    events: heard.map(event).join('\n'),
    connecting: connecting(),
    errors: `${errorTable('Errors of the socket', document['x-error-codes'].filter(shows))}
<details><summary>Codes that come over HTTP alone</summary>${errorTable('Errors over HTTP alone', document['x-error-codes'].filter(entry => !shows(entry)))}</details>`,
    closings: table('Close codes', ['code', 'name', 'meaning', 'what to do'], document['x-close-codes'].map(({ code, name, meaning, then }) => [`<span id="close-${code}">${code}</span>`, `<code>${name}</code>`, inlineMarkdown(meaning), inlineMarkdown(then)])),
    contents: [
      { id: 'introduction', label: 'Introduction', entries: headingsOf(document.info.description).map(heading => ({ id: slug(heading), label: heading })) },
      { id: 'connecting', label: 'Connecting', entries: [...Object.entries(channels).map(([name, { address }]) => ({ id: `channel-${name}`, label: address })), { id: 'security', label: 'Security' }] },
      { id: 'commands', label: 'Commands', entries: commands.map(messageOf).map(({ name }) => ({ id: `command-${name}`, label: name })) },
      { id: 'events', label: 'Events', entries: heard.map(messageOf).map(({ name }) => ({ id: `event-${name}`, label: name })) },
      { id: 'errors', label: 'Errors' },
      { id: 'close-codes', label: 'Close codes' }
    ] satisfies Entry[] as Entry[]
  }
}

const tree = (entries: Entry[]): string => `<ul>${entries.map(({ id, label, entries: inner }) => `<li><a href="#${id}">${escapeHtml(label)}</a>${inner ? tree(inner) : ''}</li>`).join('')}</ul>`

/** The whole page, from the document alone: HTML that needs no program. */
export function renderPage (document: AsyncapiDocument): string {
  const { info } = document
  const { contents, connecting, commands, events, errors, closings } = createParts(document)
  const navigation = tree(contents)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(info.title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/asyncapi/style.css">
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<p class="brand">Parley <span>${escapeHtml(info.version)}</span></p>
<nav aria-label="Documents"><ul><li><a href="/docs">HTTP: try it</a></li><li><a href="/redoc">HTTP: read it</a></li><li><a href="/asyncapi" aria-current="page">WebSocket</a></li><li><a href="/console">Console</a></li></ul></nav>
</header>
<div class="columns">
<div class="side">
<details><summary>Contents</summary><nav aria-label="Contents">${navigation}</nav></details>
<nav class="wide" aria-label="Contents">${navigation}</nav>
</div>
<main id="main" tabindex="-1">
<h1>${escapeHtml(info.title)}</h1>
<p>This page as a document for programs: <a href="/asyncapi.json">AsyncAPI ${escapeHtml(document.asyncapi)}, as JSON</a>.</p>
${section('introduction', 'Introduction', renderMarkdown(info.description))}
${section('connecting', 'Connecting', connecting)}
${section('commands', 'Commands', `<p>What a client sends. A command that carries an <code>id</code> is answered with the same <code>id</code>.</p>\n${commands}`)}
${section('events', 'Events', `<p>What a client hears.</p>\n${events}`)}
${section('errors', 'Errors', `<p>They come as the frame <a href="#event-error"><code>error</code></a>, a reply’s in <a href="#event-reply_finished"><code>reply_finished</code></a>. Over HTTP the same codes come with a status.</p>\n${errors}`)}
${section('close-codes', 'Close codes', `<p>How a socket ends, and what a client does then.</p>\n${closings}`)}
</main>
</div>
</body>
</html>
`
}
