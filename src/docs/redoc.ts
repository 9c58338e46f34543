import { createReadStream } from 'node:fs'
import { createRequire } from 'node:module'
import type { FastifyPluginAsync } from 'fastify'

const bundle = createRequire(import.meta.url).resolve('redoc/bundles/redoc.standalone.js')

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Parley: the API, to read</title>
<link rel="icon" href="data:,">
<style>body { margin: 0 }</style>
</head>
<body>
<redoc spec-url="/openapi.json"></redoc>
<script src="/redoc/redoc.standalone.js"></script>
</body>
</html>
`

/** ReDoc at /redoc, its program served from the package. */
export const redoc: FastifyPluginAsync = async app => {
  app.get('/redoc', { schema: { hide: true } }, async (_request, reply) => reply.type('text/html; charset=utf-8').send(page))
  app.get('/redoc/redoc.standalone.js', { schema: { hide: true } }, async (_request, reply) => reply
    .headers({ 'Cache-Control': 'public, max-age=86400' })
    .type('text/javascript; charset=utf-8')
    .send(createReadStream(bundle)))
}
