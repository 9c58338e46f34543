import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { clientRules } from './check-clients.ts'
import { logRules } from './check-log.ts'
import type { FaultName } from './faults.ts'
import type { Life } from './life.ts'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const [once, numbers] = logRules
const [, wire, gone] = clientRules

/** What is taken out of a copy of what was built: the file, what stands there exactly once and what comes in its place; the rules that must see it, and the faults under which it shows. */
interface Sabotage { patches: [file: string, from: string, to: string][], seenBy: string[], faults: FaultName[] }

const insert = 'refusal = await inserts.insertMany(numbered.map(({ entry }) => entry), isShared ? sharedMs : waitMs);'

export const sabotages: Record<string, Sabotage> = {
  'acknowledge before the write': {
    patches: [['log/write-sends.js', insert, `for (const { send, entry } of numbered) settle(send, { entry, replayed: false });\n            ${insert}`]],
    seenBy: [once],
    faults: ['SIGKILL of a Parley', 'SIGKILL of the primary', 'step-down of the primary']
  },
  'w: 1': {
    patches: [
      ['platform/mongo.js', "w: 'majority', journal: true, wtimeoutMS: waitMs", 'w: 1'],
      ['log/inserts.js', "w: 'majority', j: true, wtimeout: waitMs", 'w: 1'],
      ['log/write-change.js', "writeConcern: { w: 'majority' }", 'writeConcern: { w: 1 }']
    ],
    seenBy: [once],
    faults: ['partition of the primary', 'SIGKILL of the primary']
  },
  'no deduplication': {
    patches: [
      ['log/entry.js', '.index({ chat_id: 1, sender_id: 1, client_id: 1 }, { unique: true, ', '.index({ chat_id: 1, sender_id: 1, client_id: 1 }, { '],
      ['log/index.js', 'if (draft.client_id === undefined)', 'if (draft)']
    ],
    seenBy: [once],
    faults: ['SIGSTOP of a Parley', 'SIGKILL of a Parley', 'SIGKILL of the primary', 'partition of the primary']
  },
  'hub without gap check': {
    patches: [['ws/room.js', 'if (frame.first > last + 1) {', 'if (last < 0) {']],
    seenBy: [wire],
    faults: ['SIGKILL of Redis']
  },
  'resume that queries before it buffers': {
    patches: [['ws/subscription.js', 'this.#held.push(frame);', '']],
    seenBy: [wire],
    faults: ['half-open sockets of clients', 'SIGKILL of a Parley']
  },
  'removal that does not reach the hub': {
    patches: [
      ['app.js', "bus.on(participantRemoved, ({ chat_id, user_id }) => hub.expel(chat_id, 'removed', user_id));", ''],
      ['ws/hub.js', "removed: userId => expel(chatId, 'removed', userId),", 'removed: () => { },']
    ],
    seenBy: [gone],
    faults: ['SIGKILL of Redis', 'half-open sockets of clients']
  },
  'numbers taken from memory without the index': {
    patches: [
      ['log/entry.js', '.index({ chat_id: 1, seq: 1 }, { unique: true, ', '.index({ chat_id: 1, seq: 1 }, { '],
      ['log/entry.js', '.index({ chat_id: 1, branch_id: 1, message_index: 1 }, { unique: true, ', '.index({ chat_id: 1, branch_id: 1, message_index: 1 }, { ']
    ],
    seenBy: [numbers],
    faults: ['SIGKILL of Redis']
  }
}

/** A copy of what was built with one guard taken out; answers its server program. Throws when what is to be taken out does not stand there exactly once. */
export function buildSabotaged (life: Life, name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'parley-sabotage-'))
  life.teardown(() => { rmSync(folder, { recursive: true, force: true }) })
  for (const entry of readdirSync(root)) if (entry !== 'dist' && entry !== '.git') symlinkSync(join(root, entry), join(folder, entry))
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true })
  for (const [file, from, to] of sabotages[name]!.patches) {
    const path = join(folder, 'dist', file)
    const text = readFileSync(path, 'utf8')
    const count = text.split(from).length - 1
    if (count !== 1) throw new Error(`${name}: dist/${file} holds ${count} times: ${from}`)
    writeFileSync(path, text.replace(from, () => to))
  }
  return join(folder, 'dist', 'server.js')
}
