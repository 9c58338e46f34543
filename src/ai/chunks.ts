import { AiFault } from './faults.ts'
import type { ModelEnd, ModelUsage } from './reply.ts'

interface Chunk {
  /** What the reply goes on with; empty in a chunk that tells something else. */
  text: string
  /** Whether the model is at work, seen or unseen: some think aloud first. */
  alive: boolean
  finishReason?: ModelEnd['finishReason']
  usage?: ModelUsage
}

type Loose = Record<string, unknown>

const isObject = (value: unknown): value is Loose => typeof value === 'object' && value !== null && !Array.isArray(value)
const isAbsent = (value: unknown): value is null | undefined => value === null || value === undefined
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
const bad = () => new AiFault('ai_bad_answer', undefined, { again: true })

const known = new Set(['stop', 'length', 'content_filter'])

function readUsage (usage: unknown): ModelUsage | undefined {
  if (!isObject(usage)) return undefined
  const { prompt_tokens: prompt, completion_tokens: completion } = usage
  return isCount(prompt) && isCount(completion) ? { prompt_tokens: prompt, completion_tokens: completion } : undefined
}

/** What a chunk of a stream says. Its type is the client's word, not the provider's. Throws ai_bad_answer on another shape. */
export function readChunk (chunk: unknown): Chunk {
  if (!isObject(chunk) || !Array.isArray(chunk['choices'])) throw bad()
  const usage = readUsage(chunk['usage'])
  const [choice] = chunk['choices'] as unknown[]
  if (choice === undefined) return { text: '', alive: false, ...(usage && { usage }) }
  if (!isObject(choice)) throw bad()
  const { delta, finish_reason: finish } = choice
  if (!(isAbsent(delta) || isObject(delta)) || !(isAbsent(finish) || typeof finish === 'string')) throw bad()
  const text = delta?.['content'] ?? ''
  if (typeof text !== 'string') throw bad()
  const thought = delta?.['reasoning'] ?? delta?.['reasoning_content']
  return {
    text,
    alive: text !== '' || (typeof thought === 'string' && thought !== ''),
    ...(finish && { finishReason: (known.has(finish) ? finish : 'other') as ModelEnd['finishReason'] }),
    ...(usage && { usage })
  }
}

/** Makes texts storable, whose pieces may part a pair of surrogates: no NUL, no lone surrogate. `rest` gives what was kept back. */
export function createCleaner () {
  let kept = ''
  return {
    clean (piece: string): string {
      const text = kept + piece.replaceAll('\0', '')
      kept = /[\ud800-\udbff]$/.exec(text)?.[0] ?? ''
      return (kept ? text.slice(0, -1) : text).toWellFormed()
    },
    rest: () => kept.toWellFormed()
  }
}
