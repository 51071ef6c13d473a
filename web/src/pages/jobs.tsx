// The jobs: filtered, sorted, as far as they are; of a hundred thousand those in sight alone are here.

import { useEffect, useMemo, useState } from 'preact/hooks'
import { address, go, withQuery } from '../address'
import { ask, listen, Problem } from '../api'
import { useThrottled } from '../get'
import { useReadOnly } from '../known'
import { usePages, Virtual, Waiting } from '../parts/virtual'
import type { Job, JobList } from '../types'
import { Badge, Bar, Empty, Failure, Select, Skeleton, Title } from '../ui'
import { ago, count, moment, number, plural, seconds, setting, span } from '../words'
import { Start } from './start'

const PAGE = 100
const STATES = ['queued', 'running', 'succeeded', 'diverged', 'failed', 'cancelled']
const ORDERS: [string, string][] = [['-created', 'newest first'], ['created', 'oldest first'], ['name', 'by name'], ['-finished', 'last ended first'], ['finished', 'first ended first']]

/** The filters of the address as the API takes them. */
function filters(query: URLSearchParams): string {
  const asked = new URLSearchParams()
  const kind = query.get('kind') ?? 'experiment'
  if (kind !== 'all') asked.set('kind', kind)
  for (const name of ['state', 'name', 'tag']) {
    const value = query.get(name)
    if (value) asked.set(name, value)
  }
  return asked.toString()
}

export function Jobs() {
  const { query } = address.use()
  const asked = filters(query)
  const [total, setTotal] = useState<number>()
  const pages = usePages<Job>(`${asked} ${query.get('sort')}`, PAGE, async (from, signal) => {
    // the far half of a long list is nearer from its other end
    const order = query.get('sort') ?? '-created'
    const isFar = total !== undefined && from > total / 2 && order !== 'name'
    const limit = isFar ? Math.min(PAGE, total - from) : PAGE
    const sort = isFar ? (order.startsWith('-') ? order.slice(1) : `-${order}`) : order
    const list = await ask<JobList>(`/v1/jobs?${asked}&sort=${sort}&limit=${limit}&offset=${isFar ? total - from - limit : from}&count=true`, signal)
    setTotal(list.total)
    return isFar ? list.items.reverse() : list.items
  })
  const again = useThrottled(() => !document.hidden && pages.again(), 4000)
  useEffect(() => listen('/v1/events', () => (again(), true), again), [])
  const isFiltered = [...query.keys()].some((name) => name !== 'sort')
  const narrow = useNarrow()
  if (total === 0 && !isFiltered && !pages.problem) return <FirstVisit />
  return (
    <>
      <div class="title"><Title text="Jobs" /><a class="button primary" href="/new">Measure something</a></div>
      <Filters query={query} total={total} />
      {pages.problem && <Failure of={pages.problem as Problem} again={pages.again} />}
      {total === undefined ? !pages.problem && <Skeleton rows={12} /> : total === 0 ? (
        <Empty title="No job fits these filters"><p><a href="/jobs">Show all jobs</a></p></Empty>
      ) : (
        <Listed total={total} pages={pages} height={narrow ? 92 : 52} />
      )}
    </>
  )
}

function Listed({ total, pages, height }: { total: number; pages: ReturnType<typeof usePages<Job>>; height: number }) {
  const [chosen, choose] = useState<string[]>([])
  const toggle = (id: string) => choose(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id].slice(-8))
  return (
    <>
      <Virtual
        count={total} height={height} label="Jobs" columns="jobs" sees={pages.sees}
        head={<div role="row" class="row">{['Compare', 'State', 'Name', 'Trials', 'Result', 'Created', 'Time'].map((word, i) => <span role="columnheader" key={word} class={i > 4 ? 'number' : ''}>{i === 0 ? <span class="unseen">{word}</span> : word}</span>)}</div>}
        row={(i) => <Row key={i} i={i} of={pages.at(i)} isChosen={chosen.includes(pages.at(i)?.id ?? '')} toggle={toggle} height={height} />}
      />
      {chosen.length > 0 && (
        <div class="selection" role="status">
          {plural(chosen.length, 'job')} chosen
          {chosen.length > 1 ? <a class="button primary" href={`/compare?jobs=${chosen.join(',')}`}>Compare them</a> : <span>choose another one to compare</span>}
          <button class="quiet" onClick={() => choose([])}>None</button>
        </div>
      )}
    </>
  )
}

function Row({ i, of: job, isChosen, toggle, height }: { i: number; of?: Job; isChosen: boolean; toggle: (id: string) => void; height: number }) {
  if (!job) return <Waiting i={i} height={height} />
  const name = job.name || 'without a name'
  const state = job.paused_at ? 'paused' : job.state
  const { trials } = job
  const ended = trials.total - trials.queued - trials.running
  return (
    <div role="row" class="row" aria-rowindex={i + 2} style={{ height: `${height}px` }}>
      <span role="cell"><input type="checkbox" checked={isChosen} onChange={() => toggle(job.id)} aria-label={`Compare ${name}`} /></span>
      <span role="cell"><Badge of={state} /></span>
      <span role="cell" class="name"><a href={`/jobs/${job.id}`}>{name}</a><small>{job.tags.map((tag) => <a key={tag} class="tag" href={`/jobs?tag=${encodeURIComponent(tag)}`}>{tag}</a>)}</small></span>
      <span role="cell" class="trials">{job.finished_at ? <small>{plural(trials.total, 'trial')}{trials.failed ? `, ${trials.failed} failed` : ''}</small> : <><Bar fraction={job.progress.fraction} of={state} /><small>{count(ended)} of {count(trials.total)}{job.progress.eta_seconds !== null && `, ${span(job.progress.eta_seconds)} left`}</small></>}</span>
      <span role="cell" class="result"><Result of={job} /></span>
      <span role="cell" class="number"><small title={moment(job.created_at)}>{ago(job.created_at)}</small></span>
      <span role="cell" class="number"><small>{job.started_at ? span(seconds(job.started_at, job.finished_at)) : ''}</small></span>
    </div>
  )
}

/** The largest capacity, with its bound; nothing is shown of a job that looks for none. */
function Result({ of: job }: { of: Job }) {
  const all = job.headline?.capacity ?? []
  if (!all.length) return <small>{job.note ?? ''}</small>
  const best = all.reduce((a, b) => (b.capacity_bits > a.capacity_bits ? b : a))
  const bound = best.capacity_bits_lower_bound_95
  return (
    <small title={setting(best.cell)}>
      <b>{number(best.capacity_bits)}</b> bits{bound !== null && `, ≥ ${number(bound)} (95 %)`}
      {all.length > 1 && <span class="more"> largest of {all.length}</span>}
    </small>
  )
}

function Filters({ query, total }: { query: URLSearchParams; total?: number }) {
  const change = (name: string) => (value: string) => go(withQuery({ [name]: value }), true)
  const states = new Set(query.get('state')?.split(',').filter(Boolean))
  const toggle = (state: string) => {
    states.has(state) ? states.delete(state) : states.add(state)
    change('state')([...states].join(','))
  }
  return (
    <form class="filters" onSubmit={(event) => event.preventDefault()} aria-label="Filters">
      <fieldset class="chips"><legend class="unseen">States</legend>
        {STATES.map((state) => <label key={state} class={states.has(state) ? 'on' : ''}><input type="checkbox" checked={states.has(state)} onChange={() => toggle(state)} />{state}</label>)}
      </fieldset>
      <Text label="Name" value={query.get('name') ?? ''} change={change('name')} />
      <Text label="Tag" value={query.get('tag') ?? ''} change={change('tag')} />
      <Select label="Kind" value={query.get('kind') ?? 'experiment'} options={[['experiment', 'experiments'], ['calibration', 'calibrations'], ['all', 'all']]} change={(value) => change('kind')(value === 'experiment' ? '' : value)} />
      <Select label="Order" value={query.get('sort') ?? '-created'} options={ORDERS} change={(value) => change('sort')(value === '-created' ? '' : value)} />
      <span class="total" role="status">{total === undefined ? '' : plural(total, 'job')}</span>
    </form>
  )
}

/** A field that filters while one types. */
function Text({ label, value, change }: { label: string; value: string; change: (value: string) => void }) {
  const timer = useMemo(() => ({ id: 0 }), [])
  const input = (event: { currentTarget: HTMLInputElement }) => {
    const text = event.currentTarget.value
    clearTimeout(timer.id)
    timer.id = window.setTimeout(() => change(text), 250)
  }
  return <label class="field"><span>{label}</span><input type="search" value={value} onInput={input} /></label>
}

/** Whether the window is as wide as a phone. */
function useNarrow(): boolean {
  const media = useMemo(() => matchMedia('(max-width: 720px)'), [])
  const [is, set] = useState(media.matches)
  useEffect(() => {
    const look = () => set(media.matches)
    media.addEventListener('change', look)
    return () => media.removeEventListener('change', look)
  }, [])
  return is
}

/** Where nothing has been measured yet. */
function FirstVisit() {
  const readOnly = useReadOnly()
  return (
    <>
      <Title text="How many bits does a network memorize?" />
      <p class="lead">bitgauge makes data whose information is known exactly, trains networks on it, and measures how many of those bits they keep: with an interval, over independent replicates.</p>
      {readOnly ? <Empty title="Nothing is stored here yet" /> : <Start />}
    </>
  )
}
