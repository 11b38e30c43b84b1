/** The number below which a share `q` of the numbers lie. */
export function quantile (numbers, q) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const at = (sorted.length - 1) * q
  const low = sorted[Math.floor(at)]
  return low + (sorted[Math.ceil(at)] - low) * (at - Math.floor(at))
}

export function median (numbers) {
  return quantile(numbers, 0.5)
}

/** Between which numbers nine tenths of the figures of as many items lie, drawn anew from the same (the bootstrap). */
export function interval (items, figure, draws = 1000) {
  const figures = Array.from({ length: draws }, () => figure(items.map(() => items[Math.floor(Math.random() * items.length)])))
  return [quantile(figures, 0.05), quantile(figures, 0.95)]
}

/** The same items in a random order (Fisher and Yates). */
export function shuffle (items) {
  const shuffled = [...items]
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1))
    const item = shuffled[i]
    shuffled[i] = shuffled[j]
    shuffled[j] = item
  }
  return shuffled
}

/** To a number of decimals that says no more than was measured. */
export function round (number, decimals = 2) {
  return Number(number.toFixed(decimals))
}
