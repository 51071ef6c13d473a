// The small parts of which all pages are made.

import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { type Problem, save, token } from './api'
import type { Interval } from './types'
import { number, plural, spoken } from './words'

const SIGNS: Record<string, string> = {
  queued: '○', running: '◐', paused: '‖', succeeded: '✓', diverged: '↗', failed: '✕', cancelled: '–',
  yes: '✓', no: '✕', open: '?', equal: '✓', different: '✕', pending: '◐', incomplete: '?', met: '✓', missed: '✕',
}

/** A state or a verdict: sign, word and colour say the same. */
export const Badge = ({ of, word = of }: { of: string; word?: string }) => (
  <span class={`badge ${of}`}><i aria-hidden="true">{SIGNS[of] ?? '·'}</i>{word}</span>
)

export const Bar = ({ fraction, of }: { fraction: number; of: string }) => (
  <progress class={of} max={1} value={fraction} aria-label={`${Math.floor(fraction * 100)} % done`} />
)

/** Why there is no interval, in few words. */
const WHY: Record<string, string> = {
  one_replicate: 'one replicate', no_spread: 'no spread', censored: 'at least', no_method: 'no interval known',
  censored_part: 'partly censored', ratio_of_averages: 'ratio of averages',
}

/** A number with its interval, or with why it has none. The whole numbers are attributes, for those who compare. */
export function Estimate({ of, n = false }: { of: Interval; n?: boolean }) {
  const { mean, ci95_low: low, ci95_high: high, no_interval: why } = of
  return (
    <span class="estimate" data-mean={mean} data-low={low ?? undefined} data-high={high ?? undefined} data-n={of.n} title={`mean ${mean}, n = ${of.n}`}>
      <b>{number(mean)}</b>
      {low !== null && high !== null ? <span> [{number(low)}, {number(high)}]</span> : <small> {WHY[why ?? ''] ?? 'no interval'}</small>}
      {n && <small> n {of.n}</small>}
    </span>
  )
}

/** What stands where something is being read. */
export const Skeleton = ({ rows = 6 }: { rows?: number }) => (
  <div class="skeleton" role="status" aria-label="loading">{Array.from({ length: rows }, (_, i) => <i key={i} />)}</div>
)

/** What stands where there is nothing, with what to do. */
export const Empty = ({ title, children }: { title: string; children?: ComponentChildren }) => (
  <div class="empty"><h2>{title}</h2>{children}</div>
)

/** What went wrong, and what to do. */
export function Failure({ of, again }: { of: Problem; again?: () => unknown }) {
  const advice = of.status === 0 ? 'What was loaded stays on the page.' : ''
  return (
    <div class="failure" role="alert">
      <p><b>{of.status === 404 ? 'There is no such thing here. ' : ''}</b>{of.message} {advice}</p>
      {of.errors?.length > 0 && <ul>{of.errors.map((fault) => <li><code>{fault.pointer}</code> {fault.detail}</li>)}</ul>}
      {again && <button onClick={() => again()}>Try again</button>}
    </div>
  )
}

/** A button that is busy while its work is done, and says what went wrong. */
export function Act({ children, run, kind, disabled, title }: { children: ComponentChildren; run: () => unknown; kind?: string; disabled?: boolean; title?: string }) {
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const click = async () => {
    setBusy(true)
    setProblem(undefined)
    try {
      await run()
    } catch (error) {
      setProblem((error as Error).message)
    }
    setBusy(false)
  }
  return (
    <span class="act">
      <button class={kind} onClick={click} disabled={isBusy || disabled} title={title} aria-busy={isBusy}>{children}</button>
      {problem && <span class="problem" role="alert">{problem}</span>}
    </span>
  )
}

/** A link that saves a file of the service. */
export function Save({ path, name, children }: { path: string; name: string; children: ComponentChildren }) {
  const own = token.use()
  return own ? <Act kind="link" run={() => save(path, name)}>{children}</Act> : <a href={path} download={name}>{children}</a>
}

/** The same in several forms. */
export const Downloads = ({ path, name, query = '', forms = ['csv', 'parquet', 'ndjson'] }: { path: string; name: string; query?: string; forms?: string[] }) => (
  <span class="downloads">{forms.map((form) => <Save key={form} path={`${path}.${form}${query}`} name={`${name}.${form}`}>{form}</Save>)}</span>
)

/** A text to copy. */
export function Copy({ text, label }: { text: string; label: string }) {
  const [isCopied, setCopied] = useState(false)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
    } catch {
      // without a secure context there is no clipboard but this
      const area = document.createElement('textarea')
      area.value = text
      document.body.append(area)
      area.select()
      document.execCommand('copy')
      area.remove()
    }
    setCopied(true)
    setTimeout(() => setCopied(false), 2000)
  }
  return <button class="copy" onClick={copy}><span aria-live="polite">{isCopied ? 'Copied' : label}</span></button>
}

export const Code = ({ text, label }: { text: string; label: string }) => (
  <div class="code"><Copy text={text} label="Copy" /><pre tabIndex={0} role="group" aria-label={label}><code>{text}</code></pre></div>
)

/** A question before what cannot be undone. */
export function Confirm({ title, children, word, run, close }: { title: string; children: ComponentChildren; word: string; run: () => unknown; close: () => void }) {
  const own = useRef<HTMLDialogElement>(null)
  useEffect(() => own.current?.showModal(), [])
  return (
    <dialog ref={own} onClose={close} aria-labelledby="confirm">
      <h2 id="confirm">{title}</h2>
      {children}
      <div class="buttons">
        <button onClick={() => own.current?.close()} autofocus>Keep it</button>
        <Act kind="danger" run={run}>{word}</Act>
      </div>
    </dialog>
  )
}

/** A table that scrolls by itself where it is too wide. */
export const Scroll = ({ label, children }: { label: string; children: ComponentChildren }) => (
  <div class="scroll" role="group" aria-label={label} tabIndex={0}>{children}</div>
)

/** Pairs of a name and what it is. */
export const Facts = ({ of }: { of: [string, ComponentChildren][] }) => (
  <dl class="facts">{of.filter(([, value]) => value !== null && value !== undefined && value !== '').map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
)

/** The first rows of many, and more when asked for. */
export function useFirst<T>(all: T[], most: number): [T[], JSX.Element | null] {
  const [shown, show] = useState(most)
  const rest = all.length - shown
  return [rest > 0 ? all.slice(0, shown) : all, rest > 0 ? <button onClick={() => show(shown + most)}>Show more ({plural(rest, 'more row')})</button> : null]
}

/** The title of a page, in the browser's too; it takes the focus when the page changes. */
export function Title({ text }: { text: string }) {
  useEffect(() => {
    document.title = `${text} – bitgauge`
  }, [text])
  return <h1 tabIndex={-1}>{text}</h1>
}

export function Select({ label, value, options, change }: { label: string; value: string; options: [string, string][] | string[]; change: (value: string) => void }) {
  return (
    <label class="field"><span>{label}</span>
      <select value={value} onChange={(event) => change(event.currentTarget.value)}>
        {options.map((option) => {
          const [key, word] = typeof option === 'string' ? [option, spoken(option)] : option
          return <option key={key} value={key}>{word}</option>
        })}
      </select>
    </label>
  )
}
