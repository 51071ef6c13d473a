// What the results say of each claim, with how sure it is and why.

import type { JobDetail, Verdict } from '../types'
import { Badge, Scroll, useFirst } from '../ui'
import { chance, number, plural, setting, spoken } from '../words'

const RELATIONS = { equal: 'equal to', at_most: 'at most', at_least: 'at least' }

export function expected(of: { relation: keyof typeof RELATIONS; expected: number; tolerance: number }): string {
  return `${RELATIONS[of.relation]} ${number(of.expected)}${of.tolerance ? ` ± ${number(of.tolerance)}` : ''}`
}

export function Verdicts({ all, stated }: { all: Verdict[]; stated: JobDetail['stated'] }) {
  const [shown, more] = useFirst(all, 24)
  if (!all.length) return null
  const counted = (['yes', 'no', 'open'] as const).map((word) => [word, all.filter((one) => one.verdict === word).length] as const)
  return (
    <section aria-labelledby="verdicts">
      <h2 id="verdicts">Verdicts</h2>
      <p class="counts">{counted.filter(([, n]) => n).map(([word, n]) => <span key={word}><Badge of={word} word={`${n} ${word}`} /></span>)}
        {stated.claims_before_looking === true && <span>stated before any trial of the kind had been run here</span>}
        {stated.claims_before_looking === false && <span>stated after {plural(stated.trials_known_before, 'trial')} of the kind had been run here</span>}
      </p>
      <Scroll label="Verdicts">
        <table class="verdicts">
          <thead><tr><th scope="col">Verdict</th><th scope="col">Claim</th><th scope="col">Where</th><th scope="col">Quantity</th><th scope="col" class="number">Measured</th><th scope="col" class="number">Expected</th><th scope="col" class="number" title="Corrected for all verdicts of the job (Holm)">p, adjusted</th><th scope="col">Because</th></tr></thead>
          <tbody>
            {shown.map((one, i) => (
              <tr key={i} data-verdict={one.verdict}>
                <td><Badge of={one.verdict} /></td>
                <td class="says" title={one.reason ?? undefined}>{one.says}</td>
                <td>{setting(one.cell)}{one.minus && <small> minus {setting(one.minus)}</small>}{one.over && <small> over {setting(one.over)}</small>}</td>
                <td>{spoken(one.quantity)}</td>
                <td class="number" data-measured={one.measured ?? undefined}>{one.measured === null ? '' : number(one.measured)}{one.ci95_low !== null && one.ci95_high !== null && <small> [{number(one.ci95_low)}, {number(one.ci95_high)}]</small>}</td>
                <td class="number">{expected(one)}</td>
                <td class="number">{one.p_adjusted === null ? '' : chance(one.p_adjusted)}</td>
                <td class="because">{one.because}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {more}
      <p class="note">Verdicts are decided with a chance of at most 5 % of being wrong anywhere in this job (Holm). Brackets are 95 % intervals of each number by itself; a verdict rests on a wider one. Open means that the replicates do not decide.</p>
    </section>
  )
}
