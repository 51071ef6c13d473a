// The service as the page asks it: JSON, texts, files and streams, with the token where one is asked for.

import { calm, rest } from './calm'
import { cell } from './cell'

/** A fault at a place in what was sent. */
export interface Fault {
  pointer: string
  detail: string
}

/** What the service refuses, as RFC 9457 has it; status 0 where it does not answer. */
export class Problem extends Error {
  constructor(readonly status: number, detail: string, readonly type = '', readonly errors: Fault[] = []) {
    super(detail)
  }
}

const KEY = 'bitgauge-token'
/** The token of this tab; gone when the tab is closed. */
export const token = cell<string | null>(sessionStorage.getItem(KEY))
/** Whether the service asks for a token that this tab does not have. */
export const isLockedOut = cell(false)

export function signIn(value: string | null): void {
  if (value) sessionStorage.setItem(KEY, value)
  else sessionStorage.removeItem(KEY)
  token.set(value)
  isLockedOut.set(false)
}

function headers(more: Record<string, string> = {}, value = token.get()): Record<string, string> {
  return value ? { ...more, authorization: `Bearer ${value}` } : more
}

/** The answer, or the problem in its place; with the token of this tab, unless another one is tried. */
export async function answer(path: string, init: RequestInit = {}, tried?: string): Promise<Response> {
  let response: Response
  const asked = headers(init.headers as Record<string, string>, tried)
  try {
    response = await fetch(path, { ...init, headers: asked })
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error
    throw new Problem(0, 'The service does not answer. Is it running, and is this machine connected to it?')
  }
  if (response.ok) return response
  if (response.status === 401) isLockedOut.set(true)
  const document = await response.json().catch(() => ({}))
  throw new Problem(response.status, document.detail ?? response.statusText, document.type, document.errors)
}

export async function ask<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await answer(path, { signal, headers: { accept: 'application/json' } })).json()
}

export async function send<T>(method: string, path: string, body?: unknown, more: Record<string, string> = {}, signal?: AbortSignal): Promise<T> {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  const content = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
  const asked = body === undefined ? more : { ...more, 'content-type': type }
  const response = await answer(path, { method, ...content, headers: asked, signal })
  return response.status === 204 ? (undefined as T) : response.json()
}

/** Saves a file of the service; a link alone could not carry the token. */
export async function save(path: string, name: string): Promise<void> {
  const link = document.createElement('a')
  const address = URL.createObjectURL(await (await answer(path)).blob())
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}

/** An event of a stream. */
export interface Sent {
  id: string | null
  kind: string
  data: any
}

/** One connection's events, until it ends. */
async function* stream(path: string, last: string | null, signal: AbortSignal): AsyncGenerator<Sent> {
  const response = await answer(path, { signal, headers: last ? { 'last-event-id': last } : {} })
  if (!response.body || response.status === 204) return
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const blocks = (text + value).split('\n\n')
    text = blocks.pop()!
    for (const block of blocks) {
      const event: Sent = { id: null, kind: 'message', data: null }
      for (const line of block.split('\n')) {
        const at = line.indexOf(':')
        const rest = line.slice(at + 1).replace(/^ /, '')
        if (line.startsWith('id:')) event.id = rest
        else if (line.startsWith('event:')) event.kind = rest
        else if (line.startsWith('data:')) event.data = JSON.parse(rest)
      }
      if (event.data !== null) yield event
    }
  }
}

/** What a stream brings at once, in milliseconds; and how long a page that nobody uses does without one. */
const AT_ONCE = 1500
const WITHOUT = 60_000

/** Events for as long as the page wants them: after a break it goes on where it stopped. `hears` returns whether more will come.
 * A page that nobody uses looks now and then instead of holding the stream. */
export function listen(path: string, hears: (event: Sent) => boolean, isThere: (connected: boolean) => void): () => void {
  const control = new AbortController()
  let last: string | null = null
  const run = async () => {
    let pause = 1000
    while (!control.signal.aborted) {
      const own = new AbortController()
      control.signal.addEventListener('abort', () => own.abort())
      const timer = setInterval(() => calm() > 1 && own.abort(), AT_ONCE)
      try {
        isThere(true)
        for await (const event of stream(path, last, own.signal)) {
          pause = 1000
          last = event.id ?? last
          if (!hears(event)) return control.abort()
        }
      } catch (error) {
        if (control.signal.aborted) return
        if (own.signal.aborted) {
          await rest(WITHOUT)
          continue
        }
        if (error instanceof Problem && [400, 401, 404].includes(error.status)) return
      } finally {
        clearInterval(timer)
      }
      if (control.signal.aborted) return
      isThere(false)
      await new Promise((wake) => setTimeout(wake, pause))
      pause = Math.min(30_000, pause * 2)
    }
  }
  void run()
  return () => control.abort()
}
