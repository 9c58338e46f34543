import { Mongoose } from 'mongoose'
import { buildApp } from './app.ts'
import { loadConfig } from './platform/config.ts'

/** An app without a database, and without any setting of this machine. */
export async function detachedApp () {
  const config = loadConfig({ SECRET_KEY: 'nothing that lasts is signed by it', LOG_LEVEL: 'silent' }, '/nonexistent')
  return await buildApp({ config, connection: new Mongoose().createConnection() })
}

/** Runs what a start runs before it needs a database, and ends. */
export async function rehearse (): Promise<void> {
  const app = await detachedApp()
  await app.inject('/livez')
  await app.close()
}
