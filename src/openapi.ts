import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { detachedApp } from './detached-app.ts'

/** Where the committed documents are kept. */
export const folder = new URL('../openapi/', import.meta.url)

/** The OpenAPI document as JSON and YAML, and the AsyncAPI document, from the schemas alone: no database is asked, and no setting of this machine shows. */
export async function openapiFiles (): Promise<Record<'openapi.json' | 'openapi.yaml' | 'asyncapi.json', string>> {
  const app = await detachedApp()
  try {
    await app.ready()
    // What JSON cannot hold must not show in YAML either.
    const document = JSON.parse(JSON.stringify(app.swagger()))
    return {
      'openapi.json': `${JSON.stringify(document, null, 2)}\n`,
      'openapi.yaml': stringify(document, { lineWidth: 120 }),
      'asyncapi.json': `${JSON.stringify(app.asyncapi(), null, 2)}\n`
    }
  } finally {
    await app.close()
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = await openapiFiles()
  await mkdir(folder, { recursive: true })
  for (const [name, text] of Object.entries(files)) await writeFile(new URL(name, folder), text)
  process.stdout.write(`Written: ${Object.keys(files).map(name => `openapi/${name}`).join(', ')}\n`)
}
