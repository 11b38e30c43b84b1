/** What every contestant signs or seals with. */
export const secret = 'benchmark only: a secret of more than 32 bytes'

const cart = Array.from({ length: 95 }, (_, index) => ({ sku: `part-${1000 + index}`, count: 1 + index % 9 }))

/** What the sessions hold: JSON of 65 bytes, of 1 KB, and of 3 KB, which is what a cookie can just carry. */
export const small = { userId: 12345, name: 'Ada Lovelace', role: 'editor', visits: 1 }
export const large = { ...small, cart: cart.slice(0, 31) }
export const huge = { ...small, cart }
