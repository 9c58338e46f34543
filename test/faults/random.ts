/** A source of numbers: the same seed gives the same. */
export interface Random {
  /** From 0 to 1. */
  (): number
}

/** Random numbers from 0 to 1 by a seed (mulberry32). */
export function randomOf (seed: number): Random {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** One of several. */
export const oneOf = <Item>(random: Random, items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!

/** A number between two, evenly. */
export const between = (random: Random, least: number, most: number): number => least + random() * (most - least)
