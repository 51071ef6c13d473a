// A job: what was asked, what came out, how sure it is, and what can be done with it. One stream keeps it up to date.

import { useEffect, useRef, useState } from 'preact/hooks'
import { listen, type Sent } from '../api'
import { useGet, useThrottled } from '../get'
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
/** Between two readings of a job that runs. */
const PAUSE_MS = 2000
/** Results of a job that runs are evaluated anew for whoever asks: seldom, and the more seldom the longer it takes. */
const RESULTS_PAUSE_MS = 10_000

export function JobPage({ id, part }: { id: string; part: string }) {
  const path = `/v1/jobs/${id}`
  const { data: job, problem, again, put } = useGet<JobDetail>(path)
  const { events, isThere } = useEvents(id, job, put, again)
  const version = useVersion(job)
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
      <Progress of={job} />
      {job.note && <p class="banner" role="status">{job.note}</p>}
      {job.notes && <p class="notes">{job.notes}</p>}
      <nav class="tabs" aria-label="Parts of the job">
        {PARTS.map(([key, word]) => <a key={key} href={key === 'overview' ? `/jobs/${id}` : `/jobs/${id}/${key}`} aria-current={part === key ? 'page' : undefined}>{word}</a>)}
      </nav>
      {job.origin?.relation === 'verification' && part === 'overview' && <Verification of={job} version={version} />}
      {part === 'trials' ? <Trials job={job} version={version} />
        : part === 'spec' ? <SpecView job={job} />
          : part === 'events' ? <Events events={events} isEnded={!!job.finished_at} />
            : part === 'receipt' ? <Receipt job={job} />
              : <Overview job={job} version={version} />}
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

function Progress({ of: job }: { of: JobDetail }) {
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

/** The events of a job; what they say of its progress is put into the job itself. */
function useEvents(id: string, job: JobDetail | undefined, put: (job: JobDetail) => void, again: () => Promise<void>) {
  const [events, set] = useState<Sent[]>([])
  const [isThere, setThere] = useState(true)
  const soon = useThrottled(again, PAUSE_MS)
  const known = { job }
  const [latest] = useState(known)
  latest.job = job
  const isEnded = !!job?.finished_at
  useEffect(() => {
    if (!job) return
    set([])
    return listen(`/v1/jobs/${id}/events?tail=${TAIL}`, (event) => {
      const now = latest.job
      if (event.kind === 'progress') {
        if (now && !now.finished_at) put({ ...now, progress: event.data, running: event.data.running })
        return true
      }
      if (event.kind === 'shutdown') return true
      set((old) => [...old, event].slice(-2000))
      if (now?.finished_at && event.kind === 'end') return false
      if (event.kind === 'end') void again()
      else if (!now?.finished_at) soon()
      return event.kind !== 'end'
    }, setThere)
  }, [id, !job, isEnded])
  return { events, isThere }
}

/** A number that changes when results are to be read anew: at the end, and now and then before. */
function useVersion(job: JobDetail | undefined): number {
  const [version, set] = useState(0)
  const ended = job ? job.trials.total - job.trials.queued - job.trials.running : 0
  const soon = useThrottled(() => !document.hidden && set((n) => n + 1), RESULTS_PAUSE_MS)
  useEffect(() => {
    if (job && !job.finished_at && ended > 0) soon()
  }, [ended])
  const hasRun = useRef(false)
  useEffect(() => {
    if (job && !job.finished_at) hasRun.current = true
    else if (hasRun.current) set((n) => n + 1)
  }, [!job, job?.finished_at])
  return version
}
