/** The name, what this is, and the way to a live conversation in a few lines. */
export function Welcome () {
  return (
    <section class='welcome' aria-labelledby='welcome-title'>
      <h1 id='welcome-title'><Logo /> Parley</h1>
      <p class='lead'>The console: a conversation on the left, and on the right every frame that makes it.</p>
      <h2>To a live conversation</h2>
      <ol>
        <li><b>Make an account</b>, then press <b>New chat</b> and choose <b>Assistant</b>: ask something, and read the reply as it is written.</li>
        <li>Open a <a href='/console' target='_blank' rel='noopener'>second window</a> and register somebody else there: each window is its own person.</li>
        <li>In the first window choose <b>Direct</b>, find the other by name and write. Messages, typing and read marks arrive in both at once.</li>
        <li>Branch from any message, and switch in the drawn tree. Or send any frame by hand.</li>
      </ol>
      <p class='note'>
        To begin with people who have chats already, run <code>npm run demo</code> before <code>npm start</code>, and sign in as <code>ann</code> or <code>bob</code> with
        the password <code>correct horse battery</code>. The REST side of the same server is at <a href='/docs'>/docs</a>, its frames are described at <a href='/asyncapi'>/asyncapi</a>.
      </p>
    </section>
  )
}

/** The mark: a line that parts. */
export const Logo = () => (
  <svg class='logo' viewBox='0 0 32 32' width='32' height='32' aria-hidden='true'>
    <rect width='32' height='32' rx='8' />
    <path d='M9 23V9m0 8c8 0 13-1 13-7' />
    <circle cx='9' cy='9' r='3.4' /><circle cx='9' cy='23' r='3.4' /><circle cx='22' cy='9' r='3.4' />
  </svg>
)
