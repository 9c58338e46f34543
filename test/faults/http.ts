import { Agent, request } from 'node:http'
import type { Ledger } from './ledger.ts'
import type { Parley } from './parley.ts'

/** One connection is kept for as many requests as it lives: what is measured is not the making of connections. */
const agent = new Agent({ keepAlive: true, maxSockets: 256, timeout: 30_000 })

export interface Reply { status: number, body: any, headers: Record<string, string | string[] | undefined> }
export interface Ask { token?: string, body?: object, timeoutMs?: number, headers?: Record<string, string> }

/** Asks a server; undefined when nobody answered, or not in time. */
export async function ask (port: number, method: string, path: string, { token, body, timeoutMs = 15_000, headers = {} }: Ask = {}): Promise<Reply | undefined> {
  const text = body && JSON.stringify(body)
  return await new Promise(resolve => {
    const asking = request({
      agent,
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: { ...headers, ...(token && { authorization: `Bearer ${token}` }), ...(text && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }) }
    }, response => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => { parts.push(part) })
      response.on('error', () => { resolve(undefined) })
      response.on('end', () => {
        clearTimeout(late)
        const content = Buffer.concat(parts).toString()
        let parsed
        try {
          parsed = content === '' ? undefined : JSON.parse(content)
        } catch {}
        resolve(response.complete ? { status: response.statusCode!, body: parsed, headers: response.headers } : undefined)
      })
    })
    const late = setTimeout(() => { asking.destroy(new Error('too late')) }, timeoutMs)
    asking.on('error', () => {
      clearTimeout(late)
      resolve(undefined)
    })
    asking.end(text)
  })
}

/** The same at a Parley process, noted in the ledger. */
export async function askParley (parley: Parley, ledger: Ledger, method: string, path: string, options: Ask = {}): Promise<Reply | undefined> {
  const from = Date.now()
  const reply = await ask(parley.port, method, `/api/v1${path}`, options)
  if (reply) ledger.answered({ server: parley.index, what: `${method} ${path}`, status: reply.status, code: reply.body?.code, from, to: Date.now(), hasRetryAfter: reply.headers['retry-after'] !== undefined })
  return reply
}

/** Ends the connections that are kept. */
export const hangUp = () => { agent.destroy() }
