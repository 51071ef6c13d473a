// The wire types that the page reads, as openapi.yaml has them; what it does not read is left out.

export type Coordinates = Record<string, unknown>
export type JobState = 'queued' | 'running' | 'succeeded' | 'diverged' | 'failed' | 'cancelled'

export interface TrialsByState {
  total: number
  queued: number
  running: number
  succeeded: number
  diverged: number
  failed: number
  cancelled: number
}

export interface Progress {
  fraction: number
  eta_seconds: number | null
}

export interface HeadlineCapacity {
  cell: Coordinates
  capacity_bits: number
  capacity_bits_lower_bound_95: number | null
  bits_per_parameter: number
  peak_samples: number
  saturated: boolean | null
}

export interface Job {
  id: string
  name: string
  tags: string[]
  notes: string
  kind: 'experiment' | 'calibration'
  origin: { id: string; relation: string } | null
  state: JobState
  priority: string
  paused_at: string | null
  note: string | null
  trials: TrialsByState
  progress: Progress
  created_at: string
  started_at: string | null
  finished_at: string | null
  stated: { spec_digest: string | null; trials_known_before: number; claims_before_looking: boolean | null }
  headline: { capacity: HeadlineCapacity[] } | null
}

export interface RunningTrial {
  trial: number
  step: number
  steps: number
}

export type Spec = Record<string, any>

export interface Plan {
  trials: number
  cells: number
  parameters: { min: number; max: number }
  dataset_bits: { min: number; max: number }
  estimated_bytes: number
  estimated_flop: number
  estimated_seconds: number
  estimated_trial_seconds: number
  estimated_wall_seconds: number
  estimated_on: 'reference_machine' | 'this_machine'
}

export interface JobDetail extends Job {
  running: RunningTrial[]
  plan: Plan
  spec: Spec
}

export interface JobList {
  items: Job[]
  next_cursor: string | null
  total?: number
}

export type Bound = 'exact' | 'lower' | 'upper' | 'null'

export interface Interval {
  n: number
  mean: number
  sd: number | null
  ci95_low: number | null
  ci95_high: number | null
  no_interval?: string | null
}

export interface Measurement extends Interval {
  unit: string
  estimator: string
  bound: Bound
  interval_method: string
}

export interface CellResult {
  cell: Coordinates
  stage?: 'tuning' | 'reporting' | null
  parameters: number
  dataset_bits: number
  trials: { succeeded: number; failed: number; diverged: number }
  ledger: { structure_bits: number; noise_bits: number; rule_bits?: number | null }
  upper_bounds: { dataset_bits: number; weights_bits: number; readout_bits?: number | null }
  measurements: Record<string, Measurement>
}

export interface ResultList {
  items: CellResult[]
  next_cursor: string | null
}

export interface Verdict {
  says: string
  verdict: 'yes' | 'no' | 'open'
  quantity: string
  cell: Coordinates
  minus: Coordinates | null
  over: Coordinates | null
  measured: number | null
  ci95_low: number | null
  ci95_high: number | null
  relation: 'equal' | 'at_most' | 'at_least'
  expected: number
  tolerance: number
  p_adjusted: number | null
  because: string
  reason: string | null
  more_replicates: number | null
}

export interface Capacity extends Interval {
  lower_bound_95: number | null
}

export interface CellCapacity {
  cell: Coordinates
  capacity_bits: Capacity
  bits_per_parameter: Capacity
  parameters: number
  peak_samples: number
  peak_dataset_bits: number
  saturated: boolean | null
  converged: string
  lossless_samples: number | null
  estimator: string
  replicates: number
}

export interface CellComparison {
  quantity: string
  unit: string
  axis: string
  baseline: Coordinates
  cell: Coordinates
  difference: Interval
  p_holm: number | null
  significant: boolean | null
}

export interface Estimate {
  value: number
  ci95_low: number | null
  ci95_high: number | null
}

/** How a gap differs between knobs at matched bits. */
export interface Spread {
  bits: string
  gap: string
  unit: string
  knobs: string[]
  deviations: (Interval | null)[]
  says: string
}

export interface Analysis {
  capacity: CellCapacity[]
  comparison: CellComparison[]
  scaling: { cell: Coordinates; bits_per_parameter: Estimate; exponent: Estimate | null; r_squared: number; sizes: number; replicates: number; method: string }[]
  peaks: { quantity: string; cell: Coordinates; inside: number; draws: number; samples: Interval; dataset_bits: number; over_capacity: Interval | null }[]
  regularization: { cell: Coordinates; spreads: Spread[] }[]
  verdicts: Verdict[]
  notes: string[]
}

export interface Trial {
  trial: number
  cell: Coordinates
  replicate: number
  state: string
  attempts: number
  seconds: number | null
  detail: string | null
  digest: string | null
  reused_from: string | null
  report: Record<string, any> | null
}

export interface Preset {
  id: string
  title: string
  question: string
  measured: string[]
  quick: Plan
  full: Plan
  finding: { summary: string; verdicts: [number, number, number] }
  spec: Spec
}

export interface Quantity {
  name: string
  unit: string
  bound: Bound
  definition: string
  estimator: string
  headline: boolean
}

export interface CatalogEntry {
  kind: string
  summary: string
  example: Spec
  schema: any
}

export interface Catalog {
  families: Record<string, CatalogEntry[]>
  quantities: Quantity[]
}

export interface Version {
  version: string
  numeric_profile: string
  sqlite: string
  access?: 'full' | 'read_only_token' | 'read_only_server'
}

export interface CalibrationRow {
  case: string
  quantity: string
  unit: string
  relation: 'equal' | 'at_most' | 'at_least'
  expected: number
  measured: number | null
  standard_error: number | null
  tolerance: number
  met: boolean
  source: string
}

export interface Certificate {
  issued_at: string
  met: boolean
  numeric_profile: string
  quick: boolean
  rows: CalibrationRow[]
  seconds: number
  version: string
}

export interface CalibrationRun {
  number: number
  quick: boolean
  state: string
  jobs: number
  jobs_ended: number
  trials: number
  trials_ended: number
  progress: Progress
  created_at: string
  finished_at: string | null
}

export interface ComparedCell {
  job: string
  cell: Coordinates
  quantity: string
  unit: string
  mean: number
  baseline_mean: number
  difference: number
  ci95_low: number | null
  ci95_high: number | null
  no_interval?: string | null
  method: string
  n: number
  n_baseline: number
  p_holm: number | null
  significant?: boolean | null
}

export interface Comparison {
  jobs: string[]
  paired: boolean
  settings: { pointer: string; values: unknown[] }[]
  items: ComparedCell[]
  unmatched: { job: string; cells: number; first: Coordinates[] }[]
  notes: string[]
  total: number
  next_cursor: string | null
}

export interface Stored extends Interval {
  job: string
  name: string
  tags: string[]
  cell: Coordinates
  stage?: string
  source: string
  network: string
  regularizers: string[]
  optimizer: string
  parameters: number
  samples: number
  dataset_bits: number
  quantity: string
  unit: string
  estimator: string
  bound: Bound
  interval_method: string
}

export interface StoredList {
  items: Stored[]
  next_cursor: string | null
}
