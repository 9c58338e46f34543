import type { Connection } from 'mongoose'
import { type Account, readAccount, readArguments, usage } from './admin-account.ts'
import type { App } from './app.ts'
import { Problem } from './platform/errors.ts'
import { createIndexes } from './platform/indexes.ts'
import { StartupError } from './platform/startup-error.ts'
import { runTool } from './tool.ts'

async function createAdmin (app: App, connection: Connection, { account, isMadeUp }: Account): Promise<string[]> {
  const { auth, users } = app.services
  const { email, username, password } = account
  const existing = await users.findForLogin(email)
  if (existing) {
    if (!existing.is_active) throw new StartupError(`${email} is deactivated: it cannot become an administrator`)
    if (username !== undefined && username.toLowerCase() !== existing.username.toLowerCase()) throw new StartupError(`${email} is there already, with the username ${existing.username}: leave --username out`)
    const kept = isMadeUp ? [] : ['Its password stays as it was.']
    if (existing.role === 'admin') return [`${email} is an administrator already (username ${existing.username}).`, ...kept]
    await connection.model('User').updateOne({ _id: existing.id }, { $set: { role: 'admin', updated_at: new Date() } })
    return [`${email} is an administrator now (username ${existing.username}).`, ...kept]
  }
  try {
    const made = await auth.createAccount({ ...account, role: 'admin' })
    return [`${made.email} is an administrator (username ${made.username}).`, ...isMadeUp ? [`Password, shown this once: ${password}`] : []]
  } catch (error) {
    // Somebody registered this email in between: it is the account that was meant.
    if (error instanceof Problem && error.code === 'email_taken') return await createAdmin(app, connection, { account, isMadeUp })
    throw error
  }
}

try {
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
} catch (error) {
  process.stderr.write(`${error instanceof StartupError ? error.message : (error as Error).stack}\n`)
  process.exit(1)
}
