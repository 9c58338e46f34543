import { initialize } from './platform/indexes.ts'
import { runTool } from './tool.ts'

void runTool(async (_app, connection) => {
  for (const line of await initialize(connection)) process.stdout.write(`${line}\n`)
})
