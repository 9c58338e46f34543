import { defineInternal } from './bus.ts'

/** Brings the events of other processes to the bus of this one. */
export interface Relay {
  /** Hears of a chat from now on: resolves when what other processes say of it arrives here, or will when that is possible again. Never rejects. */
  follow: (chatId: string) => Promise<void>
  /** Takes back one `follow`; with the last one this process hears no more of the chat. */
  unfollow: (chatId: string) => void
}

/** The relay of a process that is alone. */
export const noRelay: Relay = { follow: async () => {}, unfollow () {} }

/** News of other processes may have been lost: what is kept by them must be compared with the database. */
export const relayRestored = defineInternal('relay_restored', 'process', 'Events of other processes may have been lost until now.', {})
