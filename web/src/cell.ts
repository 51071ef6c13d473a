// A value that tells those who use it when it changes.

import { useEffect, useState } from 'preact/hooks'

export interface Cell<T> {
  get(): T
  set(value: T): void
  /** The value, and another rendering whenever it changes. */
  use(): T
}

export function cell<T>(first: T): Cell<T> {
  let value = first
  const users = new Set<() => void>()
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return
      value = next
      users.forEach((tell) => tell())
    },
    use() {
      const [, render] = useState(0)
      useEffect(() => {
        const tell = () => render((n) => n + 1)
        users.add(tell)
        tell()
        return () => void users.delete(tell)
      }, [])
      return value
    },
  }
}
