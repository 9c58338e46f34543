import helmet, { type FastifyHelmetOptions } from '@fastify/helmet'
import Fastify from 'fastify'
import fp from 'fastify-plugin'

/**
 * What pages of this server may load: only what the server itself serves. Styles may be inline because Swagger UI and ReDoc write
 * theirs at run time; ReDoc searches in a worker made from a blob. HTTPS is the business of the proxy in front.
 */
const contentPolicy: FastifyHelmetOptions = {
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
    /** The headers of a route that has a policy of its own. */
    securityHeaders?: Record<string, string>
  }
}

/** Headers of an answer that are not helmet's. */
const others = new Set(['connection', 'content-length', 'content-type', 'date'])

/** What helmet puts on an answer, taken from one of a server that has nothing else. */
async function headersOf (policy: FastifyHelmetOptions): Promise<Record<string, string>> {
  const bare = Fastify()
  await bare.register(helmet, policy)
  bare.get('/', async () => '')
  const { headers } = await bare.inject('/')
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !others.has(name)).map(([name, value]) => [name, String(value)]))
}

/**
 * Puts helmet's headers on every answer; a route with a `helmet` of its own differs in that. They are made once: they are the same on
 * all answers of a route, and its plugin puts the policy together anew for each request.
 */
export const securityHeaders = fp(async app => {
  const usual = await headersOf(contentPolicy)
  const special = new Map<object, { headers: Record<string, string>, made: Promise<unknown> }>()
  app.addHook('onRoute', route => {
    if (typeof route.helmet !== 'object') return
    const headers: Record<string, string> = {}
    const own = special.get(route.helmet) ?? { headers, made: headersOf(Object.assign({}, contentPolicy, route.helmet) as FastifyHelmetOptions).then(found => Object.assign(headers, found)) }
    special.set(route.helmet, own)
    route.config = { ...route.config, securityHeaders: own.headers }
  })
  app.addHook('onReady', async () => { await Promise.all([...special.values()].map(({ made }) => made)) })
  app.addHook('onRequest', async (request, reply) => { reply.headers(request.routeOptions.config.securityHeaders ?? usual) })
}, { name: 'security-headers' })
