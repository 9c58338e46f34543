import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import type { Connection } from 'mongoose'
import type { App } from './app.ts'
import { NewAccount } from './auth/schemas.ts'
import { schemas } from './catalogue.ts'
import { Problem } from './platform/errors.ts'
import { StartupError } from './platform/startup-error.ts'
import { fieldErrors } from './platform/to-problem.ts'
import { Ref } from './platform/typebox.ts'
import { createValidators } from './platform/validation.ts'

/** What --help answers. */
export const usage = `Usage: npm run admin:create -- --email you@example.com [--username you] [--password | --password-stdin]
Makes an administrator, or makes an existing account one. The password is asked for (--password), read from the standard
input (--password-stdin) or from the variable ADMIN_PASSWORD, or made up and shown once.
`

/** What stands behind the command. Throws StartupError, without repeating anything. */
export function readArguments (args: string[]) {
  try {
    const { values } = parseArgs({ args, options: { email: { type: 'string' }, username: { type: 'string' }, password: { type: 'boolean' }, 'password-stdin': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } })
    return values
  } catch {
    // What could not be read may be a password: it is not repeated.
    throw new StartupError('The arguments are --email, --username, --password and --password-stdin; the last two take no value, as others could read it in the list of processes')
  }
}

async function ask (question: string): Promise<string> {
  if (!process.stdin.isTTY) throw new StartupError('--password asks for the password, and there is no terminal to ask at: use --password-stdin')
  process.stderr.write(question)
  // What is typed is not shown.
  const reader = createInterface({ input: process.stdin, output: new Writable({ write: (_chunk, _encoding, done) => { done() } }), terminal: true })
  reader.once('SIGINT', () => {
    process.stderr.write('\n')
    process.exit(130)
  })
  const answer = await reader.question('')
  reader.close()
  process.stderr.write('\n')
  return answer
}

async function readPassword (values: ReturnType<typeof readArguments>): Promise<string | undefined> {
  if (values['password-stdin']) return (await text(process.stdin)).replace(/\r?\n$/, '')
  if (!values.password) return process.env['ADMIN_PASSWORD'] || undefined
  const password = await ask('Password: ')
  if (await ask('Once more: ') !== password) throw new StartupError('The two passwords differ')
  return password
}

export interface Account { account: NewAccount, /** Whether nobody knows the password yet. */ isMadeUp: boolean }

/** The account as a registration would take it. Throws StartupError with one line that names every fault. */
export async function readAccount (values: ReturnType<typeof readArguments>): Promise<Account> {
  if (values.email === undefined) throw new StartupError('--email is missing: npm run admin:create -- --email you@example.com')
  const given = await readPassword(values)
  const password = given ?? randomBytes(18).toString('base64url')
  const account = { email: values.email, password, ...(values.username !== undefined && { username: values.username }) }
  const fits = createValidators(schemas).json(Ref(NewAccount))
  if (!fits(account)) throw new StartupError(fieldErrors(fits.errors as never).map(({ path, message }) => `${path.slice(1)} ${message}`).join('; '))
  return { account, isMadeUp: given === undefined }
}

/** Makes the account, or makes the one there is an administrator; answers the lines that tell of it. Throws StartupError, `username_taken`. */
export async function createAdmin (app: App, connection: Connection, { account, isMadeUp }: Account): Promise<string[]> {
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
