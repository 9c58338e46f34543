/** Times in steps of a hundredth, however many: counted, not kept. */
export function createHistogram () {
  const step = Math.log(1.01)
  const least = 0.001
  const counts = new Uint32Array(2500)
  let total = 0
  let largest = 0
  return {
    add (ms: number) {
      const place = ms <= least ? 0 : Math.min(counts.length - 1, Math.ceil(Math.log(ms / least) / step))
      counts[place]!++
      total++
      if (ms > largest) largest = ms
    },
    get total () { return total },
    /** The value that so many in a hundred do not exceed, in milliseconds. */
    at (percentile: number): number {
      let left = Math.ceil(total * percentile / 100)
      for (let place = 0; place < counts.length; place++) {
        left -= counts[place]!
        if (left <= 0) return Math.min(largest, least * Math.exp(place * step))
      }
      return largest
    }
  }
}

export type Histogram = ReturnType<typeof createHistogram>

/** The percentiles that are kept of a distribution. */
export const percentiles = [1, 10, 25, 50, 75, 90, 95, 99, 99.9, 100]

export const distribution = (histogram: Histogram) => percentiles.map(percentile => ({ percentile, value: histogram.at(percentile) }))
