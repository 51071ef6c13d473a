// A first measurement: a few questions of which each is answered within a minute, by one click.

import { submit } from '../submit'
import { useGet } from '../get'
import type { Preset } from '../types'
import { Act, Failure, Skeleton } from '../ui'
import { plural, span } from '../words'

/** The quickest ones, so many. */
const SHOWN = 6
/** Longer ones are not for a first visit. */
const MOST_SECONDS = 45

/** Starts a preset and shows its job. */
export const run = (preset: string, form = 'quick') => submit('/v1/jobs', { preset, form })

export function Start() {
  const { data, problem, again } = useGet<{ presets: Preset[] }>('/v1/presets')
  if (problem) return <Failure of={problem} again={again} />
  if (!data) return <Skeleton />
  const quick = data.presets.filter((preset) => preset.quick.estimated_wall_seconds <= MOST_SECONDS)
  const shown = quick.sort((a, b) => a.quick.estimated_wall_seconds - b.quick.estimated_wall_seconds).slice(0, SHOWN)
  return (
    <section aria-labelledby="start">
      <h2 id="start">Measure something</h2>
      <ul class="cards">
        {shown.map((preset) => (
          <li key={preset.id} class="card">
            <h3>{preset.title}</h3>
            <p>{preset.question}</p>
            <div class="buttons"><Act kind="primary" run={() => run(preset.id)}>Measure it</Act><small>{plural(preset.quick.trials, 'trial')}, about {span(preset.quick.estimated_wall_seconds)}</small></div>
          </li>
        ))}
      </ul>
      <p><a href="/findings">All questions and what was found</a>, or <a href="/new">a measurement of your own</a>.</p>
    </section>
  )
}
