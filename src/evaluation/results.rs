//! Results: the measurements of each cell, over its replicates.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::parts::Parts;
use super::strongest::{Strongest, strongest};
use super::wanted::{IsWanted, go_on};
use crate::job::TrialState;
use crate::outcome::{TrialOutcome, by_cell};
use crate::science::analysis::interval::{Interval, NoInterval};
use crate::science::entropy::log2_dichotomies;
use crate::science::estimator::{
    Bound, Quantity, Ratio, Unit, all_limited_by_data, all_quantities, all_ratios,
};
use crate::science::invariant::PRECISION_BITS;
use crate::science::source::Ledger;
use crate::spec::search::{Setting, Stage};
use crate::spec::{CellSpec, Coordinates, ValidJobSpec};

/// The results of one cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CellResult {
    /// Coordinates of the cell: path and value of every sweep axis; of a search also the number of
    /// samples, the learning rate and the steps that it tried.
    pub cell: Coordinates,
    /// Of a search: whether these replicates served for tuning or are reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// Number of trainable parameters.
    pub parameters: u64,
    /// Information content of the dataset, in bits.
    pub dataset_bits: f64,
    /// Composition of the dataset's bits.
    pub ledger: Ledger,
    /// Upper bounds on the bits that the network can memorize.
    pub upper_bounds: UpperBounds,
    /// Number of the cell's trials by outcome.
    pub trials: TrialCounts,
    /// Mean and interval of each quantity over the trials that succeeded.
    pub measurements: BTreeMap<String, CellMeasurement>,
    /// What the cell is made of.
    #[serde(skip)]
    pub parts: Parts,
}

/// Upper bounds on the bits that a network can memorize, however it is trained.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UpperBounds {
    /// Precision of all parameters, in bits: 1 for each weight that `binarize` makes binary, 32 for each other
    /// parameter.
    pub weights_bits: f64,
    /// Information content of the dataset, in bits.
    pub dataset_bits: f64,
    /// For a linear readout of two classes: log2 of the number of labelings that some weights
    /// realize (Cover 1965), in bits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub readout_bits: Option<f64>,
}

impl UpperBounds {
    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn of(spec: &CellSpec) -> Self {
        let process = spec.dataset.process();
        let (shape, architecture) = (process.shape(), spec.network.architecture());
        let readout = architecture.readout_dimension(&shape);
        let parameters = architecture.size(&shape).parameters;
        let is_binary = spec.regularizers.iter().filter_map(|r| r.binary()).any(|binary| binary.weights);
        let binary = if is_binary { architecture.weights(&shape) } else { 0 };
        Self {
            weights_bits: binary as f64 + PRECISION_BITS * (parameters - binary) as f64,
            dataset_bits: process.ledger().dataset().0,
            readout_bits: readout.map(|dimension| log2_dichotomies(shape.samples, dimension).0),
        }
    }
}

/// Number of trials by outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct TrialCounts {
    /// Trials with measurements.
    pub succeeded: u64,
    /// Trials that ended without a result.
    pub failed: u64,
    /// Trials whose training diverged (a parameter or loss became infinite or NaN).
    pub diverged: u64,
    /// Trials that have not ended yet.
    pub pending: u64,
    /// Trials that were cancelled before they ended.
    pub cancelled: u64,
}

/// A quantity over the replicates of a cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CellMeasurement {
    /// Unit of mean, standard deviation and interval.
    pub unit: Cow<'static, str>,
    /// Kind of the estimator that yields the quantity.
    pub estimator: String,
    /// Relation of the estimate to the true value: exact, a lower or upper bound, or a null.
    pub bound: Bound,
    /// For bits by the strongest decoder: for how many replicates each decoder was chosen.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub decoders: BTreeMap<String, u64>,
    /// How the interval was made: `hall_t` (Student's t after Hall's correction of skewness),
    /// `hall_t_ratio` (the same of a ratio of averages, linearized); without an interval, why.
    pub interval_method: Cow<'static, str>,
    /// Mean and 95 % interval over replicates.
    #[serde(flatten)]
    pub interval: Interval,
}

/// The results of every cell, in sweep order; `None` once nobody waits for them.
pub(super) fn results(
    job: &ValidJobSpec,
    outcomes: &[TrialOutcome],
    is_wanted: IsWanted,
) -> Option<Vec<CellResult>> {
    let known = Known::new();
    let result = |Group { cell, stage, spec, outcomes, tuning }: Group| {
        go_on(is_wanted)?;
        let process = spec.dataset.process();
        Some(CellResult {
            cell,
            stage,
            parameters: spec.parameters(),
            dataset_bits: process.ledger().dataset().0,
            ledger: process.ledger(),
            upper_bounds: UpperBounds::of(&spec),
            trials: TrialCounts::of(&outcomes),
            measurements: measurements(
                &outcomes,
                &strongest(&outcomes, &tuning, &spec),
                &known,
                process.ledger().dataset().0,
            ),
            parts: Parts::of(&spec),
        })
    };
    groups(job, outcomes).into_iter().map(result).collect()
}

/// Trials of one configuration.
struct Group<'a> {
    cell: Coordinates,
    stage: Option<Stage>,
    spec: CellSpec<'a>,
    outcomes: Vec<&'a TrialOutcome>,
    /// Those that chose what these report.
    tuning: Vec<&'a TrialOutcome>,
}

/// One group a cell; of a search one for each setting that it tried.
fn groups<'a>(job: &'a ValidJobSpec, outcomes: &'a [TrialOutcome]) -> Vec<Group<'a>> {
    if job.search().is_none() {
        let cells = by_cell(job, outcomes).into_iter().enumerate();
        let group = |(cell, outcomes)| Group {
            cell: job.coordinates(cell),
            stage: None,
            spec: job.cell(cell),
            outcomes,
            tuning: Vec::new(),
        };
        return cells.map(group).collect();
    }
    let mut settings: BTreeMap<_, Vec<&TrialOutcome>> = BTreeMap::new();
    for outcome in outcomes {
        if let Some(probe) = outcome.probe {
            let is_tuning = probe.stage() == Stage::Tuning;
            settings.entry((probe.cell, is_tuning, probe.setting())).or_default().push(outcome);
        }
    }
    let group = |(key, outcomes): (&(usize, bool, Setting), &Vec<&'a TrialOutcome>)| {
        let &(cell, is_tuning, setting) = key;
        let probe = outcomes.first()?.probe?;
        let spec = setting.cell(&job.cell(cell))?;
        let tuning = settings.get(&(cell, true, setting)).filter(|_| !is_tuning);
        Some(Group {
            cell: outcomes[0].place(job).0,
            stage: Some(probe.stage()),
            spec,
            outcomes: outcomes.clone(),
            tuning: tuning.cloned().unwrap_or_default(),
        })
    };
    settings.iter().filter_map(group).collect()
}

/// What is known of every quantity, looked up once.
struct Known {
    quantities: BTreeMap<&'static str, (String, Quantity)>,
    ratios: BTreeMap<&'static str, Ratio>,
    limited_by_data: BTreeSet<&'static str>,
}

impl Known {
    fn new() -> Self {
        let quantities = all_quantities().into_iter();
        Self {
            quantities: quantities
                .map(|(kind, quantity)| (quantity.name, (kind.to_string(), quantity)))
                .collect(),
            ratios: all_ratios().into_iter().map(|ratio| (ratio.name, ratio)).collect(),
            limited_by_data: all_limited_by_data().into_iter().collect(),
        }
    }
}

/// Each quantity over the trials that have it.
fn measurements(
    outcomes: &[&TrialOutcome],
    strongest: &[Strongest],
    known: &Known,
    dataset_bits: f64,
) -> BTreeMap<String, CellMeasurement> {
    let mut values: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for measured in outcomes.iter().filter_map(|outcome| outcome.measured()) {
        for (name, value) in &measured.measurements {
            values.entry(name).or_default().push(*value);
        }
    }
    for one in strongest {
        values.insert(one.name, one.readings.iter().flatten().map(|reading| reading.bits).collect());
    }
    let over = |name: &str, own: &[f64]| match known.ratios.get(name) {
        Some(ratio) => Interval::of_ratio(values.get(ratio.numerator)?, values.get(ratio.denominator)?),
        None => Interval::of(own),
    };
    let with_errors = values.get("train_error").map(|errors| errors.iter().filter(|e| **e > 0.0).count());
    let measurement = |(name, own): (&&str, &Vec<f64>)| {
        let (estimator, quantity) = known.quantities.get(name)?;
        let interval = over(name, own)?;
        let is_censored = with_errors.is_some_and(|n| n < 2) && known.limited_by_data.contains(name);
        let is_single = interval.no_interval == Some(NoInterval::OneReplicate);
        let interval = match quantity.unit {
            _ if is_censored && !is_single => interval.without_ends(NoInterval::Censored),
            Unit::Fraction | Unit::Probability => interval.within(0.0, 1.0),
            // no more than the data have
            Unit::Bits if known.limited_by_data.contains(name) => {
                interval.within(f64::NEG_INFINITY, own.iter().copied().fold(dataset_bits, f64::max))
            }
            _ => interval,
        };
        let measurement = CellMeasurement {
            unit: quantity.unit.name().into(),
            estimator: estimator.clone(),
            bound: quantity.bound,
            decoders: chosen(strongest, name),
            interval_method: match (interval.no_interval, known.ratios.contains_key(name)) {
                (Some(why), _) => why.name().into(),
                (None, true) => "hall_t_ratio".into(),
                (None, false) => "hall_t".into(),
            },
            interval,
        };
        Some(((*name).to_owned(), measurement))
    };
    values.iter().filter_map(measurement).collect()
}

/// For how many replicates each decoder was chosen.
fn chosen(strongest: &[Strongest], name: &str) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for reading in
        strongest.iter().filter(|one| one.name == name).flat_map(|one| one.readings.iter().flatten())
    {
        *counts.entry(reading.decoder.name().to_owned()).or_insert(0) += 1;
    }
    counts
}

impl TrialCounts {
    fn of(outcomes: &[&TrialOutcome]) -> Self {
        let mut counts = Self::default();
        for trial in outcomes {
            *match trial.state {
                TrialState::Succeeded => &mut counts.succeeded,
                TrialState::Failed => &mut counts.failed,
                TrialState::Diverged => &mut counts.diverged,
                TrialState::Cancelled => &mut counts.cancelled,
                TrialState::Queued | TrialState::Running => &mut counts.pending,
            } += 1;
        }
        counts
    }
}
