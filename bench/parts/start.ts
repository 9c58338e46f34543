import { pathOf } from '../run.ts'
import { inRounds, median, pair } from '../rounds.ts'
import type { Part } from '../types.ts'

/** As `npm start` starts it. No request is counted here, so its limits need not be raised. */
const program = pathOf('dist/bin/server.js')
const subjects = ['parley', 'fastapi', 'socketio']

export const start: Part = {
  name: 'start',
  subjects,
  async run (stage, { rounds, say }) {
    const begin = async (name: string) => {
      const begun = performance.now()
      const subject = await stage.subject(name, { name: 'start', ...name === 'parley' && { program } })
      const ms = performance.now() - begun
      await subject.stop()
      return ms
    }
    // The first start makes the indexes and fills the caches of files.
    for (const name of subjects) await begin(name)
    const { ms } = await inRounds(subjects, Math.max(5, rounds), async name => ({ ms: await begin(name) }))
    say(`  start to the first answer: ${Object.entries(ms!).map(([name, list]) => `${name} ${median(list).toFixed(0)} ms`).join(', ')}`)
    return { rows: [{ name: 'start to the first answer', unit: 'ms', perSubject: ms! }], ratios: subjects.slice(1).map(name => pair(`start ÷ ${name}`, ms!, 'parley', name)) }
  }
}
