import { fill } from './demo-data.ts'
import { StartupError } from './platform/startup-error.ts'
import { runTool } from './tool.ts'

// The demo is the same for everybody, and uses up nobody's tokens: the offline model answers.
for (const name of ['AI_BASE_URL', 'AI_API_KEY', 'AI_MODEL', 'AI_MODELS', 'GROQ_API_KEY', 'OPENAI_API_KEY']) process.env[name] = ''
void runTool(async (app, connection, { HOST, PORT, PUBLIC_URL }) => {
  for (const line of await fill(app, connection)) process.stdout.write(`${line}\n`)
  const url = PUBLIC_URL ?? `http://${['0.0.0.0', '::'].includes(HOST) ? 'localhost' : HOST}:${PORT}`
  process.stdout.write(`With the server running (npm start), log in at ${url}/console, or try the API at ${url}/docs.\n`)
}, ({ NODE_ENV }) => {
  if (NODE_ENV === 'production') throw new StartupError('The demo\'s passwords are known to everybody: with NODE_ENV=production it makes no accounts')
})
