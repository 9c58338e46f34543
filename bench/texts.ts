/** The text of a seeded message, the same at every subject: of the usual length, none like another. */
export const textOf = (index: number) => `Message ${index}: shall we meet at the station at ${index % 24}:${String(index % 60).padStart(2, '0')}, or rather a little later?`

/** When the seeded message was written, one a second up to a fixed day. */
export const timeOf = (index: number) => new Date(Date.UTC(2026, 0, 1) + index * 1000)

/** Documents that go as one insert. */
export const portion = 10_000
