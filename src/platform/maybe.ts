/** Something that is there, or a promise of it where it has to be waited for: what most requests find remembered should not cost each of them a promise. */
export type Maybe<Value> = Value | Promise<Value>

/** Ends a hook of Fastify when `use` was given what `find` finds: at once where nothing has to be waited for. */
export function whenFound<Value> (find: () => Maybe<Value>, use: (value: Value) => void, done: (error?: Error) => void): void {
  let found: Maybe<Value>
  try {
    found = find()
    if (!(found instanceof Promise)) use(found)
  } catch (error) {
    return done(error as Error)
  }
  if (found instanceof Promise) found.then(use).then(() => { done() }, done)
  else done()
}
