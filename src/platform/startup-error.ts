/** A start-up failure a person can act on: the message is one line, says what to do, and holds no secret. */
export class StartupError extends Error {
  override name = 'StartupError'
}
