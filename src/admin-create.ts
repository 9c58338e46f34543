import { createAdmin, readAccount, readArguments, usage } from './admin-account.ts'
import { createIndexes } from './platform/indexes.ts'
import { StartupError } from './platform/startup-error.ts'
import { runTool } from './tool.ts'

async function create () {
  const values = readArguments(process.argv.slice(2))
  if (values.help) {
    process.stdout.write(usage)
    process.exit(0)
  }
  const account = await readAccount(values)
  await runTool(async (app, connection) => {
    // Without the unique indexes two accounts could share an email.
    await createIndexes(Object.values(connection.models) as never)
    for (const line of await createAdmin(app, connection, account)) process.stdout.write(`${line}\n`)
  })
}

create().catch((error: unknown) => {
  process.stderr.write(`${error instanceof StartupError ? error.message : (error as Error).stack}\n`)
  process.exit(1)
})
