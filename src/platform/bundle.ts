import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { Script } from 'node:vm'

/** A bundle of CommonJS that was loaded. */
export interface Bundle<Exports> {
  exports: Exports
  /** Whether it was taken as compiled before. */
  isCompiled: boolean
  /** Keeps beside the bundle, for the next who loads it, what was compiled of it until now. */
  keepCompiled: () => void
}

const compiledOf = (file: string) => `${file}.compiled`

function readIfThere (file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch {
    return undefined
  }
}

/**
 * Loads a bundle that is written in ASCII, by its absolute path, with what V8 kept when it compiled it (`cachedData` of node:vm). V8 refuses what another version
 * has kept, and compiles anew; of the text it compares the length alone, so a bundle of other contents must have another name.
 * Throws what reading or running the bundle throws.
 */
export function loadBundle<Exports extends object> (file: string): Bundle<Exports> {
  const cachedData = readIfThere(compiledOf(file))
  // A text of one byte each is read faster and kept smaller than one that might need two.
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'latin1')}\n})`, { filename: file, ...(cachedData && { cachedData }) })
  const module = { exports: {} }
  script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file))
  return {
    exports: module.exports as Exports,
    isCompiled: cachedData !== undefined && script.cachedDataRejected === false,
    keepCompiled: () => { writeFileSync(compiledOf(file), script.createCachedData()) }
  }
}
