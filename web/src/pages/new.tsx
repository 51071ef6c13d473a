// A new job: from a preset, from another job, or from nothing. The form follows from the service's own schema; the JSON
// beside it is the same document, and either edits the other. What it costs, and each fault, comes from a dry run.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { address, go, withQuery } from '../address'
import { type Fault, Problem, send } from '../api'
import { Field, FormContext } from '../form/field'
import { ORDER, ordered, patch, pointers, type Schema } from '../form/schema'
import { useGet, useRested } from '../get'
import { useReadOnly, version } from '../known'
import { Recipes } from '../parts/spec'
import { submit } from '../submit'
import type { Catalog, JobDetail, Plan, Preset, Spec } from '../types'
import { Act, Empty, Failure, Select, Skeleton, Title } from '../ui'
import { bytes, count, plural, pretty, range, span } from '../words'

/** What a form begins with: a question that is answered in seconds. */
const BLANK: Spec = {
  name: 'what a small network memorizes',
  dataset: { kind: 'random_labels', inputs: 10, samples: 512 },
  network: { kind: 'mlp', hidden: [8] },
  training: { steps: 1000, learning_rate: 0.02 },
  sweep: [{ path: '/dataset/samples', values: [64, 128, 256, 512, 1024] }],
  seeds: 8,
}
const DRAFT = 'bitgauge-draft'

export function NewJob() {
  const { query } = address.use()
  const readOnly = useReadOnly()
  const presets = useGet<{ presets: Preset[] }>('/v1/presets')
  const schema = useGet<Schema>('/v1/schemas/job.json')
  const catalog = useGet<Catalog>('/v1/catalog')
  const [preset, form, from] = [query.get('preset'), query.get('form') ?? 'quick', query.get('from')]
  const chosen = useGet<Preset>(preset ? `/v1/presets/${preset}?extent=${form}` : null)
  const origin = useGet<JobDetail>(from ? `/v1/jobs/${from}` : null)
  const problem = schema.problem ?? catalog.problem ?? presets.problem ?? chosen.problem ?? origin.problem
  const start = preset ? chosen.data?.spec : from ? origin.data?.spec : BLANK
  const isKnown = version.use() !== null
  if (readOnly) return <><Title text="New job" /><Empty title="Nothing can be started here"><p>{readOnly}</p></Empty></>
  const key = `${preset ?? ''} ${form} ${from ?? ''}`
  const choice = presets.data?.presets.find((one) => one.id === preset)
  return (
    <>
      <div class="title">
        <Title text={from ? 'Clone with changes' : 'New job'} />
        <div class="filters">
          <Select label="Begin with" value={preset ?? ''} options={[['', from ? 'the job that is cloned' : 'a small example'], ...(presets.data?.presets ?? []).map((one): [string, string] => [one.id, one.title])]} change={(value) => go(withQuery({ preset: value, form: '', from: value ? '' : from }))} />
          {preset && <Select label="Form" value={form} options={[['quick', 'quick: about a minute'], ['full', 'full: narrower intervals']]} change={(value) => go(withQuery({ form: value === 'quick' ? '' : value }))} />}
        </div>
      </div>
      {choice && <p class="lead">{choice.question}</p>}
      {from && origin.data && <p class="lead">A new job with the spec of <a href={`/jobs/${from}`}>{origin.data.name || from}</a>, changed as you like; it remembers where it comes from.</p>}
      {problem ? <Failure of={problem} again={() => location.reload()} /> : !schema.data || !catalog.data || !start || !isKnown ? <Skeleton rows={14} /> : <Editor key={key} id={key} start={start} schema={schema.data} catalog={catalog.data} from={from} />}
    </>
  )
}

function Editor({ id, start, schema, catalog, from }: { id: string; start: Spec; schema: Schema; catalog: Catalog; from: string | null }) {
  const [text, set] = useState(() => {
    const [draftOf, draft] = JSON.parse(sessionStorage.getItem(DRAFT) ?? '[]')
    return draftOf === id ? (draft as string) : pretty(ordered(start))
  })
  const [spec, syntax] = useMemo((): [Spec | undefined, string | undefined] => {
    try {
      const read = JSON.parse(text)
      return read && typeof read === 'object' && !Array.isArray(read) ? [read, undefined] : [undefined, 'A spec is an object in braces.']
    } catch (error) {
      return [undefined, (error as Error).message]
    }
  }, [text])
  const last = useRef<Spec>(start)
  if (spec) last.current = spec
  useEffect(() => sessionStorage.setItem(DRAFT, JSON.stringify([id, text])), [text])
  const target = from ? `/v1/jobs/${from}/clone` : '/v1/jobs'
  const body = (now: Spec) => (from ? patch(start, now) : now)
  const { plan, faults, problem, isOld } = usePlan(spec && target, spec && JSON.stringify(body(spec)))
  const [priority, prioritize] = useState('normal')
  const put = (next: Spec) => set(pretty(next))
  const change = (name: string) => (value: unknown) => {
    const { [name]: _, ...rest } = last.current
    put(value === undefined ? rest : { ...last.current, [name]: value })
  }
  const vary = (pointer: string, values: unknown[]) => {
    const { regularizers, ...rest } = last.current
    const base = pointer === '/regularizers' ? rest : last.current
    put({ ...base, sweep: [...(base.sweep ?? []), { path: pointer, values }] })
    if (pointer !== '/regularizers') last.current = { ...last.current, regularizers }
  }
  const context = useMemo(() => {
    const entries = Object.values(catalog.families).flat()
    return { examples: new Map(entries.map((entry) => [entry.kind, entry.example])), summaries: new Map(entries.map((entry) => [entry.kind, entry.summary])) }
  }, [catalog])
  const now = last.current
  const varied = new Set<string>((Array.isArray(now.sweep) ? now.sweep : []).map((axis: { path: string }) => axis?.path))
  const names = [...ORDER.filter((name) => schema.properties![name]), ...Object.keys(schema.properties!).filter((name) => !ORDER.includes(name))]
  const start_ = async () => {
    await submit(`${target}?priority=${priority}`, body(spec!))
    sessionStorage.removeItem(DRAFT)
  }
  const canStart = !!spec && !!plan && !isOld && faults.length === 0
  return (
    <FormContext.Provider value={{ root: schema, ...context, faults, vary, varied }}>
      <div class="editor">
        <form class="form" onSubmit={(event) => event.preventDefault()} aria-label="Spec" inert={!spec}>
          <datalist id="pointers">{pointers(now).filter((one) => /^\/(dataset|network|regularizers|training|estimators)/.test(one)).map((one) => <option key={one} value={one} />)}</datalist>
          {names.map((name) => <Field key={name} schema={schema.properties![name]!} name={name} pointer={`/${name}`} value={now[name]} isNeeded={schema.required?.includes(name)} change={change(name)} />)}
        </form>
        <aside>
          <section class="card plan" aria-labelledby="plan">
            <h2 id="plan">What it takes</h2>
            <div aria-live="polite" class={isOld ? 'old' : ''}>
              {plan && faults.length === 0 && <PlanOf plan={plan} isSearch={!!now.search} />}
              {faults.length > 0 && <FaultList all={faults} />}
              {!plan && !faults.length && !problem && <Skeleton rows={3} />}
              {problem && <Failure of={problem} />}
            </div>
            <div class="buttons">
              <Act kind="primary" run={start_} disabled={!canStart}>Start</Act>
              <Select label="Priority" value={priority} options={['background', 'normal', 'high']} change={prioritize} />
              <button class="quiet" onClick={() => set(pretty(ordered(start)))}>Begin anew</button>
            </div>
          </section>
          <section class="json" aria-labelledby="json">
            <h2 id="json">JSON</h2>
            <textarea aria-labelledby="json" spellcheck={false} value={text} rows={Math.min(40, text.split('\n').length + 1)} onInput={(event) => set(event.currentTarget.value)} aria-invalid={!!syntax} aria-describedby="syntax" />
            <p id="syntax" class="problem" role="alert">{syntax && `Not JSON yet: ${syntax}. The form waits.`}</p>
          </section>
          <details><summary>The same as a command or a program</summary><Recipes spec={spec ?? now} /></details>
        </aside>
      </div>
    </FormContext.Provider>
  )
}

/** What a dry run says of a spec, once typing has rested. */
function usePlan(target: string | undefined, body: string | undefined) {
  const rested = useRested(body, 300)
  const [state, set] = useState<{ of?: string; plan?: Plan; faults: Fault[]; problem?: Problem }>({ faults: [] })
  useEffect(() => {
    if (!target || !rested) return
    const control = new AbortController()
    send<Plan>('POST', `${target}?dry_run=true`, rested, {}, control.signal).then(
      (plan) => set({ of: rested, plan, faults: [] }),
      (error) => {
        if (control.signal.aborted) return
        const faults = error instanceof Problem ? (error.errors ?? []) : []
        set({ of: rested, faults, problem: faults.length ? undefined : error })
      },
    )
    return () => control.abort()
  }, [target, rested])
  return { ...state, isOld: state.of !== body }
}

function PlanOf({ plan, isSearch }: { plan: Plan; isSearch: boolean }) {
  return (
    <dl class="facts">
      <div><dt>Trials</dt><dd>{count(plan.trials)} in {isSearch ? 'its first round' : plural(plan.cells, 'cell')}</dd></div>
      <div><dt>Time</dt><dd>{isSearch ? 'at most' : 'about'} {span(plan.estimated_wall_seconds)}{plan.estimated_on === 'reference_machine' ? ', rough' : ''}</dd></div>
      <div><dt>Parameters</dt><dd>{range(plan.parameters, count)}</dd></div>
      <div><dt>Dataset</dt><dd>{range(plan.dataset_bits)} bits</dd></div>
      <div><dt>Memory</dt><dd>{bytes(plan.estimated_bytes)} a trial</dd></div>
    </dl>
  )
}

/** Every fault, and the way to its field. */
function FaultList({ all }: { all: Fault[] }) {
  const show = (pointer: string) => {
    const parts = pointer.split('/')
    for (; parts.length > 1; parts.pop()) {
      const field = document.getElementById(`f${parts.join('/')}`)
      if (!field) continue
      field.scrollIntoView({ block: 'center' })
      const inner = field.matches('fieldset') ? field.querySelector<HTMLElement>('select, input, textarea, button') : field
      return inner?.focus({ preventScroll: true })
    }
  }
  return (
    <>
      <p class="problem">{plural(all.length, 'fault')}:</p>
      <ul class="fault-list">{all.map((fault, i) => <li key={i}><button class="link" onClick={() => show(fault.pointer)}><code>{fault.pointer || 'the spec'}</code></button> {fault.detail}</li>)}</ul>
    </>
  )
}
