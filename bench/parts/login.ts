import type { Part } from '../types.ts'
import { closedLoop, type Contestant, speedRatio, warmUp } from './http.ts'

/** Logins that are in flight. */
const atOnce = 4

const subjects = ['parley', 'fastapi', 'socketio']

export const login: Part = {
  name: 'login',
  subjects,
  async run (stage, options) {
    const contestants: Contestant[] = []
    for (const name of subjects) {
      const subject = await stage.subject(name)
      await stage.people(subject, 1)
      const { url, body } = subject.api.login(`person0${name}`)
      contestants.push({ subject, load: { urls: [url], tokens: [], body } })
    }
    await warmUp(stage, contestants, { answers: 0, connections: atOnce })
    const rows = await closedLoop(stage, 'login', contestants, atOnce, options)
    return { rows, ratios: subjects.slice(1).map(name => speedRatio(`login ÷ ${name}`, rows, 'parley', name)) }
  }
}
