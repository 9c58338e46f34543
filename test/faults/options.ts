import { parseArgs } from 'node:util'
import { type FaultName, faults } from './faults.ts'

/**
 * How much one round of a run is, and how many there are: a round takes `seconds`, and goes on until there was enough of everything, but not
 * beyond `atMost` seconds.
 */
export interface Size { rounds: number, seconds: number, atMost: number, senders: number, faults: number, acknowledged: number, everyMs: number, paceMs: number, churnMs: number }

const sizes = {
  usual: { rounds: 1, seconds: 180, atMost: 600, senders: 240, faults: 30, acknowledged: 50_000, everyMs: 4800, paceMs: 0, churnMs: 60 },
  long: { rounds: 7, seconds: 230, atMost: 480, senders: 240, faults: 44, acknowledged: 143_000, everyMs: 4800, paceMs: 0, churnMs: 60 }
} satisfies Record<string, Size>

/** What the command line asks for. Throws Error with a sentence for a person. */
export function readOptions (args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      long: { type: 'boolean', default: false },
      seed: { type: 'string' },
      sabotage: { type: 'string' },
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      pace: { type: 'string' },
      senders: { type: 'string' },
      calm: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] }
    }
  })
  const number = (name: 'seed' | 'seconds' | 'rounds' | 'pace' | 'senders', most: number) => {
    const text = values[name]
    if (text === undefined) return
    if (!/^\d+$/.test(text) || Number(text) > most) throw new Error(`--${name} wants a number up to ${most}, not "${text}"`)
    return Number(text)
  }
  const only = values.only.flatMap(word => {
    const found = (Object.keys(faults) as FaultName[]).filter(name => name.toLowerCase().includes(word.toLowerCase()))
    if (found.length === 0) throw new Error(`--only: no fault is called "${word}": ${Object.keys(faults).join(', ')}`)
    return found
  })
  const size: Size = { ...values.long ? sizes.long : sizes.usual }
  size.rounds = number('rounds', 20) ?? size.rounds
  size.paceMs = number('pace', 60_000) ?? size.paceMs
  size.senders = number('senders', 4000) ?? size.senders
  const seconds = number('seconds', 1200)
  // A short look proves nothing by its numbers.
  if (seconds !== undefined) Object.assign(size, { seconds, atMost: seconds, faults: 0, acknowledged: 0 })
  return { size, isLong: values.long, seed: number('seed', 2 ** 32 - 1) ?? Math.floor(Math.random() * 2 ** 32), sabotage: values.sabotage, isCalm: values.calm, only }
}

export type Options = ReturnType<typeof readOptions>
