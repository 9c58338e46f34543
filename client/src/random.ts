/** A key that nobody else makes: 128 random bits in hexadecimal. (`crypto.randomUUID` is missing on pages without HTTPS.) */
export const randomKey = (): string => Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('')

/** How long to wait before the next try, in milliseconds: twice as long each time, and shorter by up to a half, so that not all come at once. */
export const backOffMs = (tries: number, { leastMs = 500, mostMs = 30_000 } = {}): number => Math.round(Math.min(mostMs, leastMs * 2 ** Math.min(tries, 20)) * (1 - Math.random() / 2))
