export interface Tea {
  readonly id: string
  readonly name: string
  readonly note: string
  /** In cents, for 100 g. */
  readonly price: number
}

export const teas: readonly Tea[] = [
  { id: 'sencha', name: 'Sencha', note: 'Green and grassy, from Shizuoka', price: 1150 },
  { id: 'assam', name: 'Assam', note: 'Strong, malty, good with milk', price: 790 },
  { id: 'rooibos', name: 'Rooibos', note: 'Red, sweet, without caffeine', price: 640 },
  { id: 'oolong', name: 'Milk oolong', note: 'Creamy, half oxidised', price: 1480 },
  { id: 'earl-grey', name: 'Earl Grey', note: 'Black, with bergamot', price: 860 },
  { id: 'camomile', name: 'Camomile', note: 'Whole flowers, for the evening', price: 590 }
]

export interface Line {
  readonly tea: Tea
  readonly count: number
}

/** The cart as lines. A tea that is no longer sold is gone. */
export function linesOf (cart: Readonly<Record<string, number>>): Line[] {
  return teas.flatMap((tea) => {
    const count = cart[tea.id]
    return count === undefined ? [] : [{ tea, count }]
  })
}

export function totalOf (lines: readonly Line[]): number {
  return lines.reduce((total, { tea, count }) => total + tea.price * count, 0)
}
