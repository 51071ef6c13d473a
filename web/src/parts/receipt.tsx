// What stands for a job: digests, arithmetic, times, and all its files.

import { useGet } from '../get'
import { version } from '../known'
import type { Certificate, JobDetail } from '../types'
import { Badge, Copy, Facts, Save, Scroll } from '../ui'
import { moment, plural, span } from '../words'

const TABLES = ['results', 'trials', 'capacities', 'comparison', 'verdicts', 'regularization']
const FORMS = ['csv', 'ndjson', 'parquet', 'md', 'tex', 'txt']

export function Receipt({ job }: { job: JobDetail }) {
  const certificate = useGet<Certificate>('/v1/calibration')
  const program = version.use()
  const path = `/v1/jobs/${job.id}`
  const digest = job.stated.spec_digest
  return (
    <>
      <section aria-labelledby="receipt">
        <h2 id="receipt">Receipt</h2>
        <Facts of={[
          ['Job', <><code>{job.id}</code> <Copy text={job.id} label="Copy" /></>],
          ['Digest of the spec', digest && <><code class="digest">{digest}</code> <Copy text={digest} label="Copy" /></>],
          ['Accepted', moment(job.created_at)], ['First trial', job.started_at && moment(job.started_at)], ['Ended', job.finished_at && moment(job.finished_at)],
          ['Seed', String(job.spec.seed ?? 0)], ['Replicates of each cell', String(job.spec.seeds ?? 8)],
          ['Claims', job.stated.claims_before_looking === null ? null : job.stated.claims_before_looking ? 'stated before any trial of the kind had been run here' : `stated after ${plural(job.stated.trials_known_before, 'trial')} of the kind had been run here`],
          ['Program', program && `bitgauge ${program.version}, arithmetic ${program.numeric_profile}, SQLite ${program.sqlite}`],
          ['Certificate', certificate.data ? <><Badge of={certificate.data.met ? 'met' : 'missed'} word={certificate.data.met ? 'all known values met' : 'known values missed'} /> issued {moment(certificate.data.issued_at)} in {span(certificate.data.seconds)}: <a href="/certificate">its rows</a></> : certificate.problem?.status === 404 ? <>none yet: <a href="/certificate">calibrate</a></> : null],
        ]} />
        <p class="note">Trust rests on digests that Verify computes again, claims stated before looking, intervals over independent replicates and the certificate.</p>
      </section>
      <section aria-labelledby="files">
        <h2 id="files">Files</h2>
        <p><Save path={`${path}/report.html`} name={`${job.id}.html`}>report.html</Save>: everything about the job in one file that loads nothing.</p>
        <Scroll label="Files"><table>
          <thead><tr><th scope="col">Table</th>{FORMS.map((form) => <th scope="col" key={form}>{form}</th>)}</tr></thead>
          <tbody>{TABLES.map((table) => <tr key={table}><th scope="row">{table}</th>{FORMS.map((form) => <td key={form}><Save path={`${path}/${table}.${form}`} name={`${job.id}-${table}.${form}`}><span class="unseen">{table} as </span>{form}</Save></td>)}</tr>)}</tbody>
        </table></Scroll>
      </section>
    </>
  )
}
