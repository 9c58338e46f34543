import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { FastifyPluginAsync } from 'fastify'

const bundle = createRequire(import.meta.url).resolve('redoc/bundles/redoc.standalone.js')
/** The one thing ReDoc asks of another server: a picture beside its name. Whoever reads here is nobody else's business. */
const foreignPicture = 'https://cdn.redoc.ly/redoc/logo-mini.svg'

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

let program: Promise<Buffer> | undefined
const readProgram = async () => Buffer.from((await readFile(bundle, 'utf8')).replaceAll(foreignPicture, 'data:,'))

/** ReDoc at /redoc, its program served from the package. */
export const redoc: FastifyPluginAsync = async app => {
  app.get('/redoc', { schema: { hide: true } }, async (_request, reply) => reply.type('text/html; charset=utf-8').send(page))
  app.get('/redoc/redoc.standalone.js', { schema: { hide: true } }, async (_request, reply) => reply
    .headers({ 'Cache-Control': 'public, max-age=86400' })
    .type('text/javascript; charset=utf-8')
    // A megabyte that a start need not wait for.
    .send(await (program ??= readProgram())))
}
