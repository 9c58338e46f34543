/** Turns of the event loop in which what comes together arrives: a client's frames, or the requests of many connections, are two or three reads. One in which nothing comes takes some 20 µs. */
export const gatheringTurns = 3

/** Calls back when so many turns have passed: what is asked for meanwhile can share a command. */
export function afterGathering (done: () => void, turns = gatheringTurns): void {
  setImmediate(() => {
    if (turns > 1) afterGathering(done, turns - 1)
    else done()
  })
}
