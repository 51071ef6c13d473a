// What was found: each question with its answer, how many of its claims hold, and a way to ask again here.

import { useReadOnly } from '../known'
import { useGet } from '../get'
import type { JobList, Preset } from '../types'
import { Act, Badge, Failure, Skeleton, Title } from '../ui'
import { ago, plural, span, spoken } from '../words'
import { run } from './start'

export function Findings({ only }: { only?: string }) {
  const { data, problem, again } = useGet<{ presets: Preset[] }>('/v1/presets')
  const shown = data?.presets.filter((preset) => !only || preset.id === only)
  return (
    <>
      <Title text={only && shown?.[0] ? shown[0].title : 'Findings'} />
      {!only && <p class="lead">Claims about noise and memorization in neural networks, most of them from a 2016 essay, each tested by a job that comes with this program. The counts are of the runs that its documentation reports; a run here must give the same.</p>}
      {problem ? <Failure of={problem} again={again} /> : !shown ? <Skeleton rows={16} /> : <ol class="findings">{shown.map((preset) => <Finding key={preset.id} of={preset} isAlone={!!only} />)}</ol>}
      {only && <p><a href="/findings">All findings</a></p>}
    </>
  )
}

function Finding({ of: preset, isAlone }: { of: Preset; isAlone: boolean }) {
  const readOnly = useReadOnly()
  const [yes, no, open] = preset.finding.verdicts
  const counts = [['yes', yes], ['no', no], ['open', open]] as const
  return (
    <li class="finding">
      {!isAlone && <h2><a href={`/findings/${preset.id}`}>{preset.title}</a></h2>}
      <p class="question">{preset.question}</p>
      <p>{preset.finding.summary}</p>
      <div class="under">
        {counts.filter(([, n]) => n > 0).map(([word, n]) => <Badge key={word} of={word} word={`${n} ${word}`} />)}
        {isAlone && <span>decided by {preset.measured.map(spoken).join(', ')}</span>}
      </div>
      <div class="buttons">
        {!readOnly && <Act run={() => run(preset.id)}>Measure it here</Act>}
        {!readOnly && isAlone && <Act run={() => run(preset.id, 'full')} title="More replicates, narrower intervals">Full form, about {span(preset.full.estimated_wall_seconds)}</Act>}
        {!readOnly && <a class="button quiet" href={`/new?preset=${preset.id}`}>Change it first</a>}
        <small>{plural(preset.quick.trials, 'trial')}, about {span(preset.quick.estimated_wall_seconds)}</small>
      </div>
      {isAlone && <Here title={preset.title} />}
    </li>
  )
}

/** Jobs of this name that ran here. */
function Here({ title }: { title: string }) {
  const { data } = useGet<JobList>(`/v1/jobs?name=${encodeURIComponent(title)}&limit=20`)
  if (!data?.items.length) return <p class="note">It has not been run here yet.</p>
  return (
    <>
      <h2>Runs here</h2>
      <ul class="plain">{data.items.map((job) => <li key={job.id}><Badge of={job.state} /> <a href={`/jobs/${job.id}`}>{job.name}</a> <small>{plural(job.trials.total, 'trial')}, {ago(job.created_at)}</small></li>)}</ul>
    </>
  )
}
