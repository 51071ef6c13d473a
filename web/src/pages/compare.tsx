// Several jobs, cell by cell: paired where their seeds agree, corrected over the whole table.

import { address, go, withQuery } from '../address'
import { useGet } from '../get'
import { useQuantities } from '../known'
import type { Comparison, JobDetail, JobList } from '../types'
import { Badge, Empty, Failure, Scroll, Select, Skeleton, Title } from '../ui'
import { ago, brief, chance, number, plural, setting, spoken } from '../words'

const PAGE = 200
const MOST = 8

export function Compare() {
  const { query } = address.use()
  const ids = (query.get('jobs') ?? '').split(',').filter(Boolean)
  const quantity = query.get('quantity') ?? ''
  const cursor = query.get('cursor')
  const asked = new URLSearchParams({ jobs: ids.join(','), limit: String(PAGE), ...(quantity && { quantity }), ...(cursor && { cursor }) })
  const { data, problem, again } = useGet<Comparison>(ids.length > 1 ? `/v1/compare?${asked}` : null, true)
  const quantities = useQuantities()
  const set = (next: string[]) => go(withQuery({ jobs: next.join(','), cursor: '' }))
  return (
    <>
      <Title text="Compare jobs" />
      <p class="lead">Every job is compared with the first one, cell by cell. Replicates of equal numbers drew the same random numbers where seeds agree: then differences are paired, and much narrower.</p>
      <div class="chosen">{ids.map((id, i) => <Chosen key={id} id={id} i={i} remove={() => set(ids.filter((one) => one !== id))} lead={() => set([id, ...ids.filter((one) => one !== id)])} />)}</div>
      {ids.length < MOST && <Picker known={ids} add={(id) => set([...ids, id])} isFirst={ids.length === 0} />}
      {ids.length > 1 && (
        <div class="filters"><Select label="Quantity" value={quantity} options={[['', 'all headline quantities'], ...[...quantities.keys()].map((name): [string, string] => [name, spoken(name)])]} change={(value) => go(withQuery({ quantity: value, cursor: '' }), true)} /></div>
      )}
      {problem && <Failure of={problem} again={again} />}
      {ids.length > 1 && !data && !problem && <Skeleton />}
      {data && ids.length > 1 && <Differences of={data} names={ids} />}
    </>
  )
}

function Chosen({ id, i, remove, lead }: { id: string; i: number; remove: () => void; lead: () => void }) {
  const { data, problem } = useGet<JobDetail>(`/v1/jobs/${id}`)
  const name = data?.name || id.slice(-8)
  return (
    <div class="card one">
      <small>{i === 0 ? 'baseline' : `job ${i + 1}`}</small>
      <a href={`/jobs/${id}`}>{problem ? 'not found' : name}</a>
      {data && <span><Badge of={data.state} /> <small>{plural(data.trials.total, 'trial')}, {ago(data.created_at)}</small></span>}
      <span class="buttons">{i > 0 && <button class="quiet" onClick={lead}>Make it the baseline<span class="unseen"> {name}</span></button>}<button class="quiet" onClick={remove}>Remove<span class="unseen"> {name}</span></button></span>
    </div>
  )
}

function Picker({ known, add, isFirst }: { known: string[]; add: (id: string) => void; isFirst: boolean }) {
  const { data } = useGet<JobList>('/v1/jobs?kind=experiment&limit=100')
  const others = data?.items.filter((job) => !known.includes(job.id)) ?? []
  if (data && !others.length) return isFirst ? <Empty title="There is nothing to compare yet"><p><a class="button primary" href="/new">Measure something</a></p></Empty> : null
  return (
    <label class="field pick"><span>{isFirst ? 'Baseline' : known.length === 1 ? 'Compare it with' : 'Add a job'}</span>
      <select value="" onChange={(event) => add(event.currentTarget.value)}>
        <option value="" disabled>choose one of the newest {others.length}</option>
        {others.map((job) => <option key={job.id} value={job.id}>{job.name || job.id.slice(-8)} ({job.state}, {ago(job.created_at)})</option>)}
      </select>
    </label>
  )
}

function Differences({ of: data, names }: { of: Comparison; names: string[] }) {
  const many = names.length > 2
  return (
    <>
      {data.notes.map((note) => <p class="note" key={note}>{note}</p>)}
      <section aria-labelledby="settings">
        <h2 id="settings">What differs in the specs</h2>
        {data.settings.length === 0 ? <p>Nothing outside the sweeps.</p> : (
          <Scroll label="Settings"><table><thead><tr><th scope="col">Setting</th>{names.map((_, i) => <th scope="col" key={i}>{i === 0 ? 'Baseline' : `Job ${i + 1}`}</th>)}</tr></thead>
            <tbody>{data.settings.map((one) => <tr key={one.pointer}><th scope="row"><code>{one.pointer}</code></th>{one.values.map((value, i) => <td key={i}>{value === null ? <small>not stated</small> : brief(value)}</td>)}</tr>)}</tbody></table></Scroll>
        )}
      </section>
      <section aria-labelledby="differences">
        <h2 id="differences">What differs in the results</h2>
        <p class="note">{data.paired ? 'Paired by replicate.' : 'Not paired: the seeds differ, so these are differences of means (Welch).'} P-values are corrected over all {plural(data.total, 'difference')} (Holm); bold rows differ beyond chance.</p>
        {data.items.length === 0 ? <Empty title="No cell and quantity that both jobs have" /> : (
          <Scroll label="Differences"><table>
            <thead><tr>{many && <th scope="col">Job</th>}<th scope="col">Quantity</th><th scope="col">Cell</th><th scope="col" class="number">Baseline</th><th scope="col" class="number">Job</th><th scope="col" class="number">Difference</th><th scope="col">Unit</th><th scope="col" class="number">n</th><th scope="col" class="number">p, adjusted</th></tr></thead>
            <tbody>{data.items.map((one, i) => (
              <tr key={i} class={one.p_holm !== null && one.p_holm < 0.05 ? 'significant' : ''}>
                {many && <td>{names.indexOf(one.job) + 1}</td>}
                <th scope="row">{spoken(one.quantity)}</th><td>{setting(one.cell) || 'the only one'}</td>
                <td class="number">{number(one.baseline_mean)}</td><td class="number">{number(one.mean)}</td>
                <td class="number" data-difference={one.difference}><b>{number(one.difference)}</b>{one.ci95_low !== null && one.ci95_high !== null ? ` [${number(one.ci95_low)}, ${number(one.ci95_high)}]` : <small> no interval</small>}</td>
                <td>{one.unit}</td><td class="number">{one.n === one.n_baseline ? one.n : `${one.n_baseline}, ${one.n}`}</td><td class="number">{one.p_holm === null ? '' : chance(one.p_holm)}</td>
              </tr>
            ))}</tbody>
          </table></Scroll>
        )}
        {data.next_cursor && <p><a class="button" href={withQuery({ cursor: data.next_cursor })}>The next {PAGE}</a></p>}
        {data.unmatched.filter((one) => one.cells > 0).map((one) => <p class="note" key={one.job}>{plural(one.cells, 'cell')} of {one.job === names[0] ? 'the baseline' : `job ${names.indexOf(one.job) + 1}`} without a counterpart: {one.first.slice(0, 3).map(setting).join('; ')}{one.cells > 3 ? ' and others' : ''}</p>)}
      </section>
    </>
  )
}
