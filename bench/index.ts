import { openStage } from './stage.ts'
import { page } from './parts/page.ts'
const rounds = Number(process.env['R'] ?? 3)
const stage = await openStage(line => console.log(line))
process.once('SIGINT', () => { void stage.stop().then(() => process.exit(130)) })
try {
  const result = await page.run(stage, { rounds, seconds: 1, say: line => console.log(line) })
  for (const { name, unit, perSubject } of result.rows) console.log(name, unit, Object.fromEntries(Object.entries(perSubject).map(([k, v]) => [k, v.map(x => Number(x.toPrecision(4)))])))
  console.log(result.ratios)
} finally { await stage.stop() }
