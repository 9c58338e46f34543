import type { Part } from '../types.ts'
import { closedLoop, type Contestant, speedRatio, warmUp } from './http.ts'

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
    await warmUp(stage, contestants, 0)
    const rows = await closedLoop(stage, 'login', contestants, 4, options)
    return { rows, ratios: subjects.slice(1).map(name => speedRatio(`login ÷ ${name}`, rows, 'parley', name)) }
  }
}
