import { createHash, timingSafeEqual } from 'node:crypto'
import fp from 'fastify-plugin'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { bearerToken } from './bearer.ts'
import { Problem } from './errors.ts'

export interface MetricsOptions {
  /** Whoever reads the metrics shows it as a bearer token. Without one they are there when `isOpen`, and else for nobody. */
  token?: string | undefined
  isOpen: boolean
  /** What is looked at when somebody reads, by name. */
  gauges: Record<string, { help: string, value: () => number }>
  /** What is counted, by name; `count` is handed what counts one more. */
  counters: Record<string, { help: string, count: (one: () => void) => void }>
}

/** Seconds: from what a page takes to what a caller is kept waiting. */
const buckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

/** What is known of the process itself; begun when it is first asked for, as watching the event loop and the garbage takes something. */
let ofProcess: Registry | undefined
function processMetrics (): Registry {
  if (!ofProcess) collectDefaultMetrics({ register: ofProcess = new Registry() })
  return ofProcess
}

const digest = (text: string) => createHash('sha256').update(text).digest()

/** Counts and times every request by route and status, and tells it at `/metrics` in the text format of Prometheus. */
export const metrics = fp<MetricsOptions>(async (app, { token, isOpen, gauges, counters }) => {
  const register = new Registry()
  const seconds = new Histogram({ name: 'http_request_duration_seconds', help: 'How long requests took.', labelNames: ['method', 'route', 'status'] as const, buckets, registers: [register] })
  for (const [name, { help, value }] of Object.entries(gauges)) register.registerMetric(new Gauge({ name, help, registers: [], collect () { this.set(value()) } }))
  for (const [name, { help, count }] of Object.entries(counters)) {
    const counter = new Counter({ name, help, registers: [register] })
    count(() => { counter.inc() })
  }
  /** By a route's config, then method and status: to find them by their labels would take longer than to count. */
  const known = new Map<object, Map<string, ReturnType<typeof seconds.labels>>>()

  app.addHook('onResponse', ({ method, routeConfig }, { statusCode, elapsedTime }, done) => {
    let ofRoute = known.get(routeConfig)
    if (!ofRoute) known.set(routeConfig, ofRoute = new Map())
    const place = `${method} ${statusCode}`
    let timer = ofRoute.get(place)
    // Of an unknown address any method can be asked: only what the server has makes a label.
    if (!timer) ofRoute.set(place, timer = seconds.labels(routeConfig.url === undefined ? { method: 'any', route: 'unknown', status: statusCode } : { method, route: routeConfig.url, status: statusCode }))
    timer.observe(elapsedTime / 1000)
    done()
  })

  app.get('/metrics', { schema: { hide: true }, config: { public: true, withoutDatabase: true } }, async ({ raw }, reply) => {
    if (token === undefined && !isOpen) throw new Problem('route_not_found', 'There is no such route: METRICS_TOKEN is not set.')
    if (token !== undefined && !timingSafeEqual(digest(bearerToken(raw) ?? ''), digest(token))) throw new Problem('unauthenticated', 'Send METRICS_TOKEN as "Authorization: Bearer …".')
    const all = Registry.merge([processMetrics(), register])
    return reply.type(all.contentType).send(await all.metrics())
  })
}, { name: 'metrics' })
