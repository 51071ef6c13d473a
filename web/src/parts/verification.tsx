// What running trials again has shown.

import { useEffect } from 'preact/hooks'
import { useGet } from '../get'
import type { JobDetail } from '../types'
import { Badge, Facts } from '../ui'

interface Shown {
  origin: string
  verdict: string
  trials: number
  equal: number
  differing: number
  without_digest: number
  pending: number
  differences: { trial: number; expected_digest: string; digest: string }[]
}

const WORDS: Record<string, string> = {
  pending: 'no trial has differed so far', equal: 'every trial gave the same digest', different: 'trials gave other digests: reports are not reproducible here', incomplete: 'no trial differed, but some ended without a digest',
}

export function Verification({ of: job, version }: { of: JobDetail; version: number }) {
  const { data, again } = useGet<Shown>(`/v1/jobs/${job.id}/verification`)
  useEffect(() => void again(), [version, job.trials.succeeded])
  if (!data) return null
  return (
    <section aria-labelledby="verification">
      <h2 id="verification">Verification</h2>
      <p><Badge of={data.verdict} /> {WORDS[data.verdict]}, of <a href={`/jobs/${data.origin}`}>this job</a>.</p>
      <Facts of={[['Run again', String(data.trials)], ['Equal', String(data.equal)], ['Differing', String(data.differing)], ['Without a digest', String(data.without_digest)], ['Pending', String(data.pending)]]} />
      {data.differences.length > 0 && <ul>{data.differences.map((one) => <li key={one.trial}>trial {one.trial}: <code>{one.expected_digest.slice(0, 16)}</code> became <code>{one.digest.slice(0, 16)}</code></li>)}</ul>}
    </section>
  )
}
