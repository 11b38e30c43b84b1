// What may stand in a cookie without quotes, in every version of Werkzeug.
const plain = /^[\w!#$%&'*+\-./:=^`|~]*$/

/** A text as the value of a cookie, quoted as Werkzeug does it where it has to be. */
export function quoteCookieValue (text: string): string {
  if (plain.test(text)) return text
  const quoted = Buffer.from(text).toString('latin1').replace(/[^!#-+\--:<-[\]-~]/g, (char) =>
    `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`)
  return `"${quoted}"`
}

/** The text that `quoteCookieValue` or Werkzeug made a value of. */
export function unquoteCookieValue (value: string): string {
  const [, quoted] = /^"([^]*)"$/.exec(value) ?? []
  const bytes = quoted?.replace(/\\([0-3][0-7]{2}|[^])/g, (_, escaped: string) =>
    escaped.length === 3 ? String.fromCharCode(parseInt(escaped, 8)) : escaped)
  return Buffer.from(bytes ?? value, 'latin1').toString()
}
