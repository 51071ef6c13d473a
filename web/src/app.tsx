// The frame around every page: where one can go, how the service is, and what to do without a token.

import { Component, type ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { address, go } from './address'
import { answer, isLockedOut, Problem, signIn, token } from './api'
import { forget, useGet } from './get'
import { show, theme, THEMES, useReadOnly, version } from './known'
import { Compare } from './pages/compare'
import { Certificate } from './pages/certificate'
import { Findings } from './pages/findings'
import { JobPage } from './pages/job'
import { Jobs } from './pages/jobs'
import { Measurements } from './pages/measurements'
import { NewJob } from './pages/new'
import { Workers } from './pages/workers'
import { Empty, Title } from './ui'
import type { Version } from './types'

const PLACES: [string, string][] = [
  ['/jobs', 'Jobs'], ['/new', 'New job'], ['/compare', 'Compare'], ['/measurements', 'Measurements'],
  ['/findings', 'Findings'], ['/certificate', 'Certificate'], ['/workers', 'Workers'],
]

function Page() {
  const { parts } = address.use()
  const [place = 'jobs', id] = parts
  switch (place) {
    case 'jobs': return id ? <JobPage key={id} id={id} part={parts[2] ?? 'overview'} /> : <Jobs />
    case 'new': return <NewJob />
    case 'compare': return <Compare />
    case 'measurements': return <Measurements />
    case 'findings': return <Findings only={id} />
    case 'certificate': return <Certificate />
    case 'workers': return <Workers />
    default: return <><Title text="Nothing here" /><Empty title="There is no such page"><p><a href="/jobs">All jobs</a></p></Empty></>
  }
}

/** Keeps a fault of this page's own from taking the rest with it. */
class Guard extends Component<{ children: ComponentChildren }, { fault?: Error }> {
  override state: { fault?: Error } = {}
  static getDerivedStateFromError = (fault: Error) => ({ fault })
  override render() {
    if (!this.state.fault) return this.props.children
    console.error(this.state.fault)
    return <><Title text="This page failed" /><Empty title="That is a fault of the page, not of the data"><p><code>{this.state.fault.message}</code></p><p><button onClick={() => location.reload()}>Load it again</button></p></Empty></>
  }
}

/** Asks for the token, and tries it. */
function SignIn() {
  const [value, set] = useState('')
  const [problem, tell] = useState<string>()
  const submit = async (event: Event) => {
    event.preventDefault()
    tell(undefined)
    try {
      await answer('/v1/version', {}, value.trim())
      forget()
      signIn(value.trim())
    } catch (error) {
      tell(error instanceof Problem && error.status === 401 ? 'This token is not known here.' : (error as Error).message)
    }
  }
  return (
    <form class="sign-in" onSubmit={submit}>
      <Title text="Sign in" />
      <p>This service asks for a token. Who runs it has one: it was given with <code>--token</code> or stands in the file of tokens. It stays in this tab and is gone when you close it.</p>
      <label class="field"><span>Token</span><input type="password" autocomplete="current-password" required value={value} onInput={(event) => set(event.currentTarget.value)} aria-describedby="sign-in-problem" /></label>
      <button class="primary">Sign in</button>
      <p id="sign-in-problem" class="problem" role="alert">{problem}</p>
    </form>
  )
}

/** Whether the service is ready, asked now and then while the page is looked at. */
function Health() {
  const [state, set] = useState<[string, string]>(['', ''])
  useEffect(() => {
    let timer = 0
    const look = async () => {
      if (!document.hidden) {
        try {
          await answer('/readyz')
          set(['ready', 'The service is ready'])
        } catch (error) {
          set([(error as Problem).status ? 'troubled' : 'gone', (error as Error).message])
        }
      }
      timer = window.setTimeout(look, 20_000)
    }
    void look()
    return () => clearTimeout(timer)
  }, [])
  return <a class={`health ${state[0]}`} href="/workers" title={state[1]}><i aria-hidden="true" />{state[0] === 'gone' ? 'no answer' : state[0] || 'asking'}</a>
}

function Theme() {
  const name = theme.use()
  const next = THEMES[(THEMES.indexOf(name) + 1) % THEMES.length]!
  return <button class="quiet" onClick={() => show(next)} aria-label={`Colours: ${name}. Change to ${next}`}><span aria-hidden="true">{name === 'dark' ? '☾' : name === 'light' ? '☀' : '◑'}</span></button>
}

export function App() {
  const { path } = address.use()
  const isOut = isLockedOut.use()
  const own = token.use()
  const known = useGet<Version>(isOut ? null : '/v1/version')
  useEffect(() => version.set(known.data ?? null), [known.data])
  useEffect(() => void known.again(), [own])
  const readOnly = useReadOnly()
  useEffect(() => {
    if (path === '/') go('/jobs', true)
  }, [path])
  const isFirst = useRef(true)
  useEffect(() => {
    const active = document.activeElement
    const isElsewhere = active && active !== document.body && active.tagName !== 'A'
    if (!isFirst.current && !isElsewhere) document.querySelector('h1')?.focus({ preventScroll: true })
    if (path !== '/') isFirst.current = false
    // where there is little room
    document.querySelector('nav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [path])
  return (
    <>
      <a class="skip" href="#main">Skip to the content</a>
      <header>
        <a class="brand" href="/jobs"><svg viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="7" /><path d="M7 23V13M13 23V8M19 23v-7M25 23V11" /></svg>bitgauge</a>
        <nav aria-label="Pages">
          {PLACES.map(([href, word]) => <a key={href} href={href} aria-current={path === href || path.startsWith(`${href}/`) ? 'page' : undefined}>{word}</a>)}
          {!own && !isOut && <a href="/docs">API</a>}
        </nav>
        <div class="corner">
          <Health />
          <Theme />
          {own && <button class="quiet" onClick={() => { signIn(null); forget(); isLockedOut.set(true) }}>Sign out</button>}
        </div>
      </header>
      {readOnly && <p class="banner" role="status">{readOnly}</p>}
      <main id="main" tabIndex={-1}>{isOut ? <SignIn /> : <Guard key={path}><Page /></Guard>}</main>
    </>
  )
}
