// Measurements across jobs: what is stored of all that have ended, filtered and sorted by the service.

import { useEffect, useState } from 'preact/hooks'
import { address, go, withQuery } from '../address'
import { ask, type Problem } from '../api'
import { useGet } from '../get'
import { BOUNDS } from '../parts/results'
import type { Catalog, Stored, StoredList } from '../types'
import { Downloads, Empty, Estimate, Failure, Scroll, Select, Skeleton, Title } from '../ui'
import { number, setting, spoken } from '../words'

const PAGE = 100
const FILTERS: [string, string, string][] = [['source', 'Source', 'sources'], ['network', 'Network', 'networks'], ['regularizer', 'Regularizer', 'regularizers'], ['optimizer', 'Optimizer', 'optimizers']]

export function Measurements() {
  const { query } = address.use()
  const catalog = useGet<Catalog>('/v1/catalog')
  const asked = new URLSearchParams()
  for (const name of ['quantity', 'source', 'network', 'regularizer', 'optimizer', 'tag', 'name', 'n', 'sort']) {
    const value = query.get(name)
    if (value) asked.set(name, value)
  }
  if (!asked.has('quantity')) asked.set('quantity', 'memorized_bits')
  const key = asked.toString()
  const [state, set] = useState<{ key: string; items: Stored[]; next: string | null; problem?: Problem }>()
  const read = async (cursor: string | null, signal?: AbortSignal) => {
    try {
      const list = await ask<StoredList>(`/v1/measurements?${key}&limit=${PAGE}${cursor ? `&cursor=${cursor}` : ''}`, signal)
      set((old) => ({ key, items: [...(cursor && old ? old.items : []), ...list.items], next: list.next_cursor }))
    } catch (error) {
      if (!signal?.aborted) set({ key, items: [], next: null, problem: error as Problem })
    }
  }
  useEffect(() => {
    const control = new AbortController()
    void read(null, control.signal)
    return () => control.abort()
  }, [key])
  const change = (name: string) => (value: string) => go(withQuery({ [name]: value }), true)
  const families = catalog.data?.families ?? {}
  return (
    <>
      <div class="title"><Title text="Measurements across jobs" /><Downloads path="/v1/measurements" query={`?${key}`} name="measurements" /></div>
      <form class="filters" onSubmit={(event) => event.preventDefault()} aria-label="Filters">
        <Select label="Quantity" value={query.get('quantity') ?? 'memorized_bits'} options={(catalog.data?.quantities ?? []).map((one): [string, string] => [one.name, spoken(one.name)])} change={change('quantity')} />
        {FILTERS.map(([name, label, family]) => <Select key={name} label={label} value={query.get(name) ?? ''} options={[['', 'any'], ...(name === 'regularizer' ? [['none', 'none'] as [string, string]] : []), ...(families[family] ?? []).map((one): [string, string] => [one.kind, spoken(one.kind)])]} change={change(name)} />)}
        <label class="field"><span>Least n</span><input type="number" min={1} value={query.get('n') ?? ''} onChange={(event) => change('n')(event.currentTarget.value)} /></label>
        <label class="field"><span>Name of the job</span><input type="search" value={query.get('name') ?? ''} onChange={(event) => change('name')(event.currentTarget.value)} /></label>
        <Select label="Order" value={query.get('sort') ?? ''} options={[['', 'newest job first'], ['job', 'oldest job first'], ['-mean', 'largest first'], ['mean', 'smallest first']]} change={change('sort')} />
      </form>
      {state?.problem && state.key === key ? <Failure of={state.problem} again={() => read(null)} />
        : !state || state.key !== key ? <Skeleton rows={10} />
          : state.items.length === 0 ? <Empty title="Nothing is stored that fits"><p>Results are stored when a job ends. <a href="/measurements">Show all</a> or <a href="/new">measure something</a>.</p></Empty>
            : <Table of={state.items} />}
      {state?.key === key && state.next && <p><button onClick={() => read(state.next)}>Show {PAGE} more</button></p>}
    </>
  )
}

const Table = ({ of: items }: { of: Stored[] }) => (
  <Scroll label="Measurements">
    <table>
      <thead><tr><th scope="col">Job</th><th scope="col">Cell</th><th scope="col">Source</th><th scope="col">Network</th><th scope="col">Regularizers</th><th scope="col">Optimizer</th><th scope="col" class="number">Samples</th><th scope="col" class="number">Parameters</th><th scope="col" class="number">Dataset<small>bits</small></th><th scope="col" class="number">{spoken(items[0]!.quantity)}<small>{items[0]!.unit}</small></th><th scope="col" class="number">n</th><th scope="col">Bound</th></tr></thead>
      <tbody>{items.map((one, i) => (
        <tr key={i}>
          <th scope="row" class="says"><a href={`/jobs/${one.job}`}>{one.name || one.job.slice(-8)}</a></th>
          <td class="says">{setting(one.cell)}</td><td>{spoken(one.source)}</td><td>{spoken(one.network)}</td><td>{one.regularizers.map(spoken).join(', ') || 'none'}</td><td>{spoken(one.optimizer)}</td>
          <td class="number">{one.samples}</td><td class="number">{one.parameters}</td><td class="number">{number(one.dataset_bits)}</td>
          <td class="number"><Estimate of={{ ...one, no_interval: one.ci95_low === null ? one.interval_method : null }} /></td><td class="number">{one.n}</td><td>{BOUNDS[one.bound] || 'exact'}</td>
        </tr>
      ))}</tbody>
    </table>
  </Scroll>
)
