// A long list of rows of equal height, of which those in sight alone exist. It scrolls with the page, so that the browser's
// own keys and bars work. Knows nothing of what the rows are.

import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'

/** Rows above and below what is in sight. */
const MARGIN = 12
/** Rows of which none is left out. */
const FEW = 60

export function Virtual({ count, height, row, sees, label, head, columns }: {
  count: number
  height: number
  row: (i: number) => ComponentChildren
  sees?: (from: number, to: number) => void
  label: string
  head: ComponentChildren
  columns: string
}) {
  const box = useRef<HTMLDivElement>(null)
  const [[from, to], set] = useState<[number, number]>([0, 40])
  useLayoutEffect(() => {
    let frame = 0
    const look = () => {
      frame = 0
      if (!box.current) return
      if (count <= FEW) return set((old) => (old[0] === 0 && old[1] === count ? old : [0, count]))
      const top = box.current.getBoundingClientRect().top
      const first = Math.max(0, Math.floor(-top / height) - MARGIN)
      const last = Math.min(count, Math.ceil((innerHeight - top) / height) + MARGIN)
      set((old) => (old[0] === first && old[1] === last ? old : [first, Math.max(first, last)]))
    }
    const soon = () => (frame ||= requestAnimationFrame(look))
    look()
    addEventListener('scroll', soon, { passive: true })
    addEventListener('resize', soon)
    // what comes above moves the list
    const observer = new ResizeObserver(soon)
    observer.observe(document.body)
    return () => {
      cancelAnimationFrame(frame)
      observer.disconnect()
      removeEventListener('scroll', soon)
      removeEventListener('resize', soon)
    }
  }, [count, height])
  useEffect(() => sees?.(from, Math.min(to, count)), [from, to, count])
  const last = Math.min(to, count)
  const rows = []
  for (let i = Math.min(from, last); i < last; i += 1) rows.push(row(i))
  return (
    <div class={`list ${columns}`} role="table" aria-label={label} aria-rowcount={count + 1}>
      <div role="rowgroup" class="list-head">{head}</div>
      <div role="rowgroup" ref={box} style={{ height: `${count * height}px` }}>
        <div role="presentation" style={{ transform: `translateY(${Math.min(from, last) * height}px)` }}>{rows}</div>
      </div>
    </div>
  )
}

/** A row that is being read. */
export const Waiting = ({ i, height }: { i: number; height: number }) => (
  <div role="row" class="row waiting" aria-rowindex={i + 2} style={{ height: `${height}px` }}><span role="cell"><span class="unseen">loading</span><i /></span></div>
)

/** Pages of a list that is read where it is looked at: the last few are kept. */
export function usePages<T>(key: string, size: number, read: (from: number, signal: AbortSignal) => Promise<T[]>, most = 20) {
  const pages = useRef(new Map<number, T[]>())
  const asked = useRef(new Map<number, AbortController>())
  const [, render] = useState(0)
  const [problem, fail] = useState<Error>()
  const range = useRef<[number, number]>([0, size])
  const timer = useRef(0)
  const load = async (page: number) => {
    if (asked.current.has(page)) return
    const control = new AbortController()
    asked.current.set(page, control)
    try {
      const rows = await read(page * size, control.signal)
      if (control.signal.aborted) return
      pages.current.delete(page)
      pages.current.set(page, rows)
      while (pages.current.size > most) pages.current.delete(pages.current.keys().next().value!)
      fail(undefined)
      render((n) => n + 1)
    } catch (error) {
      if (!control.signal.aborted) fail(error as Error)
    } finally {
      if (asked.current.get(page) === control) asked.current.delete(page)
    }
  }
  const inSight = () => {
    const [from, to] = range.current
    const found = []
    for (let page = Math.floor(from / size); page * size < Math.max(to, 1); page += 1) found.push(page)
    return found
  }
  const fill = (isAnew: boolean) => {
    for (const page of inSight()) if (isAnew || !pages.current.has(page)) void load(page)
  }
  const stop = () => {
    asked.current.forEach((control) => control.abort())
    asked.current.clear()
  }
  useEffect(() => {
    pages.current.clear()
    stop()
    fill(true)
    render((n) => n + 1)
    return () => {
      clearTimeout(timer.current)
      stop()
    }
  }, [key])
  return {
    problem,
    at: (i: number): T | undefined => pages.current.get(Math.floor(i / size))?.[i % size],
    isEmpty: pages.current.size === 0,
    /** What is in sight now: read once scrolling has rested. */
    sees(from: number, to: number) {
      range.current = [from, to]
      clearTimeout(timer.current)
      timer.current = window.setTimeout(() => fill(false), pages.current.size ? 60 : 0)
    },
    /** Reads what is in sight anew, and forgets the rest. */
    again() {
      const keep = new Set(inSight())
      for (const page of pages.current.keys()) if (!keep.has(page)) pages.current.delete(page)
      fill(true)
    },
    change(i: number, value: T) {
      const rows = pages.current.get(Math.floor(i / size))
      if (rows) rows[i % size] = value
      render((n) => n + 1)
    },
  }
}
