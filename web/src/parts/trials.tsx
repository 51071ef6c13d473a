// The trials of a job, by number: those in sight are read.

import { useEffect, useState } from 'preact/hooks'
import { ask, type Problem } from '../api'
import { useChange } from '../get'
import type { JobDetail, Trial } from '../types'
import { Badge, Code, Downloads, Failure } from '../ui'
import { count, pretty, setting, span } from '../words'
import { usePages, Virtual, Waiting } from './virtual'

const PAGE = 100
const HEIGHT = 36

export function Trials({ job, version }: { job: JobDetail; version: number }) {
  const path = `/v1/jobs/${job.id}/trials`
  const [chosen, choose] = useState<number>()
  const pages = usePages<Trial>(path, PAGE, async (from, signal) => (await ask<{ items: Trial[] }>(`${path}?limit=${PAGE}&cursor=${from}`, signal)).items)
  const running = job.running.map((trial) => trial.trial).join()
  useChange(`${version} ${running} ${job.finished_at}`, pages.again)
  const head = <div role="row" class="row">{['Trial', 'State', 'Cell', 'Replicate', 'Time', 'Digest'].map((word) => <span role="columnheader" key={word} class={word === 'Trial' || word === 'Replicate' || word === 'Time' ? 'number' : ''}>{word}</span>)}</div>
  return (
    <section aria-labelledby="trials">
      <div class="title"><h2 id="trials">Trials</h2><Downloads path={path} name={`${job.id}-trials`} /></div>
      <p class="note">One replicate of one cell each: its data, initial weights and noise follow from the seed. Equal digests are equal reports, on every machine.</p>
      {pages.problem && <Failure of={pages.problem as Problem} again={pages.again} />}
      {chosen !== undefined && <Report job={job.id} number={chosen} close={() => choose(undefined)} />}
      <div class="scroll" role="group" aria-label="Trials" tabIndex={0}>
        <Virtual count={job.trials.total} height={HEIGHT} label="Trials" columns="trials" sees={pages.sees} head={head} row={(i) => <Row key={i} i={i} of={pages.at(i)} choose={choose} />} />
      </div>
    </section>
  )
}

function Row({ i, of: trial, choose }: { i: number; of?: Trial; choose: (number: number) => void }) {
  if (!trial) return <Waiting i={i} height={HEIGHT} />
  return (
    <div role="row" class="row" aria-rowindex={i + 2} style={{ height: `${HEIGHT}px` }}>
      <span role="cell" class="number"><button class="link" onClick={() => choose(trial.trial)}>{count(trial.trial)}</button></span>
      <span role="cell"><Badge of={trial.state} /></span>
      <span role="cell" class="wide" title={trial.detail ?? setting(trial.cell)}>{setting(trial.cell) || 'the only one'}{trial.detail && <small class="problem"> {trial.detail}</small>}</span>
      <span role="cell" class="number">{trial.replicate}</span>
      <span role="cell" class="number">{trial.seconds === null ? '' : span(trial.seconds)}{trial.attempts > 1 && <small> in {trial.attempts} attempts</small>}</span>
      <span role="cell"><code title={trial.digest ?? undefined}>{trial.digest?.slice(0, 12) ?? ''}</code>{trial.reused_from && <small> reused</small>}</span>
    </div>
  )
}

/** One trial as the service reports it. */
function Report({ job, number, close }: { job: string; number: number; close: () => void }) {
  const [trial, set] = useState<Trial>()
  useEffect(() => {
    const control = new AbortController()
    void ask<Trial>(`/v1/jobs/${job}/trials/${number}`, control.signal).then(set, () => {})
    return () => control.abort()
  }, [job, number])
  return (
    <div class="card" role="group" aria-label={`Trial ${number}`}>
      <div class="title"><h3>Trial {number}</h3><button class="quiet" onClick={close}>Close</button></div>
      {trial && <Code text={pretty(trial)} label={`Report of trial ${number}`} />}
    </div>
  )
}
