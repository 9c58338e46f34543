import type { IncomingMessage, ServerResponse } from 'node:http'
import fp from 'fastify-plugin'
import helmet, { type HelmetOptions } from 'helmet'

/** A year, subdomains included: what OWASP's ASVS 5.0 asks for. Browsers obey it over HTTPS only. */
const strictTransportSecurity = { maxAge: 31_536_000, includeSubDomains: true }

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
  strictTransportSecurity
}

/** What is no page loads nothing, and what only a page would heed is not said of it. */
const dataPolicy: HelmetOptions = {
  crossOriginEmbedderPolicy: false,
  strictTransportSecurity,
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false
}

/** The same for an answer that is given before any plugin runs. */
export const bareHeaders = { 'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'", 'X-Content-Type-Options': 'nosniff', 'X-Frame-Options': 'DENY' }

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What differs from the usual policy on a route. */
    contentPolicy?: Pick<HelmetOptions, 'contentSecurityPolicy'>
    /** Headers of all its answers. */
    usualHeaders?: Record<string, string>
  }
}

/**
 * The headers that helmet puts on an answer, and that keep it out of caches: it is for one person, and true of this moment only. The few
 * answers that may be kept say so themselves.
 */
function headersOf (policy: HelmetOptions): Record<string, string> {
  const headers: Record<string, string> = { 'cache-control': 'no-store' }
  // In small letters, as Fastify sends them: else it would make each name anew for each answer.
  const answer = { setHeader: (name: string, value: unknown) => { headers[name.toLowerCase()] = String(value) }, removeHeader: () => {} }
  helmet(policy)({} as IncomingMessage, answer as unknown as ServerResponse, error => { if (error) throw error })
  return headers
}

/**
 * Puts helmet's headers on every answer, fewer on those of the API. They are made once: they are the same on all answers of a route, and
 * helmet's own plugin for Fastify puts the policy together anew for each request.
 */
export const securityHeaders = fp(async app => {
  const ofPages = headersOf(usualPolicy)
  const ofData = headersOf(dataPolicy)
  app.addHook('onRoute', route => {
    const { url, config: { contentPolicy } = {} } = route
    route.config = { ...route.config, usualHeaders: contentPolicy ? headersOf({ ...usualPolicy, ...contentPolicy }) : url.startsWith('/api/') ? ofData : ofPages }
  })
  app.addHook('onRequest', ({ routeConfig: { usualHeaders = ofPages } }, reply, done) => {
    reply.headers(usualHeaders)
    done()
  })
}, { name: 'security-headers' })
