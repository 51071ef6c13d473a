// What can be done with a job; what cannot be undone is asked about first.

import { useState } from 'preact/hooks'
import { go } from '../address'
import { send } from '../api'
import { forget } from '../get'
import { useReadOnly } from '../known'
import { submit } from '../submit'
import type { JobDetail } from '../types'
import { Act, Confirm } from '../ui'
import { plural } from '../words'

/** Trials that are run again to verify a job, unless it has fewer. */
const SAMPLE = 10

export function Actions({ job, again }: { job: JobDetail; again: () => Promise<void> }) {
  const [asked, ask] = useState<'cancel' | 'delete'>()
  const readOnly = useReadOnly()
  const path = `/v1/jobs/${job.id}`
  const post = async (verb: string) => {
    await send('POST', `${path}/${verb}`)
    await again()
  }
  const close = () => ask(undefined)
  const verify = () => submit(`${path}/verify`, { sample: SAMPLE })
  const extend = () => submit(`${path}/extend`, { more: job.spec.seeds ?? 8 })
  const isEnded = !!job.finished_at
  if (readOnly) return <div class="actions"><a class="button" href={`/compare?jobs=${job.id}`}>Compare</a></div>
  return (
    <div class="actions">
      {!isEnded && (job.paused_at ? <Act run={() => post('resume')}>Resume</Act> : <Act run={() => post('pause')}>Pause</Act>)}
      {!isEnded && <button onClick={() => ask('cancel')}>Cancel</button>}
      {isEnded && job.trials.failed + job.trials.cancelled > 0 && <Act run={() => post('retry')}>Retry</Act>}
      {isEnded && job.trials.succeeded > 0 && <Act run={extend} title="A job with twice the replicates, which takes over these trials">More replicates</Act>}
      {isEnded && job.trials.succeeded > 0 && <Act run={verify} title={`Run ${SAMPLE} trials again and compare the digests of their reports`}>Verify</Act>}
      <a class="button" href={`/new?from=${job.id}`}>Clone</a>
      <a class="button" href={`/compare?jobs=${job.id}`}>Compare</a>
      <button class="danger" onClick={() => ask('delete')}>Delete</button>
      {asked === 'cancel' && <Confirm title="Cancel this job?" word="Cancel the job" close={close} run={async () => { await post('cancel'); close() }}><p>Trials that run are stopped; what was measured stays. Retry runs the rest later.</p></Confirm>}
      {asked === 'delete' && (
        <Confirm title="Delete this job?" word="Delete it for ever" close={close} run={async () => { await send('DELETE', `${path}${isEnded ? '' : '?force=true'}`); forget(); go('/jobs') }}>
          <p>“{job.name || job.id}” goes with {plural(job.trials.total, 'trial')} and all results. This cannot be undone.{!isEnded && ' It is cancelled first.'}</p>
        </Confirm>
      )}
    </div>
  )
}
