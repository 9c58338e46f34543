// Loaded before a Parley process (node --import): SIGURG puts its clock an hour ahead and the next one right again, SIGWINCH an hour back. Timers are not
// touched, as when somebody sets the clock of a machine.
const RealDate = Date
const hour = 3_600_000
let off = 0
process.on('SIGURG', () => { off = off === 0 ? hour : 0 })
process.on('SIGWINCH', () => { off = off === 0 ? -hour : 0 })

// Libraries know it by its name.
const Shifted = {
  Date: class Date extends RealDate {
    constructor (...given) {
      if (given.length === 0) super(RealDate.now() + off)
      else super(...given)
    }

    static now () { return RealDate.now() + off }

    // What was made by the other one is a date as well.
    static [Symbol.hasInstance] (value) { return value instanceof RealDate }
  }
}

globalThis.Date = new Proxy(Shifted.Date, { apply: () => new Shifted.Date().toString() })
