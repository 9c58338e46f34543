/** The programs, each of which runs when it is loaded; scripts/bundle.mjs makes one bundle of them. */
export const programs = {
  server: async () => await import('./server.ts'),
  'db-init': async () => await import('./db-init.ts'),
  'db-restored': async () => await import('./db-restored.ts'),
  'admin-create': async () => await import('./admin-create.ts'),
  demo: async () => await import('./demo.ts')
}

/** Runs what a start runs before it needs a database: what it compiles is kept with the bundle. */
export const rehearse = async () => await (await import('./detached-app.ts')).rehearse()
