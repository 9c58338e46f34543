import type { IncomingMessage, ServerResponse } from 'node:http'
import fp from 'fastify-plugin'
import helmet, { type HelmetOptions } from 'helmet'

/**
 * What pages of this server may load: only what the server itself serves. Styles may be inline because Swagger UI and ReDoc write
 * theirs at run time; ReDoc searches in a worker made from a blob. HTTPS is the business of the proxy in front.
 */
const usualPolicy: HelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      fontSrc: ["'self'", 'data:'],
      connectSrc: ["'self'", 'ws:', 'wss:'],
      workerSrc: ["'self'", 'blob:'],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"]
    }
  },
  crossOriginEmbedderPolicy: false,
  // A year, subdomains included: what OWASP's ASVS 5.0 asks for. Browsers obey it over HTTPS only.
  strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: true }
}

/** The same for an answer that is given before any plugin runs: it is no page and loads nothing. */
export const bareHeaders = { 'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'", 'X-Content-Type-Options': 'nosniff', 'X-Frame-Options': 'DENY' }

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What differs from the usual policy on a route. */
    contentPolicy?: Pick<HelmetOptions, 'contentSecurityPolicy'>
  }
}

/** The headers that helmet puts on an answer. */
function headersOf (policy: HelmetOptions): Record<string, string> {
  const headers: Record<string, string> = {}
  const answer = { setHeader: (name: string, value: unknown) => { headers[name] = String(value) }, removeHeader: () => {} }
  helmet(policy)({} as IncomingMessage, answer as unknown as ServerResponse, error => { if (error) throw error })
  return headers
}

/**
 * Puts helmet's headers on every answer. They are made once: they are the same on all answers of a route, and helmet's own plugin for
 * Fastify puts the policy together anew for each request.
 */
export const securityHeaders = fp(async app => {
  const usual = headersOf(usualPolicy)
  const special = new WeakMap<object, Record<string, string>>()
  app.addHook('onRoute', ({ config: { contentPolicy } = {} }) => {
    if (contentPolicy) special.set(contentPolicy, headersOf({ ...usualPolicy, ...contentPolicy }))
  })
  app.addHook('onRequest', async ({ routeOptions: { config: { contentPolicy } } }, reply) => { reply.headers(contentPolicy ? special.get(contentPolicy)! : usual) })
}, { name: 'security-headers' })
