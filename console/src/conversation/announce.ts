import { signal } from '@preact/signals'

/** What a screen reader says: whole messages of others, not each piece of a reply. */
export const announcement = signal('')
