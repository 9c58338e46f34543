import { readdirSync } from 'node:fs'
import { pathOf } from '../run.ts'
import type { Part } from '../types.ts'

/** The order in which parts run, those first that are hurt most by what others leave behind; what is not named comes last. */
const order = ['start', 'page', 'send', 'login', 'fanout', 'delivery', 'pace', 'memory', 'branches', 'chats', 'history', 'growth']
const place = ({ name }: Part) => order.includes(name) ? order.indexOf(name) : order.length

/** Every part: what a file of this folder exports that can be run. */
export async function allParts (): Promise<Part[]> {
  const files = readdirSync(pathOf('bench/parts')).filter(name => name.endsWith('.ts') && name !== 'index.ts')
  const modules = await Promise.all(files.map(async file => Object.values(await import(`./${file}`) as object)))
  return modules.flat().filter((each): each is Part => typeof each === 'object' && each !== null && 'run' in each && 'subjects' in each).sort((a, b) => place(a) - place(b))
}
