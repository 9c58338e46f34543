// That the generated types are fresh; what they promise is judged in compile.ts.
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { clientTypes, folder } from '../../scripts/client-types.ts'

t.test('the committed types are those of the API as it is', async t => {
  for (const [name, text] of Object.entries(await clientTypes())) t.ok(await readFile(new URL(name, folder), 'utf8') === text, `${name} is fresh: run \`npm run client\` and commit`)
})
