// The address of what is shown: every state of the page has one, and going back works.

import { cell } from './cell'

export interface Address {
  path: string
  parts: string[]
  query: URLSearchParams
}

const read = (): Address => {
  const { pathname, search } = location
  return { path: pathname, parts: pathname.split('/').filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(search) }
}

export const address = cell<Address>(read())

/** Shows another address. A change of filters may take the place of the entry before it. */
export function go(href: string, replace = false): void {
  if (href === location.pathname + location.search) return
  const isElsewhere = new URL(href, location.href).pathname !== location.pathname
  history[replace ? 'replaceState' : 'pushState'](null, '', href)
  address.set(read())
  if (isElsewhere) scrollTo(0, 0)
}

/** The same path with other parameters; empty ones are left out. */
export function withQuery(changes: Record<string, string | null | undefined>): string {
  const query = new URLSearchParams(location.search)
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value)
    else query.delete(name)
  }
  const text = query.toString().replace(/%2C/g, ',').replace(/%2F/g, '/')
  return location.pathname + (text && `?${text}`)
}

addEventListener('popstate', () => address.set(read()))

/** Links of the page change the address without loading it anew. */
document.addEventListener('click', (event) => {
  const link = (event.target as Element).closest?.('a')
  const isOurs = link && link.origin === location.origin && !link.target && !link.hasAttribute('download')
  if (!isOurs || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.defaultPrevented) return
  if (link.pathname === location.pathname && link.hash) return
  if (/^\/(v1|docs|openapi|metrics)/.test(link.pathname)) return
  event.preventDefault()
  go(link.pathname + link.search)
})
