// The table of results: a row for each cell, each quantity with its interval, and how many replicates it rests on.

import { useState } from 'preact/hooks'
import { ask, type Problem } from '../api'
import { useChange } from '../get'
import { useQuantities } from '../known'
import type { CellResult, JobDetail, Measurement, ResultList } from '../types'
import { Downloads, Estimate, Failure, Skeleton } from '../ui'
import { brief, count, number, short } from '../words'
import { usePages, Virtual, Waiting } from './virtual'

const PAGE = 100
const HEIGHT = 34
/** What a number says of what it stands for, where it is not that itself. */
export const BOUNDS: Record<string, string> = { lower: 'lower bound', upper: 'upper bound', null: 'null: at most 0', exact: '' }
const FORMS = ['csv', 'parquet', 'ndjson', 'md', 'tex', 'txt']

export const Results = ({ job, first, version }: { job: JobDetail; first?: ResultList; version: number }) =>
  first ? <Table job={job} first={first} version={version} /> : <section aria-label="Results"><h2>Results</h2><Skeleton /></section>

function Table({ job, first, version }: { job: JobDetail; first: ResultList; version: number }) {
  const [isAll, setAll] = useState(false)
  const quantities = useQuantities()
  const path = `/v1/jobs/${job.id}/results`
  const pages = usePages<CellResult>(path, PAGE, async (from, signal) => {
    if (from === 0 && version === 0) return first.items.slice(0, PAGE)
    return (await ask<ResultList>(`${path}?limit=${PAGE}&cursor=${from}`, signal)).items
  })
  useChange(version, pages.again)
  // a search has as many rows as it has trained configurations
  const total = first.next_cursor ? Math.max(job.plan.cells, first.items.length) : first.items.length
  const sample = first.items.find((item) => Object.keys(item.measurements).length) ?? first.items[0]
  const measured = sample?.measurements ?? {}
  const names = Object.keys(measured).sort((a, b) => order(quantities, a) - order(quantities, b))
  const headline = names.filter((name) => quantities.get(name)?.headline)
  const shown = isAll || !headline.length ? names : headline
  const axes = Object.keys(sample?.cell ?? {})
  const head = (
    <div role="row" class="row">
      {axes.map((axis) => <span role="columnheader" class="coordinate" key={axis} title={axis}>{short(axis)}</span>)}
      {sample?.stage && <span role="columnheader" class="coordinate">stage</span>}
      <span role="columnheader" class="number narrow">n</span>
      <span role="columnheader" class="number narrow">parameters</span>
      <span role="columnheader" class="number narrow">dataset<small>bits</small></span>
      {shown.map((name) => <span role="columnheader" class="number" key={name} title={`${name}: ${quantities.get(name)?.definition ?? ''}`}>{words(name, measured[name]!)}<small>{[measured[name]!.unit, BOUNDS[measured[name]!.bound]].filter(Boolean).join(', ')}</small></span>)}
    </div>
  )
  return (
    <section aria-labelledby="results">
      <div class="title">
        <h2 id="results">Results</h2>
        <div class="buttons">
          {names.length > headline.length && headline.length > 0 && <label class="check"><input type="checkbox" checked={isAll} onChange={(event) => setAll(event.currentTarget.checked)} />all {names.length} quantities</label>}
          <Downloads path={path} name={`${job.id}-results`} forms={FORMS} />
        </div>
      </div>
      <p class="note">Means over n replicates with 95 % intervals in brackets. {count(total)} {total === 1 ? 'cell' : 'cells'}.</p>
      {pages.problem && <Failure of={pages.problem as Problem} again={pages.again} />}
      <div class="scroll" role="group" aria-label="Results" tabIndex={0}>
        <Virtual count={total} height={HEIGHT} label="Results of each cell" columns="results" sees={pages.sees} head={head} row={(i) => <Row key={i} i={i} of={pages.at(i)} axes={axes} shown={shown} hasStage={!!sample?.stage} />} />
      </div>
    </section>
  )
}

const order = (quantities: ReturnType<typeof useQuantities>, name: string) => [...quantities.keys()].indexOf(name)

/** A name without its unit, which stands below it. */
const words = (name: string, of: Measurement) => (of.unit === 'bits' ? name.replace(/_bits\b/, '') : name).replace(/_/g, ' ')

function Row({ i, of: result, axes, shown, hasStage }: { i: number; of?: CellResult; axes: string[]; shown: string[]; hasStage: boolean }) {
  if (!result) return <Waiting i={i} height={HEIGHT} />
  const { succeeded, failed, diverged } = result.trials
  const lost = [failed && `${failed} failed`, diverged && `${diverged} diverged`].filter(Boolean).join(', ')
  return (
    <div role="row" class="row" aria-rowindex={i + 2} style={{ height: `${HEIGHT}px` }}>
      {axes.map((axis) => <span role="cell" class="coordinate" key={axis} title={brief(result.cell[axis])}>{brief(result.cell[axis])}</span>)}
      {hasStage && <span role="cell" class="coordinate">{result.stage}</span>}
      <span role="cell" class="number narrow" title={lost || undefined}>{succeeded}{lost && '*'}</span>
      <span role="cell" class="number narrow">{result.parameters}</span>
      <span role="cell" class="number narrow" data-value={result.dataset_bits}>{number(result.dataset_bits)}</span>
      {shown.map((name) => {
        const one = result.measurements[name]
        return <span role="cell" class="number" key={name} data-quantity={name}>{one ? <Estimate of={one} n={one.n !== succeeded} /> : <small>none</small>}</span>
      })}
    </div>
  )
}
