// What was asked, and how to ask it again.

import { useState } from 'preact/hooks'
import { ordered } from '../form/schema'
import type { JobDetail, Spec } from '../types'
import { Code, Facts } from '../ui'
import { bytes, count, pretty, range, span } from '../words'

export function SpecView({ job }: { job: JobDetail }) {
  const { plan } = job
  return (
    <>
      <section aria-labelledby="spec"><h2 id="spec">Spec</h2><Code text={pretty(ordered(job.spec))} label="Spec of the job" /></section>
      <section aria-labelledby="again"><h2 id="again">The same again</h2><Recipes spec={job.spec} /></section>
      <section aria-labelledby="plan">
        <h2 id="plan">Plan</h2>
        <Facts of={[
          ['Cells', count(plan.cells)], ['Trials', count(plan.trials)], ['Parameters', range(plan.parameters, count)], ['Dataset', `${range(plan.dataset_bits)} bits`],
          ['Memory of the largest trial', bytes(plan.estimated_bytes)],
          ['Estimated time', `${span(plan.estimated_wall_seconds)} with all workers, ${span(plan.estimated_seconds)} on one core`],
          ['Estimated on', plan.estimated_on === 'this_machine' ? 'this machine, within a factor of 2' : 'a reference machine: rough'],
        ]} />
      </section>
    </>
  )
}

/** A spec as a command and as a program. */
export function Recipes({ spec }: { spec: unknown }) {
  const [kind, choose] = useState<'curl' | 'python'>('curl')
  const json = pretty(ordered(spec as Spec))
  const text = kind === 'curl'
    ? `curl --json @- ${location.origin}/v1/jobs <<'END'\n${json}\nEND`
    : `import json, bitgauge\n\nspec = json.loads(r'''\n${json}\n''')\nresult = bitgauge.Client("${location.origin}").run(spec)\nprint(result)`
  return (
    <div class="recipes">
      <div class="tabs" role="group" aria-label="Language">{(['curl', 'python'] as const).map((name) => <button key={name} aria-pressed={kind === name} onClick={() => choose(name)}>{name}</button>)}</div>
      <Code text={text} label={`The job for ${kind}`} />
    </div>
  )
}
