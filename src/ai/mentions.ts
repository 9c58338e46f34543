import { messageSent } from '../messages/events.ts'
import type { Message } from '../messages/schemas.ts'
import type { Bus } from '../platform/bus.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import type { Chats } from '../chats/service.ts'
import type { Begun } from './completions.ts'
import { replyFinished } from './events.ts'

/** How people call the assistant in a group. */
const mention = /(?<![\w@.])@assistant\b/i
/** How long a mention waits while its sender or its branch has replies under way, in milliseconds. */
const patienceMs = 120_000

interface Needs {
  bus: Bus
  access: Chats['access']
  answer: (actor: Actor, message: Message) => Promise<Begun>
  report: (error: unknown, what: string) => void
}

/** Lets the assistant answer where it is mentioned in a group that let it in. */
export function answerMentions ({ bus, access, answer, report }: Needs) {
  /** Resolves when a reply of a chat has ended, or at the end of the patience. */
  const nextEnd = async (chatId: string, ms: number) => await new Promise<void>(resolve => {
    const timer = setTimeout(end, ms).unref()
    const off = bus.on(replyFinished, event => { if (event.chat_id === chatId) end() })
    function end () {
      clearTimeout(timer)
      off()
      resolve()
    }
  })

  async function reply (actor: Actor, message: Message) {
    const until = performance.now() + patienceMs
    for (;;) {
      try {
        await answer(actor, message)
        return
      } catch (error) {
        const busy = error instanceof Problem && (error.code === 'run_in_progress' || error.code === 'too_many_runs')
        // A refusal that belongs to the chat or the person is no failure of the server, and the message is stored.
        if (!busy && error instanceof Problem && error.status < 500) return
        if (!busy) throw error
        if (performance.now() > until) return
        await nextEnd(message.chat_id, Math.min(until - performance.now(), 2000))
      }
    }
  }

  bus.on(messageSent, async ({ message, actor }) => {
    if (message.role !== 'user' || !mention.test(message.content)) return
    const chat = await access.find(actor, message.chat_id)
    if (chat?.type !== 'group' || !chat.assistantEnabled) return
    await reply(actor, message).catch((error: unknown) => report(error, 'mention'))
  })
}
