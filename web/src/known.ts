// What every page knows: which program answers, what it lets one do, and in which colours.

import { cell } from './cell'
import { useGet } from './get'
import type { Catalog, Quantity, Version } from './types'

/** Which program answers. */
export const version = cell<Version | null>(null)

/** Why nothing can be changed here; null where it can. */
export function useReadOnly(): string | null {
  const access = version.use()?.access
  if (access === 'read_only_server') return 'This server was started with --read-only: it shows what is stored and changes nothing.'
  return access === 'read_only_token' ? 'Your token may only read. Sign in with a full token to change something.' : null
}

/** Every quantity by its name. */
export function useQuantities(): Map<string, Quantity> {
  const { data } = useGet<Catalog>('/v1/catalog')
  return new Map(data?.quantities.map((quantity) => [quantity.name, quantity]))
}

export const THEMES = ['system', 'light', 'dark']
const KEY = 'bitgauge-theme'
export const theme = cell(localStorage.getItem(KEY) ?? 'system')
const dark = matchMedia('(prefers-color-scheme: dark)')
const resolve = () => (theme.get() === 'system' ? (dark.matches ? 'dark' : 'light') : theme.get())
/** Light or dark, as it is shown. */
export const ground = cell(resolve())

export function show(name: string): void {
  localStorage.setItem(KEY, name)
  theme.set(name)
  document.documentElement.dataset.theme = name
  ground.set(resolve())
}

show(theme.get())
dark.addEventListener('change', () => ground.set(resolve()))
