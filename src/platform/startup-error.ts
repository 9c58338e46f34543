interface Extras {
  /** Whether it can pass without another start: the server then waits, and tries again. */
  mayPass?: boolean
  /** The same in words for anybody: without the names of machines. */
  inPublic?: string
}

/** A start-up failure a person can act on: the message is one line, says what to do, and holds no secret. */
export class StartupError extends Error {
  override name = 'StartupError'
  readonly mayPass: boolean
  readonly inPublic: string
  constructor (message: string, { mayPass = false, inPublic = 'The server waits for its database: its log says which one, and why.' }: Extras = {}) {
    super(message)
    this.mayPass = mayPass
    this.inPublic = inPublic
  }
}
