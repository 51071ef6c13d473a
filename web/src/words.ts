// Words for numbers, names and coordinates: the same as the service's own (src/words.rs), so that page, report and table
// say the same. Knows nothing of what they stand for.

/** A number with so many decimals; what lies in the middle goes to the even neighbour, as the service rounds. */
export function fixed(value: number, decimals: number): string {
  // every decimal that a double has where numbers are no smaller than a thousandth
  const [, cut, rest] = /^(.*?)\.?([^.]{75})$/.exec(value.toFixed(decimals + 75))!
  return /^50*$/.test(rest!) && /[02468]$/.test(cut!) ? cut! : value.toFixed(decimals)
}

/** Four significant digits, as many as an interval carries. */
export function number(value: number): string {
  const size = Math.abs(value)
  if (size >= 1000 || size === 0) return fixed(value, 0)
  if (size >= 100) return fixed(value, 1)
  if (size >= 10) return fixed(value, 2)
  if (size >= 0.1) return fixed(value, 3)
  if (size >= 0.01) return fixed(value, 4)
  if (size >= 0.001) return fixed(value, 5)
  return value.toExponential(3).replace('e+', 'e')
}

/** A chance: nothing is told apart below a millionth. */
export function chance(p: number): string {
  if (p < 1e-6) return '< 1e-6'
  return p < 1e-3 ? p.toExponential(1) : fixed(p, 3)
}

export const count = (value: number) => value.toLocaleString('en')

/** From the least to the largest. */
export const range = ({ min, max }: { min: number; max: number }, told: (value: number) => string = number) => (min === max ? told(min) : `${told(min)} to ${told(max)}`)

/** The last word of a pointer. */
export const short = (path: string) => path.slice(path.lastIndexOf('/') + 1)

/** A name of the API in words. */
export const spoken = (name: string) => name.replace(/^\//, '').replace(/[/_]/g, ' ')

/** A coordinate in few characters: `dropout rate=0.2` for a regularizer. */
export function brief(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.length ? value.map(brief).join(' + ') : 'none'
  if (value && typeof value === 'object') {
    const { kind, ...rest } = value as Record<string, unknown>
    const parts = Object.entries(rest).map(([name, one]) => `${name}=${brief(one)}`)
    return [...(kind === undefined ? [] : [brief(kind)]), ...parts].join(' ')
  }
  return JSON.stringify(value) ?? ''
}

/** Where something lies: `samples = 100, rate = 0.2`. */
export const setting = (cell: Record<string, unknown>) =>
  Object.entries(cell).map(([path, value]) => `${short(path)} = ${brief(value)}`).join(', ')

/** A span of time. */
export function span(seconds: number): string {
  if (seconds < 0.95) return seconds < 0.0095 ? `${Math.max(1, Math.round(seconds * 1000))} ms` : `${seconds.toFixed(2)} s`
  if (seconds < 90) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`
  if (seconds < 48 * 3600) return `${(seconds / 3600).toFixed(1)} h`
  return `${(seconds / 86400).toFixed(1)} days`
}

export function bytes(size: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let i = 0
  while (size >= 1000 && i < units.length - 1) {
    size /= 1024
    i += 1
  }
  return `${size >= 100 || i === 0 ? Math.round(size) : size.toFixed(1)} ${units[i]}`
}

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' })

/** A moment of the API as people read it, in their own time. */
export const moment = (time: string) => DATE.format(new Date(time))

/** How long ago. */
export function ago(time: string): string {
  const seconds = (Date.now() - Date.parse(time)) / 1000
  return seconds < 45 ? 'just now' : seconds < 30 * 86400 ? `${span(seconds)} ago` : moment(time)
}

export const seconds = (from: string, to: string | null) => ((to ? Date.parse(to) : Date.now()) - Date.parse(from)) / 1000

/** One thing or many. */
export const plural = (n: number, one: string, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`

/** JSON for people: what is short stands in one line. */
export function pretty(value: unknown, indent = ''): string {
  const line = JSON.stringify(value)
  if (value === null || typeof value !== 'object' || (line.length + indent.length < 76 && !(indent === '' && !Array.isArray(value)))) return spaced(value)
  const inner = `${indent}  `
  const parts = Array.isArray(value) ? value.map((one) => inner + pretty(one, inner)) : Object.entries(value).map(([name, one]) => `${inner}${JSON.stringify(name)}: ${pretty(one, inner)}`)
  if (!parts.length) return line
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  return `${open}\n${parts.join(',\n')}\n${indent}${close}`
}

function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`
  if (value && typeof value === 'object') return `{${Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${spaced(one)}`).join(', ')}}`
  return JSON.stringify(value)
}
