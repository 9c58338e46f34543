import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { operation } from '../platform/operation.ts'
import { Ref } from '../platform/typebox.ts'
import { ReadMarkList, ReadState, ReadUpdate, Sync, SyncQuery } from './read-schemas.ts'
import { ChatParams } from './schemas.ts'
import type { Chats } from './service.ts'

const tag = 'chats'

/** The operations on what people have read, and what they have not. */
export const readRoutes: FastifyPluginAsyncTypebox<{ chats: Chats }> = async (app, { chats }) => {
  app.route({
    method: 'PUT',
    url: '/chats/:chat_id/read',
    ...operation({
      id: 'markRead',
      tag,
      summary: 'Mark as read',
      description: 'Says that you have read everything up to a number of the chat. Your mark only moves forward: a lower number changes nothing. Sending a message moves it too, and whoever is added to a chat begins at that moment. The others hear `read_marked`. Marks have no number of their own in the chat: after an absence read them again.',
      input: { params: ChatParams, body: Ref(ReadUpdate) },
      output: { 200: Ref(ReadState) },
      problems: ['chat_not_found']
    }),
    handler: async request => await chats.reads.mark(request.actor, request.params.chat_id, request.body.seq)
  })

  app.route({
    method: 'GET',
    url: '/chats/:chat_id/reads',
    ...operation({
      id: 'listReads',
      tag,
      summary: 'See who has read what',
      description: 'Up to which number everybody in the chat has read. A message was seen by those whose mark is at its `seq` or beyond.',
      input: { params: ChatParams },
      output: { 200: Ref(ReadMarkList) },
      problems: ['chat_not_found']
    }),
    handler: async request => ({ items: await chats.reads.list(request.actor, request.params.chat_id), next_cursor: null })
  })

  app.route({
    method: 'GET',
    url: '/sync',
    ...operation({
      id: 'sync',
      tag,
      summary: 'See which of my chats moved',
      description: 'Tells in which of your chats something happened since you last asked, for all of them at once; the first time, without `since`, it tells all your chats. Compare `epoch` and `last_seq` with what you know, and ask only those that moved for their changes. No chat is ever left out; one that moved within the last minutes may come again. Cursors hold for 30 days, and until the data are restored from a backup; then the answer is 410: ask without `since`, and forget the chats that are not told.',
      input: { querystring: SyncQuery },
      output: { 200: Ref(Sync) },
      problems: ['invalid_cursor', 'resync_required']
    }),
    handler: async request => await chats.sync(request.actor, request.query)
  })
}
