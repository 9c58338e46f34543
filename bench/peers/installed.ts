import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathOf, runToEnd } from '../run.ts'

/**
 * The folder of what a peer needs, made by `install` once for each state of `file`; installations stay in the folder for temporary
 * files, so that only the first run waits for them.
 */
export async function installed (name: string, file: string, say: (line: string) => void, install: (home: string) => Promise<void>): Promise<string> {
  const state = createHash('sha256').update(readFileSync(pathOf(file))).digest('hex').slice(0, 16)
  const home = join(tmpdir(), `parley-bench-${name}-${process.getuid?.() ?? 0}-${state}`)
  const whole = join(home, '.whole')
  if (existsSync(whole)) return home
  say(`installing ${name} …`)
  rmSync(home, { recursive: true, force: true })
  mkdirSync(home, { recursive: true })
  await install(home)
  writeFileSync(whole, '')
  return home
}

/** A virtual environment of Python with the pinned requirements. */
export const installPython = async (name: string, requirements: string, say: (line: string) => void) => await installed(name, requirements, say, async home => {
  await runToEnd('python3', ['-m', 'venv', home])
  await runToEnd(join(home, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes', '-r', pathOf(requirements)])
})

/** A folder with a program for Node and the packages that its lock file names. */
export const installNode = async (name: string, folder: string, say: (line: string) => void) => await installed(name, `${folder}/package-lock.json`, say, async home => {
  for (const file of ['package.json', 'package-lock.json']) cpSync(pathOf(`${folder}/${file}`), join(home, file))
  await runToEnd('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: home })
})
