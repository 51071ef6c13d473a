// Is the instrument right? What it measured where theory knows the answer.

import { useEffect } from 'preact/hooks'
import { address, go, withQuery } from '../address'
import { send } from '../api'
import { useGet } from '../get'
import { useReadOnly } from '../known'
import { expected } from '../parts/verdicts'
import type { CalibrationRow, CalibrationRun, Certificate as Issued } from '../types'
import { Act, Badge, Bar, Empty, Facts, Failure, Scroll, Select, Skeleton, Title } from '../ui'
import { moment, number, plural, span, spoken } from '../words'

export function Certificate() {
  const { query } = address.use()
  const readOnly = useReadOnly()
  const { data, problem, again } = useGet<Issued>('/v1/calibration')
  const run = useGet<CalibrationRun>('/v1/calibration/run')
  const isRunning = run.data?.state === 'running'
  useEffect(() => {
    if (!isRunning) return
    const timer = setInterval(() => document.hidden || void run.again(), 1500)
    return () => (clearInterval(timer), void again())
  }, [isRunning])
  const begin = (quick: boolean) => async () => {
    await send('POST', '/v1/calibration', { quick })
    await run.again()
  }
  const only = query.get('rows') ?? ''
  const rows = data?.rows.filter((row) => !only || (only === 'met') === row.met) ?? []
  return (
    <>
      <div class="title">
        <Title text="Certificate" />
        {!readOnly && !isRunning && <div class="buttons"><Act kind={data ? undefined : 'primary'} run={begin(true)}>Calibrate, half a minute</Act><Act run={begin(false)}>Whole suite, minutes</Act></div>}
      </div>
      <p class="lead">The instrument is held against values that theory knows: each row is a job like any other, whose result was known before it ran.</p>
      {isRunning && run.data && (
        <div class="card" role="status">
          <p>A calibration runs, behind all other jobs: {run.data.jobs_ended} of {plural(run.data.jobs, 'job')}, {run.data.trials_ended} of {plural(run.data.trials, 'trial')}.</p>
          <Bar fraction={run.data.progress.fraction} of="running" />
          {!readOnly && <div class="buttons"><a href="/jobs?kind=calibration">Its jobs</a><Act kind="quiet" run={async () => { await send('POST', '/v1/calibration/cancel'); await run.again() }}>Cancel it</Act></div>}
        </div>
      )}
      {problem?.status === 404 ? !isRunning && <Empty title="This build has not been calibrated here"><p>Calibrate it, to know whether its numbers can be trusted.</p></Empty>
        : problem ? <Failure of={problem} again={again} /> : !data ? <Skeleton rows={12} /> : (
          <>
            <Facts of={[
              ['Result', <Badge of={data.met ? 'met' : 'missed'} word={data.met ? `${plural(data.rows.length, 'value')} met` : `${data.rows.filter((row) => !row.met).length} of ${data.rows.length} values missed`} />],
              ['Issued', moment(data.issued_at)], ['Suite', data.quick ? 'quick' : 'whole'], ['Took', span(data.seconds)], ['Arithmetic', data.numeric_profile], ['Version', data.version],
            ]} />
            <div class="filters"><Select label="Rows" value={only} options={[['', 'all'], ['met', 'met'], ['missed', 'missed']]} change={(value) => go(withQuery({ rows: value }), true)} /></div>
            <Rows of={rows} />
          </>
        )}
    </>
  )
}

const Rows = ({ of: rows }: { of: CalibrationRow[] }) => (
  <Scroll label="Rows of the certificate">
    <table>
      <thead><tr><th scope="col">Case</th><th scope="col">Quantity</th><th scope="col" class="number">Expected</th><th scope="col" class="number">Measured</th><th scope="col" class="number">Standard error</th><th scope="col">Unit</th><th scope="col">Met</th><th scope="col">Source</th></tr></thead>
      <tbody>{rows.map((row, i) => (
        <tr key={i}>
          <th scope="row">{row.case}</th><td>{spoken(row.quantity)}</td><td class="number">{expected(row)}</td>
          <td class="number" data-measured={row.measured ?? undefined}>{row.measured === null ? 'none' : number(row.measured)}</td>
          <td class="number">{row.standard_error === null ? '' : number(row.standard_error)}</td><td>{row.unit}</td>
          <td><Badge of={row.met ? 'met' : 'missed'} /></td><td>{row.source}</td>
        </tr>
      ))}</tbody>
    </table>
  </Scroll>
)
