// The figures of a job as the service draws them, in the page itself: points tell their numbers, names hide and show
// their series, and the same numbers stand in a table. Nothing is drawn or computed here.

import { useEffect, useRef, useState } from 'preact/hooks'
import { address, go, withQuery } from '../address'
import type { Problem } from '../api'
import { useChange, useGet, useText } from '../get'
import { ground, useQuantities } from '../known'
import type { JobDetail } from '../types'
import { Downloads, Failure, Scroll, Select, Skeleton, useFirst } from '../ui'
import { count, number, short, spoken } from '../words'

/** Pixels from a point within which it tells its numbers. */
const REACH = 28
/** Cells beyond which a figure is drawn when asked for. */
const MOST_CELLS = 1500

const SCALES: [string, string][] = [['', 'chosen'], ['linear', 'linear'], ['log', 'logarithmic']]

/** A point of the figure. */
interface Point {
  panel: string
  series: string
  x: string
  y: string
  at: string
  value: string
  low: string | null
  high: string | null
  place: Element
}

export function Figures({ job, version, quantities }: { job: JobDetail; version: number; quantities: string[] }) {
  const { query } = address.use()
  const theme = ground.use()
  const known = useQuantities()
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const [isWanted, want] = useState(job.plan.cells <= MOST_CELLS)
  const kinds = useGet<{ items: { kind: string }[] }>(isWanted ? `/v1/jobs/${job.id}/figures` : null)
  const names = kinds.data?.items.map((item) => item.kind) ?? []
  const kind = query.get('figure') ?? names[0]
  const isMeasurement = kind === 'measurement'
  const axes: string[] = (job.spec.sweep ?? []).map((axis: { path: string }) => axis.path)
  const asked = new URLSearchParams()
  if (kind) asked.set('kind', kind)
  for (const name of ['x', 'y', 'x_scale', 'y_scale']) {
    const value = query.get(name)
    if (value && (isMeasurement || name.endsWith('scale'))) asked.set(name, value)
  }
  const path = `/v1/jobs/${job.id}/figure`
  const drawn = useText(kind && width ? `${path}.svg?${asked}&theme=${theme}&width=${width}&marked=true` : null)
  useChange(version, () => (void kinds.again(), void drawn.again()))
  const change = (name: string) => (value: string) => go(withQuery({ [name]: value }), true)
  const y = query.get('y') ?? ''
  const sorted = [...quantities].sort((a, b) => Number(known.get(b)?.headline ?? 0) - Number(known.get(a)?.headline ?? 0))
  return (
    <section aria-labelledby="figure">
      <div class="title">
        <h2 id="figure">Figure</h2>
        {isWanted && <Downloads path={path} query={`?${asked}&theme=light`} name={`${job.id}-${kind}`} forms={['svg', 'png', 'pdf']} />}
      </div>
      {!isWanted && <p><button onClick={() => want(true)}>Draw the figure of {count(job.plan.cells)} cells</button></p>}
      {names.length > 0 && (
        <div class="filters">
          {names.length > 1 && <Select label="Kind" value={kind!} options={names.map((name): [string, string] => [name, name.replace(/-/g, ' ')])} change={(value) => go(withQuery({ figure: value === names[0] ? '' : value, x: '', y: '' }), true)} />}
          {isMeasurement && quantities.length > 1 && <Select label="Quantity" value={y} options={[['', 'chosen by the job'], ...sorted.map((name): [string, string] => [name, spoken(name)])]} change={change('y')} />}
          {isMeasurement && axes.length > 1 && <Select label="Along" value={query.get('x') ?? ''} options={[['', 'chosen by the job'], ...axes.map((axis): [string, string] => [axis, short(axis)])]} change={change('x')} />}
          <Select label="Horizontal scale" value={query.get('x_scale') ?? ''} options={SCALES} change={change('x_scale')} />
          <Select label="Vertical scale" value={query.get('y_scale') ?? ''} options={SCALES} change={change('y_scale')} />
        </div>
      )}
      {(kinds.problem ?? drawn.problem) && <Failure of={(kinds.problem ?? drawn.problem) as Problem} again={drawn.again} />}
      <div ref={box} class={isWanted ? 'figure-box' : ''}>{drawn.data ? <Drawn svg={drawn.data} /> : isWanted && !drawn.problem && !kinds.problem && <Skeleton rows={8} />}</div>
    </section>
  )
}

/** The width that there is, in steps, so that not every pixel is another figure. */
function useWidth(box: { current: HTMLElement | null }): number {
  const [width, set] = useState(0)
  useEffect(() => {
    const own = box.current
    if (!own) return
    const look = () => set(Math.max(360, Math.min(1200, Math.floor(own.clientWidth / 20) * 20)))
    const observer = new ResizeObserver(look)
    observer.observe(own)
    look()
    return () => observer.disconnect()
  }, [])
  return width
}

/** What the service drew, as elements; nothing that could run or load comes with it. */
function parsed(text: string): SVGSVGElement {
  const root = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement
  for (const element of [root, ...root.querySelectorAll('*')]) {
    if (/^(script|foreignObject|style|image|use|a)$/i.test(element.tagName)) element.remove()
    for (const { name } of [...element.attributes]) if (/^on|href|^style$/i.test(name)) element.removeAttribute(name)
  }
  return document.importNode(root, true) as unknown as SVGSVGElement
}

function pointsOf(svg: Element): Point[] {
  return [...svg.querySelectorAll('[data-at]')].map((place) => {
    const panel = place.closest('[data-panel]')!
    const own = (name: string) => place.getAttribute(name)
    return {
      panel: panel.getAttribute('data-panel')!, x: panel.getAttribute('data-x')!, y: panel.getAttribute('data-y')!,
      series: place.closest('[data-series]')?.getAttribute('data-series') ?? '',
      at: own('data-at')!, value: own('data-value')!, low: own('data-low'), high: own('data-high'), place,
    }
  })
}

/** A number or a name as it is read. */
const read = (text: string) => (text !== '' && Number.isFinite(Number(text)) ? number(Number(text)) : text)

const told = (point: Point) => `${read(point.value)}${point.low !== null && point.high !== null ? ` [${read(point.low)}, ${read(point.high)}]` : ''}`

function Drawn({ svg: text }: { svg: string }) {
  const box = useRef<HTMLDivElement>(null)
  const [points, setPoints] = useState<Point[]>([])
  const [names, setNames] = useState<string[]>([])
  const [hidden, hide] = useState<string[]>([])
  const [lit, light] = useState<string>()
  const [tip, setTip] = useState<{ point: Point; left: number; top: number }>()
  const toggle = (name: string) => hide((old) => (old.includes(name) ? old.filter((one) => one !== name) : [...old, name]))
  useEffect(() => {
    const svg = parsed(text)
    box.current!.replaceChildren(svg)
    setPoints(pointsOf(svg))
    setNames([...new Set([...svg.querySelectorAll('[data-series]')].map((group) => group.getAttribute('data-series')!))].filter(Boolean))
    setTip(undefined)
  }, [text])
  useEffect(() => {
    for (const group of box.current!.querySelectorAll('[data-series], [data-legend], [data-of]')) {
      const name = group.getAttribute('data-series') ?? group.getAttribute('data-legend') ?? group.getAttribute('data-of')!
      if (!name) continue
      const isKey = group.hasAttribute('data-legend')
      const isHidden = hidden.includes(name)
      group.setAttribute('class', [isKey && 'key', isHidden && (isKey ? 'struck' : 'hidden'), lit !== undefined && lit !== name && 'dim'].filter(Boolean).join(' '))
    }
  }, [points, hidden, lit])
  const near = (event: PointerEvent) => {
    const bounds = box.current!.getBoundingClientRect()
    let best: { point: Point; left: number; top: number } | undefined
    let least = REACH
    for (const point of points) {
      if (hidden.includes(point.series)) continue
      const { left, top, width, height } = point.place.getBoundingClientRect()
      const [x, y] = [left + width / 2, top + height / 2]
      const distance = Math.hypot(x - event.clientX, y - event.clientY)
      if (distance < least) {
        least = distance
        best = { point, left: x - bounds.left, top: y - bounds.top }
      }
    }
    setTip(best)
    const legend = (event.target as Element).closest('[data-legend]')
    light(legend?.getAttribute('data-legend') ?? undefined)
  }
  const click = (event: MouseEvent) => {
    const legend = (event.target as Element).closest('[data-legend]')
    if (legend) toggle(legend.getAttribute('data-legend')!)
  }
  return (
    <figure>
      <div class="drawn">
        <div ref={box} onPointerMove={near} onPointerLeave={() => (setTip(undefined), light(undefined))} onClick={click} />
        {tip && (
          <div class="tip" style={{ left: `${tip.left}px`, top: `${tip.top}px` }} role="status">
            {tip.point.series && <b>{tip.point.series}</b>}
            <span>{tip.point.x}: {read(tip.point.at)}</span>
            <span>{tip.point.y}: {told(tip.point)}</span>
          </div>
        )}
      </div>
      {names.length > 1 && (
        <fieldset class="chips"><legend>Series</legend>
          {names.map((name) => <label key={name} class={hidden.includes(name) ? '' : 'on'} onPointerEnter={() => light(name)} onPointerLeave={() => light(undefined)}><input type="checkbox" checked={!hidden.includes(name)} onChange={() => toggle(name)} onFocus={() => light(name)} onBlur={() => light(undefined)} />{name}</label>)}
        </fieldset>
      )}
      <Twin of={points} />
    </figure>
  )
}

/** The same numbers as a table. */
function Twin({ of: points }: { of: Point[] }) {
  const [isOpen, open] = useState(false)
  return (
    <details class="twin" onToggle={(event) => open(event.currentTarget.open)}>
      <summary>The numbers of this figure</summary>
      {isOpen && <TwinTable of={points} />}
    </details>
  )
}

function TwinTable({ of: points }: { of: Point[] }) {
  const [shown, more] = useFirst(points, 200)
  const hasPanels = new Set(points.map((point) => point.panel)).size > 1
  const hasSeries = points.some((point) => point.series)
  const [first] = points
  if (!first) return <p>No point is drawn yet.</p>
  const same = points.every((point) => point.y === first.y)
  return (
    <>
      <Scroll label="The numbers of this figure">
        <table>
          <thead><tr>{hasPanels && <th scope="col">Panel</th>}{hasSeries && <th scope="col">Series</th>}<th scope="col" class="number">{first.x}</th>{!same && <th scope="col">Quantity</th>}<th scope="col" class="number">{same ? first.y : 'Value'}</th><th scope="col" class="number">95 % interval</th></tr></thead>
          <tbody>{shown.map((point, i) => (
            <tr key={i}>
              {hasPanels && <td>{point.panel}</td>}{hasSeries && <td>{point.series}</td>}
              <td class="number">{read(point.at)}</td>{!same && <td>{point.y}</td>}
              <td class="number" data-value={point.value}>{read(point.value)}</td>
              <td class="number">{point.low !== null && point.high !== null ? `[${read(point.low)}, ${read(point.high)}]` : 'none'}</td>
            </tr>
          ))}</tbody>
        </table>
      </Scroll>
      {more}
    </>
  )
}
