import t from 'tap'
import { orderOf } from '../../bench/rounds.ts'

for (const names of [['a', 'b'], ['a', 'b', 'c'], ['a', 'b', 'c', 'd', 'e']]) {
  t.test(`the order of ${names.length} servers`, t => {
    const orders = Array.from({ length: 2 * names.length }, (_, round) => orderOf(names, round))
    for (const order of orders) t.same([...order].sort(), names, 'each runs once a round')
    for (const name of names) {
      t.equal(orders.filter(([first]) => first === name).length, 2, `${name} is as often the first as any other`)
      const before = new Set(orders.flatMap(order => order.slice(0, -1).filter((_, i) => order[i + 1] === name)))
      t.equal(before.size, Math.min(2, names.length - 1), `${name} does not always come after the same one`)
    }
    t.end()
  })
}
