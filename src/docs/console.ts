import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyPluginAsync } from 'fastify'
import type { HelmetOptions } from 'helmet'

/** What `npm run build` makes of console/; the same place seen from src/docs and from dist/docs. */
const folder = new URL('../../dist/console/', import.meta.url)

const types: Record<string, string> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8' }

/** Stricter than for the pages that others wrote: no inline style either, and sockets to this server alone. */
const contentPolicy: Pick<HelmetOptions, 'contentSecurityPolicy'> = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"]
    }
  }
}

/** The files of the built console. Throws when it was not built. */
function readFiles (): Map<string, Buffer> {
  try {
    return new Map(readdirSync(folder).map(name => [name, readFileSync(new URL(name, folder))]))
  } catch (error) {
    throw new Error(`The console is missing in ${fileURLToPath(folder)}: npm run build makes it.`, { cause: error })
  }
}

/** The console at /console. Its page is asked for anew each time; its files have their hash in their name and are kept. */
export const consolePage: FastifyPluginAsync = async app => {
  for (const [name, content] of readFiles()) {
    const isPage = name === 'index.html'
    app.get(isPage ? '/console' : `/console/${name}`, { schema: { hide: true }, config: { contentPolicy } }, async (_request, reply) => reply
      .headers({ 'Cache-Control': isPage ? 'no-cache' : 'public, max-age=31536000, immutable' })
      .type(types[extname(name)] ?? 'application/octet-stream')
      .send(content))
  }
}
