/** The numbers that one frame tells of which announces all these entries of a change. */
export const numbersOf = (entries: { seq: number }[]): { seq: number, first_seq?: number } => ({
  seq: entries.at(-1)!.seq,
  ...(entries.length > 1 && { first_seq: entries[0]!.seq })
})
