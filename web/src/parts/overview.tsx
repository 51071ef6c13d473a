// What came out of a job: verdicts first, then figures, tables, analyses, the ledger of the data, and what limits it all.

import { useChange, useGet } from '../get'
import type { Analysis, CellResult, JobDetail, ResultList } from '../types'
import { Empty, Facts, Failure, Skeleton } from '../ui'
import { number, setting } from '../words'
import { Foremost, Others } from './analyses'
import { Figures } from './figure'
import { Results } from './results'
import { Verdicts } from './verdicts'

export function Overview({ job, version, anew }: { job: JobDetail; version: number; anew: () => void }) {
  const path = `/v1/jobs/${job.id}`
  const { data: analysis, problem, again } = useGet<Analysis>(`${path}/analysis?curves=false`)
  const first = useGet<ResultList>(`${path}/results?limit=200`)
  const hasResults = job.trials.succeeded + job.trials.diverged > 0
  useChange(`${version} ${hasResults}`, () => (void again(), void first.again()))
  if (!hasResults) {
    return job.finished_at
      ? <Empty title="No trial gave a result"><p>See <a href={`/jobs/${job.id}/trials`}>the trials</a> for why; Retry runs again what failed or was cancelled.</p></Empty>
      : <Empty title="No result yet"><p>{job.paused_at ? 'The job is paused.' : job.trials.running ? 'The first trials run.' : 'The job waits for a worker.'} Results appear here as trials end.</p></Empty>
  }
  return (
    <>
      {!job.finished_at && <p class="banner" role="status">The job is not finished: these are the results so far. <button class="link" onClick={anew}>Read them anew</button></p>}
      {problem && <Failure of={problem} again={again} />}
      {analysis ? <Verdicts all={analysis.verdicts} stated={job.stated} /> : <Skeleton rows={4} />}
      <Figures job={job} version={version} quantities={Object.keys(first.data?.items[0]?.measurements ?? {})} />
      {analysis && <Foremost of={analysis} />}
      <Results job={job} first={first.data} version={version} />
      {first.problem && <Failure of={first.problem} again={first.again} />}
      {analysis && <Others of={analysis} />}
      {first.data && first.data.items.length > 0 && <Ledger of={first.data.items} isWhole={!first.data.next_cursor} />}
      {analysis && <Limits of={analysis} />}
    </>
  )
}

/** The bits of the data, in the smallest and the largest cell. */
function Ledger({ of: items, isWhole }: { of: CellResult[]; isWhole: boolean }) {
  const all = [...items].sort((a, b) => a.dataset_bits - b.dataset_bits)
  const ends = all.length > 1 && all[0]!.dataset_bits !== all.at(-1)!.dataset_bits ? [all[0]!, all.at(-1)!] : [all[0]!]
  return (
    <section aria-labelledby="ledger">
      <h2 id="ledger">Ledger</h2>
      <p>The bits of the data, known exactly: {ends.length > 1 ? 'in the smallest and the largest dataset' : 'in every cell'}{isWhole ? '' : ' of the first 200 cells'}. No network can memorize more than the upper bounds.</p>
      <div class="pair">
        {ends.map((one) => (
          <div key={setting(one.cell)}>
            <h3>{ends.length > 1 ? setting(one.cell) : 'Dataset'}</h3>
            <Facts of={[
              ['Dataset', `${number(one.dataset_bits)} bits`],
              ['of which a rule explains', `${number(one.ledger.structure_bits)} bits`],
              ['and noise', `${number(one.ledger.noise_bits)} bits`],
              ['The rule itself', one.ledger.rule_bits == null ? 'a continuum of rules' : `${number(one.ledger.rule_bits)} bits`],
              ['Upper bound by the weights', `${number(one.upper_bounds.weights_bits)} bits in ${one.parameters} parameters`],
              ['Upper bound of a linear readout', one.upper_bounds.readout_bits == null ? null : `${number(one.upper_bounds.readout_bits)} bits`],
            ]} />
          </div>
        ))}
      </div>
    </section>
  )
}

/** What a reader must know of the numbers. */
function Limits({ of: analysis }: { of: Analysis }) {
  const notes = [...analysis.notes]
  for (const one of analysis.capacity) {
    const at = Object.keys(one.cell).length ? `Capacity at ${setting(one.cell)}` : 'Capacity'
    if (one.saturated === false) notes.push(`${at}: the peak lies at the end of the axis, so it is a lower bound only; measure larger datasets.`)
    if (one.converged === 'no') notes.push(`${at}: twice the steps give more, so it is a lower bound; train longer.`)
  }
  if (!notes.length) return null
  return <section aria-labelledby="limits"><h2 id="limits">Limits</h2><ul class="limits">{[...new Set(notes)].map((note) => <li key={note}>{note}</li>)}</ul></section>
}

