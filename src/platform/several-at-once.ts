/** Does `work` for each item, so many at a time, and answers the results in the order of the items. Throws what the first failure throws, and begins nothing more then. */
export async function severalAtOnce<Item, Result> (width: number, items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results = new Array<Result>(items.length)
  let next = 0
  const isOver = () => next >= items.length
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, async () => {
    while (!isOver()) {
      const index = next++
      try {
        results[index] = await work(items[index]!)
      } catch (error) {
        next = items.length
        throw error
      }
    }
  }))
  return results
}
