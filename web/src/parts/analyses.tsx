// What the cells say together: capacities, how they grow with size, where overfitting peaks, differences between settings.

import { useState } from 'preact/hooks'
import type { Analysis } from '../types'
import { Estimate, Scroll, Select, useFirst } from '../ui'
import { brief, chance, number, setting, short, spoken } from '../words'

const yes = (is: boolean | null) => (is === null ? 'undecided' : is ? 'yes' : 'no')

/** What is asked for most: before the tables of results. */
export const Foremost = ({ of }: { of: Analysis }) => <><Capacities of={of} /><Knobs of={of} /></>

export const Others = ({ of }: { of: Analysis }) => <><Scaling of={of} /><Peaks of={of} /><Differences of={of} /></>

function Capacities({ of }: { of: Analysis }) {
  const [shown, more] = useFirst(of.capacity, 12)
  if (!of.capacity.length) return null
  return (
    <section aria-labelledby="capacity">
      <h2 id="capacity">Capacity</h2>
      <Scroll label="Capacities">
        <table>
          <thead><tr><th scope="col">Setting</th><th scope="col" class="number">Capacity<small>bits</small></th><th scope="col" class="number" title="One-sided 95 % lower bound">At least<small>bits, 95 %</small></th><th scope="col" class="number">Per parameter<small>bits</small></th><th scope="col" class="number">Parameters</th><th scope="col" class="number">Peak at<small>samples</small></th><th scope="col" class="number" title="Largest size that half of the replicates learn without error">Lossless to<small>samples</small></th><th scope="col">Peak inside</th><th scope="col">Converged</th><th scope="col" class="number">n</th></tr></thead>
          <tbody>{shown.map((one, i) => (
            <tr key={i}>
              <th scope="row">{setting(one.cell) || 'all'}</th>
              <td class="number"><Estimate of={one.capacity_bits} /></td>
              <td class="number">{one.capacity_bits.lower_bound_95 === null ? '' : number(one.capacity_bits.lower_bound_95)}</td>
              <td class="number"><Estimate of={one.bits_per_parameter} /></td>
              <td class="number">{one.parameters}</td><td class="number">{one.peak_samples}</td><td class="number">{one.lossless_samples ?? ''}</td>
              <td>{yes(one.saturated)}</td><td>{spoken(one.converged)}</td><td class="number">{one.capacity_bits.n}</td>
            </tr>
          ))}</tbody>
        </table>
      </Scroll>
      {more}
    </section>
  )
}

/** How the gaps of knobs differ where they keep equal bits: the first one keeps most bits at an equal gap. At first by the
 * gap of errors at the bits of the strongest decoder: sharper probabilities change neither. */
function Knobs({ of }: { of: Analysis }) {
  const all = of.regularization.flatMap((one) => one.spreads.map((spread) => ({ cell: one.cell, spread })))
  const [asked, choose] = useState(-1)
  const best = all.findIndex(({ spread }) => spread.gap + spread.bits === 'error_gapnoise_bits_strongest')
  const chosen = asked < 0 ? Math.max(0, best) : asked
  const own = all[chosen]
  if (!own) return null
  const { spread } = own
  const knobs = spread.knobs.map((name, i) => ({ name, deviation: spread.deviations[i] ?? null })).sort((a, b) => (a.deviation?.mean ?? Infinity) - (b.deviation?.mean ?? Infinity))
  const names = all.map(({ cell, spread }, i): [string, string] => [String(i), [`${spoken(spread.gap)} at equal ${spoken(spread.bits)}`, setting(cell)].filter(Boolean).join(', ')])
  return (
    <section aria-labelledby="knobs">
      <h2 id="knobs">Which knob keeps most bits at an equal gap</h2>
      <p class="note">Compared where they keep equal bits: the lower the gap there, the more bits at an equal gap. Where intervals overlap, the order is not decided.</p>
      {all.length > 1 && <div class="filters"><Select label="Compared by" value={String(chosen)} options={names} change={(value) => choose(Number(value))} /></div>}
      <p>{spread.says}</p>
      <Scroll label="Knobs">
        <table>
          <thead><tr><th scope="col">Knob</th><th scope="col" class="number">{spoken(spread.gap)} above the mean of all knobs<small>{spread.unit}</small></th><th scope="col" class="number">n</th></tr></thead>
          <tbody>{knobs.map((one) => <tr key={one.name}><th scope="row">{one.name}</th><td class="number">{one.deviation ? <Estimate of={one.deviation} /> : <small>keeps too many or too few bits</small>}</td><td class="number">{one.deviation?.n ?? ''}</td></tr>)}</tbody>
        </table>
      </Scroll>
    </section>
  )
}

function Scaling({ of }: { of: Analysis }) {
  if (!of.scaling.length) return null
  const estimate = (one: { value: number; ci95_low: number | null; ci95_high: number | null } | null) =>
    one && `${number(one.value)}${one.ci95_low !== null && one.ci95_high !== null ? ` [${number(one.ci95_low)}, ${number(one.ci95_high)}]` : ''}`
  return (
    <section aria-labelledby="scaling">
      <h2 id="scaling">Capacity against size</h2>
      <Scroll label="Scaling">
        <table>
          <thead><tr><th scope="col">Setting</th><th scope="col" class="number">A further parameter brings<small>bits</small></th><th scope="col" class="number">Exponent</th><th scope="col" class="number">R², no interval</th><th scope="col" class="number">Sizes</th><th scope="col" class="number">n</th></tr></thead>
          <tbody>{of.scaling.map((one, i) => <tr key={i}><th scope="row">{setting(one.cell) || 'all'}</th><td class="number">{estimate(one.bits_per_parameter)}</td><td class="number">{estimate(one.exponent)}</td><td class="number">{number(one.r_squared)}</td><td class="number">{one.sizes}</td><td class="number">{one.replicates}</td></tr>)}</tbody>
        </table>
      </Scroll>
    </section>
  )
}

function Peaks({ of }: { of: Analysis }) {
  const [shown, more] = useFirst(of.peaks, 30)
  if (!of.peaks.length) return null
  return (
    <section aria-labelledby="peaks">
      <h2 id="peaks">Where overfitting is largest</h2>
      <Scroll label="Peaks">
        <table>
          <thead><tr><th scope="col">Quantity</th><th scope="col">Setting</th><th scope="col" class="number">Largest at<small>samples</small></th><th scope="col" class="number">Over the capacity</th><th scope="col" class="number" title="Replicates whose maximum lies inside the axis">Inside</th></tr></thead>
          <tbody>{shown.map((one, i) => <tr key={i}><th scope="row">{spoken(one.quantity)}</th><td>{setting(one.cell) || 'all'}</td><td class="number"><Estimate of={one.samples} /></td><td class="number">{one.over_capacity && <Estimate of={one.over_capacity} />}</td><td class="number">{one.inside} of {one.draws}</td></tr>)}</tbody>
        </table>
      </Scroll>
      {more}
    </section>
  )
}

function Differences({ of }: { of: Analysis }) {
  const [shown, more] = useFirst(of.comparison, 40)
  if (!of.comparison.length) return null
  return (
    <section aria-labelledby="differences">
      <h2 id="differences">Differences between settings</h2>
      <p class="note">Each setting minus the reference, paired by replicate; p-values are corrected for all comparisons of the quantity (Holm).</p>
      <Scroll label="Differences">
        <table>
          <thead><tr><th scope="col">Quantity</th><th scope="col">Axis</th><th scope="col">Setting</th><th scope="col">Reference</th><th scope="col" class="number">Difference</th><th scope="col">Unit</th><th scope="col" class="number">n</th><th scope="col" class="number">p, adjusted</th></tr></thead>
          <tbody>{shown.map((one, i) => (
            <tr key={i} class={one.significant ? 'significant' : ''}>
              <th scope="row">{spoken(one.quantity)}</th><td>{short(one.axis)}</td><td>{setting(one.cell)}</td><td>{brief(one.baseline[one.axis])}</td>
              <td class="number"><Estimate of={one.difference} /></td><td>{one.unit}</td><td class="number">{one.difference.n}</td><td class="number">{one.p_holm === null ? '' : chance(one.p_holm)}</td>
            </tr>
          ))}</tbody>
        </table>
      </Scroll>
      {more}
    </section>
  )
}
