/** Text that is HTML already. */
export class Html {
  readonly text: string

  constructor (text: string) {
    this.text = text
  }
}

type Value = Html | string | number | undefined | false | readonly Html[]

/** A template that escapes what is put in, unless it is HTML already: html`<p>${name}</p>`. */
export function html (parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(parts.reduce((text, part, index) => text + toText(values[index - 1]) + part))
}

function toText (value: Value): string {
  if (value === undefined || value === false) return ''
  if (value instanceof Html) return value.text
  if (typeof value === 'object') return value.map(toText).join('')
  return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
