import { createIndexes } from './platform/indexes.ts'
import { runTool } from './tool.ts'

const say = (line: string) => { process.stdout.write(`${line}\n`) }

void runTool(async ({ models, services: { chats } }, connection) => {
  await createIndexes(models)
  say(`Database "${connection.name}": ${await chats.restorations.renew(say)} chats have a new epoch. Clients will read again what they have of them.`)
})
