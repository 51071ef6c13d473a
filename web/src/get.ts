// What is read from the service, for a component: the value, the problem, and a way to read it again.

import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { answer, ask, type Problem } from './api'
import { calm } from './calm'
import { cell } from './cell'

/** Milliseconds that the service took for the last analysis: what it costs to show results of a job that runs. */
export const cost = cell(0)

/** Values that were read, so that going back shows them at once. */
const known = new Map<string, unknown>()
const MOST_KNOWN = 40

export function remember(path: string, value: unknown): void {
  known.delete(path)
  known.set(path, value)
  if (known.size > MOST_KNOWN) known.delete(known.keys().next().value!)
}

export function forget(): void {
  known.clear()
}

export interface Got<T> {
  data: T | undefined
  problem: Problem | undefined
  isLoading: boolean
  again: () => Promise<void>
  put: (value: T) => void
}

/** Reads a path; null reads nothing. While another path is read the last value stays if `isKept`. */
export function useGet<T>(path: string | null, isKept = false): Got<T> {
  return useRead<T>(path, isKept, ask as (path: string, signal: AbortSignal) => Promise<T>, true)
}

/** Reads a text, which is not remembered: the browser's own cache asks whether it changed. */
export function useText(path: string | null): Got<string> {
  return useRead<string>(path, true, async (path, signal) => (await answer(path, { signal })).text(), false)
}

function useRead<T>(path: string | null, isKept: boolean, read: (path: string, signal: AbortSignal) => Promise<T>, isRemembered: boolean): Got<T> {
  const first = path && isRemembered ? (known.get(path) as T | undefined) : undefined
  const [state, set] = useState<{ path: string | null; data: T | undefined; problem?: Problem }>({ path, data: first })
  const control = useRef<AbortController | undefined>(undefined)
  const again = useCallback(async () => {
    control.current?.abort()
    if (!path) return
    const own = (control.current = new AbortController())
    try {
      const from = performance.now()
      const data = await read(path, own.signal)
      if (path.includes('/analysis')) cost.set(performance.now() - from)
      if (isRemembered) remember(path, data)
      if (!own.signal.aborted) set({ path, data })
    } catch (error) {
      if (!own.signal.aborted) set((old) => ({ path, data: old.path === path ? old.data : undefined, problem: error as Problem }))
    }
  }, [path])
  useEffect(() => {
    void again()
    return () => control.current?.abort()
  }, [again])
  const isOwn = state.path === path
  const data = isOwn ? state.data : path && known.has(path) && isRemembered ? (known.get(path) as T) : isKept && path ? state.data : undefined
  const problem = isOwn ? state.problem : undefined
  const put = useCallback((value: T) => {
    if (path && isRemembered) remember(path, value)
    set({ path, data: value })
  }, [path])
  return { data, problem, isLoading: !!path && !problem && (!isOwn || data === undefined), again, put }
}

/** Calls when a value changes, not before. */
export function useChange(value: unknown, call: () => unknown): void {
  const last = useRef(value)
  useEffect(() => {
    if (last.current !== value) call()
    last.current = value
  }, [value])
}

/** Calls at most once in a while, and once more at the end. */
export function useThrottled(call: () => unknown, pause: number): () => void {
  const last = useRef(0)
  const timer = useRef(0)
  const current = useRef(call)
  current.current = call
  useEffect(() => () => clearTimeout(timer.current), [])
  return useCallback(() => {
    if (timer.current) return
    const wait = Math.max(0, last.current + pause * calm() - Date.now())
    timer.current = window.setTimeout(() => {
      timer.current = 0
      last.current = Date.now()
      current.current()
    }, wait)
  }, [pause])
}

/** A value that follows another one when that has rested for a while. */
export function useRested<T>(value: T, pause: number): T {
  const [rested, set] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => set(value), pause)
    return () => clearTimeout(timer)
  }, [value, pause])
  return rested
}
