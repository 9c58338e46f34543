import { LRUCache } from 'lru-cache'

/**
 * A cache of at most `atMost` things by their text keys, the least recently used forgotten first, and each after `ms` milliseconds if
 * that is given, or a hundredth later: the clock is not looked at more often, as lru-cache sets a timer each time. Counted by size: with its `max` all places
 * are allocated at once, which took a start some 30 ms and 8 MB.
 */
export const createCache = <Value extends {}>({ atMost, ms }: { atMost: number, ms?: number }): LRUCache<string, Value> =>
  new LRUCache<string, Value>({ maxSize: atMost, maxEntrySize: 1, sizeCalculation: () => 1, ...(ms !== undefined && { ttl: ms, ttlResolution: ms / 100 }) })
