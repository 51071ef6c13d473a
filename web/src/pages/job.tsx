// A job: what was asked, what came out, how sure it is, and what can be done with it. One stream keeps it up to date.

import { useEffect, useRef, useState } from 'preact/hooks'
import { listen, type Sent } from '../api'
import { cell, type Cell } from '../cell'
import { cost, useGet, useThrottled } from '../get'
import { Actions } from '../parts/actions'
import { Events } from '../parts/events'
import { Overview } from '../parts/overview'
import { Receipt } from '../parts/receipt'
import { SpecView } from '../parts/spec'
import { Trials } from '../parts/trials'
import { Verification } from '../parts/verification'
import type { JobDetail } from '../types'
import { Badge, Bar, Failure, Skeleton, Title } from '../ui'
import { ago, count, moment, plural, seconds, span } from '../words'

const PARTS: [string, string][] = [['overview', 'Results'], ['trials', 'Trials'], ['spec', 'Spec'], ['events', 'Events'], ['receipt', 'Receipt']]
/** Events that are shown from before this page was opened. */
const TAIL = 200
/** Between two readings of a job that runs: what happens in between, its events say. */
const PAUSE_MS = 20_000
/** Between two showings of what events say. */
const SHOWN_MS = 1000
/** Results of a job that runs are evaluated anew for whoever asks: the longer that takes the seldomer, so that many pages
 * together take a twentieth of two cores at most, and beyond some cost by hand alone. */
const RESULTS_PAUSE_MS = 15_000
const PAUSES = 200
const MOST_MS = 500

export function JobPage({ id, part }: { id: string; part: string }) {
  const path = `/v1/jobs/${id}`
  const { data: job, problem, again } = useGet<JobDetail>(path)
  const { events, isThere, live } = useEvents(id, job, again)
  const [version, anew] = useVersion(job)
  if (problem && !job) return <><Title text="Job" /><Failure of={problem} again={again} /><p><a href="/jobs">All jobs</a></p></>
  if (!job) return <><Title text="Job" /><Skeleton rows={10} /></>
  const name = job.name || 'Job without a name'
  return (
    <article class="job">
      <div class="title">
        <div><Title text={name} /><p class="under"><State of={job} isThere={isThere} /></p></div>
        <Actions job={job} again={again} />
      </div>
      {job.spec.question && <p class="lead">{job.spec.question}</p>}
      <Progress of={job} live={live} />
      {job.note && <p class="banner" role="status">{job.note}</p>}
      {job.notes && <p class="notes">{job.notes}</p>}
      <nav class="tabs" aria-label="Parts of the job">
        {PARTS.map(([key, word]) => <a key={key} href={key === 'overview' ? `/jobs/${id}` : `/jobs/${id}/${key}`} aria-current={part === key ? 'page' : undefined}>{word}</a>)}
      </nav>
      {job.origin?.relation === 'verification' && part === 'overview' && <Verification of={job} version={version} />}
      {part === 'trials' ? <Trials job={job} version={version} />
        : part === 'spec' ? <SpecView job={job} />
          : part === 'events' ? <Events of={events} isEnded={!!job.finished_at} />
            : part === 'receipt' ? <Receipt job={job} />
              : <Overview job={job} version={version} anew={anew} />}
    </article>
  )
}

const State = ({ of: job, isThere }: { of: JobDetail; isThere: boolean }) => (
  <>
    <Badge of={job.paused_at ? 'paused' : job.state} />
    {job.kind === 'calibration' && <span class="tag">calibration</span>}
    {job.tags.map((tag) => <a key={tag} class="tag" href={`/jobs?tag=${encodeURIComponent(tag)}`}>{tag}</a>)}
    <span title={moment(job.created_at)}>submitted {ago(job.created_at)}</span>
    {job.started_at && <span>{job.finished_at ? 'took' : 'runs for'} {span(seconds(job.started_at, job.finished_at))}</span>}
    {job.origin && <span>{job.origin.relation} of <a href={`/jobs/${job.origin.id}`}>{job.origin.id.slice(-8)}</a></span>}
    {!job.finished_at && !isThere && <span class="problem">no connection; trying again</span>}
  </>
)

/** How far a job is, by its events: this alone is drawn anew while they come. */
function Progress({ of: read, live }: { of: JobDetail; live: Cell<Live | null> }) {
  const job = { ...read, ...(read.finished_at ? null : live.use()) }
  const { trials } = job
  const counts = (['succeeded', 'diverged', 'failed', 'cancelled', 'running', 'queued'] as const).filter((state) => trials[state] > 0)
  return (
    <div class="progress">
      {!job.finished_at && <Bar fraction={job.progress.fraction} of={job.paused_at ? 'paused' : job.state} />}
      <span>
        {plural(trials.total, 'trial')}: {counts.map((state) => `${count(trials[state])} ${state}`).join(', ')}
        {!job.finished_at && job.progress.eta_seconds !== null && `; about ${span(job.progress.eta_seconds)} left`}
      </span>
      {job.running.length > 0 && <span class="running">{job.running.slice(0, 8).map((trial) => <small key={trial.trial}>trial {trial.trial}: {trial.steps ? `step ${count(trial.step)} of ${count(trial.steps)}` : 'draws its data'}</small>)}</span>}
    </div>
  )
}

/** What events say of a job that runs. */
type Live = Pick<JobDetail, 'progress' | 'running' | 'trials'>

/** The events of a job, and what they say of its progress. */
function useEvents(id: string, job: JobDetail | undefined, again: () => Promise<void>) {
  const [events] = useState(() => cell<Sent[]>([]))
  const [isThere, setThere] = useState(true)
  const [live] = useState(() => cell<Live | null>(null))
  const latest = useRef(job)
  const waiting = useRef<Sent[]>([])
  const soon = useThrottled(again, PAUSE_MS)
  if (latest.current !== job) live.set(null)
  latest.current = job
  const show = useThrottled(() => {
    const now = latest.current
    const news = waiting.current
    waiting.current = []
    const stored = news.filter((event) => event.kind !== 'progress')
    if (stored.length) events.set([...events.get(), ...stored].slice(-2000))
    if (!now || now.finished_at) return
    const { progress, running, trials } = live.get() ?? now
    const counts = { ...trials }
    for (const { kind, data } of news) {
      const { state, done } = data.details ?? {}
      const ended = counts.succeeded + counts.diverged + counts.failed + counts.cancelled
      // what had ended before the job was read is counted in it
      if (kind === 'trial' && done > ended && state in counts) counts[state as keyof typeof counts] += 1
    }
    const last = news.filter((event) => event.kind === 'progress').at(-1)?.data
    counts.running = (last?.running ?? running).length
    counts.queued = Math.max(0, counts.total - counts.running - counts.succeeded - counts.diverged - counts.failed - counts.cancelled)
    live.set({ progress: last ?? progress, running: last?.running ?? running, trials: counts })
  }, SHOWN_MS)
  const isEnded = !!job?.finished_at
  useEffect(() => {
    if (!job) return
    events.set([])
    return listen(`/v1/jobs/${id}/events?tail=${TAIL}`, (event) => {
      const hasEnded = !!latest.current?.finished_at
      if (event.kind === 'shutdown') return true
      waiting.current.push(event)
      show()
      if (event.kind === 'end' && !hasEnded) void again()
      else if (event.kind === 'trial' && !hasEnded) soon()
      else if (event.kind !== 'progress' && !hasEnded) void again()
      return event.kind !== 'end'
    }, setThere)
  }, [id, !job, isEnded])
  return { events, isThere, live }
}

/** A number that changes when results are to be read anew: at the end, and now and then before; and a way to change it. */
function useVersion(job: JobDetail | undefined): [number, () => void] {
  const [version, set] = useState(0)
  const anew = () => set((n) => n + 1)
  const ended = job ? job.trials.total - job.trials.queued - job.trials.running : 0
  const soon = useThrottled(() => !document.hidden && cost.get() < MOST_MS && anew(), Math.max(RESULTS_PAUSE_MS, PAUSES * cost.get()))
  useEffect(() => {
    if (job && !job.finished_at && ended > 0) soon()
  }, [ended])
  const hasRun = useRef(false)
  useEffect(() => {
    if (job && !job.finished_at) hasRun.current = true
    else if (hasRun.current) anew()
  }, [!job, job?.finished_at])
  return [version, anew]
}
