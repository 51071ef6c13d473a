// Who runs trials, and how the service is. Fields of workers that this page does not know are shown as they are.

import { useEffect } from 'preact/hooks'
import { useGet } from '../get'
import { version } from '../known'
import { Badge, Bar, Empty, Facts, Failure, Scroll, Skeleton, Title } from '../ui'
import { ago, brief, bytes, count, spoken } from '../words'

interface List {
  items: Record<string, any>[]
  nats: Record<string, any> | null
  memory: { budget_bytes: number; reserved_bytes: number; waiting_trials: number }
}

const EVERY_MS = 3000
/** Fields in the order in which they are best read; all others follow. */
const ORDER = ['name', 'place', 'host', 'running', 'slots', 'alarms', 'refused', 'fault', 'trials_last_hour', 'trials_per_hour', 'last_seen_at', 'instruction_set', 'numeric_profile', 'version']

export function Workers() {
  const { data, problem, again } = useGet<List>('/v1/workers')
  const ready = useGet<{ status: string }>('/readyz')
  const program = version.use()
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.hidden) return
      void again()
      void ready.again()
    }, EVERY_MS)
    return () => clearInterval(timer)
  }, [again, ready.again])
  const fields = [...new Set([...ORDER.filter((name) => data?.items.some((one) => name in one)), ...(data?.items.flatMap(Object.keys) ?? [])])]
  return (
    <>
      <Title text="Workers and health" />
      <section aria-labelledby="health">
        <h2 id="health">Health</h2>
        <p>{ready.problem ? <><Badge of="no" word="not ready" /> {ready.problem.message}</> : ready.data ? <><Badge of="yes" word="ready" /> The service takes work and does it.</> : 'asking'}</p>
        {(ready.problem?.errors ?? []).length > 0 && <ul>{ready.problem!.errors.map((one) => <li>{one.detail}</li>)}</ul>}
        {program && <Facts of={[['Program', `bitgauge ${program.version}`], ['Arithmetic', program.numeric_profile], ['Database', `SQLite ${program.sqlite}`]]} />}
      </section>
      {data && (
        <section aria-labelledby="memory">
          <h2 id="memory">Memory of running trials</h2>
          <Bar fraction={data.memory.reserved_bytes / Math.max(1, data.memory.budget_bytes)} of="running" />
          <p>{bytes(data.memory.reserved_bytes)} of {bytes(data.memory.budget_bytes)} reserved{data.memory.waiting_trials > 0 && `; ${count(data.memory.waiting_trials)} trials wait for memory`}.</p>
        </section>
      )}
      <section aria-labelledby="workers">
        <h2 id="workers">Workers</h2>
        {data?.nats && <Facts of={Object.entries(data.nats).map(([name, value]) => [`NATS ${spoken(name)}`, told(name, value)])} />}
        {problem && <Failure of={problem} again={again} />}
        {!data && !problem && <Skeleton />}
        {data?.items.length === 0 && <Empty title="No worker"><p>Jobs are stored and wait. Start the service with <code>--workers 2</code>, say.</p></Empty>}
        {data && data.items.length > 0 && (
          <Scroll label="Workers"><table>
            <thead><tr>{fields.map((name) => <th scope="col" key={name} class={typeof data.items[0]![name] === 'number' ? 'number' : ''}>{spoken(name)}</th>)}</tr></thead>
            <tbody>{data.items.map((one) => <tr key={one.name}>{fields.map((name) => <td key={name} class={typeof one[name] === 'number' ? 'number' : ''}>{told(name, one[name])}</td>)}</tr>)}</tbody>
          </table></Scroll>
        )}
      </section>
    </>
  )
}

function told(name: string, value: any) {
  if (value === null || value === undefined) return ''
  if (name === 'running') {
    if (!value.length) return <small>idle</small>
    return value.map((one: any) => <a key={`${one.job}/${one.trial}`} href={`/jobs/${one.job}`}>trial {one.trial}{one.steps > 0 && <>, {Math.floor((100 * one.step) / one.steps)} %</>}</a>)
  }
  if (name.endsWith('_at')) return ago(value)
  if (name.endsWith('_bytes')) return bytes(value)
  if (value === true) return 'yes'
  return typeof value === 'number' ? count(Math.round(value * 10) / 10) : brief(value)
}
