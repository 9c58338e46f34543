import { readFileSync } from 'node:fs'
import type { Ratio } from './types.ts'

const sorted = (values: number[]) => [...values].sort((a, b) => a - b)

/** The middle value; of an even number of values the mean of the two in the middle. */
export function median (values: number[]): number {
  const all = sorted(values)
  return (all[Math.floor((all.length - 1) / 2)]! + all[Math.ceil((all.length - 1) / 2)]!) / 2
}

/** Smallest, middle and largest value. */
export const range = (values: number[]) => ({ min: Math.min(...values), median: median(values), max: Math.max(...values) })

/** The ratio of two subjects' values within each round: what slows a whole round down cancels. */
export function pair (name: string, values: Record<string, number[]>, of: string, to: string): Ratio {
  const rounds = values[of]!.map((value, round) => value / values[to]![round]!)
  return { name, of, to, rounds, ...range(rounds) }
}

/**
 * The order of a round: every second one is the one before it turned round, and then it is rotated by one. Whoever comes after a server that wrote much finds the
 * database still busy with that, and it must not always be the same one.
 */
export function orderOf (names: string[], round: number): string[] {
  const rotated = names.map((_, i) => names[(i + Math.floor(round / 2)) % names.length]!)
  return round % 2 === 0 ? rotated : rotated.reverse()
}

/** Does `run` for every name in each of so many rounds, one after the other, in the round's order; answers what it measured as `values[metric][name][round]`. */
export async function inRounds (names: string[], rounds: number, run: (name: string, round: number) => Promise<Record<string, number>>): Promise<Record<string, Record<string, number[]>>> {
  const values: Record<string, Record<string, number[]>> = {}
  for (let round = 0; round < rounds; round++) {
    for (const name of orderOf(names, round)) {
      for (const [metric, value] of Object.entries(await run(name, round))) ((values[metric] ??= {})[name] ??= []).push(value)
    }
  }
  return values
}

/** The clock ticks of /proc in milliseconds: USER_HZ is 100 on every Linux that Node runs on. */
const tickMs = 10

/** Processor time that a process has used so far with all its threads, in milliseconds (proc(5): utime and stime). */
export function cpuMs (pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')
  return (Number(fields[11]) + Number(fields[12])) * tickMs
}

/** Resident memory of a process, in bytes (proc(5): VmRSS). */
export const residentBytes = (pid: number): number => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024

/** Measures what the processes use of the processor while `work` runs; answers its result and microseconds by name. */
export async function withCpu<Result> (pids: Record<string, number>, work: () => Promise<Result>): Promise<{ result: Result, micros: Record<string, number> }> {
  const before = Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, cpuMs(pid)]))
  const result = await work()
  return { result, micros: Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, (cpuMs(pid) - before[name]!) * 1000])) }
}
