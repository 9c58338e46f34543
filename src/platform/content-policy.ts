import type { FastifyHelmetOptions } from '@fastify/helmet'

/**
 * What pages of this server may load: only what the server itself serves. Styles may be inline because Swagger UI and ReDoc write
 * theirs at run time; ReDoc searches in a worker made from a blob. HTTPS is the business of the proxy in front.
 */
export const contentPolicy: FastifyHelmetOptions = {
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
