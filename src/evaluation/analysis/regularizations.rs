//! All knobs on one axis: memorized bits against gaps, for every change of regularizers, training
//! and size that a sweep makes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::knobs::{Difference, difference};
use super::settings::grouped;
use crate::evaluation::holds::Holds;
use crate::evaluation::strongest::strongest;
use crate::evaluation::wanted::{IsWanted, go_on};
use crate::outcome::TrialOutcome;
use crate::science::analysis::interval::Interval;
use crate::science::analysis::regularization::{KeptAndGap, Knob, Spread, spread};
use crate::science::analysis::scaling::Estimate;
use crate::science::bits::{Bits, Nats};
use crate::spec::quantity::Gap;
use crate::spec::{Coordinates, ValidJobSpec};

/// The quantity that counts bits which no rule explains.
pub const NOISE_BITS: &str = "noise_bits";

/// Measured values of a trial by name.
type Values = BTreeMap<String, f64>;
/// A quantity that is measured, or made of such.
#[derive(Clone, Copy)]
struct Read {
    name: &'static str,
    value: fn(&Values) -> Option<f64>,
}

macro_rules! measured {
    ($name:literal) => {
        Read { name: $name, value: |values| values.get($name).copied() }
    };
}

/// What counts as memorized bits; verdicts and figures use the first.
const BITS: [Read; 7] = [
    measured!("noise_bits"),
    measured!("noise_bits_recalibrated"),
    measured!("noise_bits_hard"),
    measured!("noise_bits_assisted"),
    measured!("noise_bits_likelihood_ratio"),
    measured!("noise_bits_strongest"),
    measured!("layer_bits_low"),
];

/// How a gap is read from what a trial measured.
fn read(gap: Gap) -> Read {
    let value: fn(&Values) -> Option<f64> = match gap {
        Gap::Error => |values| Some(values.get("test_error")? - values.get("train_error")?),
        Gap::GeneralizationGap => |values| values.get(Gap::GeneralizationGap.name()).copied(),
        Gap::RecalibratedGap => |values| values.get(Gap::RecalibratedGap.name()).copied(),
        Gap::Optimism => |values| values.get(Gap::Optimism.name()).copied(),
    };
    Read { name: gap.name(), value }
}

/// Whether the memorized bits determine the generalization gap, whichever knob reduced them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CellRegularization {
    /// Path and value of every axis that changes the data.
    pub cell: Coordinates,
    /// Number of samples of the dataset.
    pub samples: u64,
    /// Noise bits of the dataset: bits that no rule explains.
    pub ledger_noise_bits: f64,
    /// The reference without restriction: the first cell of the sweep.
    pub baseline: RegularizationPoint,
    /// The other settings, by knob, from the weakest to the strongest.
    pub points: Vec<RegularizationPoint>,
    /// Standard deviation between knobs at matched bits, for each pair of bits and gap.
    pub spreads: Vec<MatchedSpread>,
}

/// Memorized bits and gaps of one setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RegularizationPoint {
    /// Name of the knob: the regularizers, optimizer or fields that differ from the baseline.
    pub knob: String,
    /// Strength of the knob: the one number that differs between its settings; `null` if several
    /// do or none does.
    pub strength: Option<f64>,
    /// Path and value of every axis.
    pub cell: Coordinates,
    /// Number of trials that succeeded.
    pub n: usize,
    /// Memorized bits by quantity, in bits.
    pub bits: BTreeMap<String, Interval>,
    /// Gaps by quantity, in the unit of each gap.
    pub gaps: BTreeMap<String, Interval>,
    /// Predictions of theory by quantity (docs/math/regularization.md).
    pub theory: BTreeMap<String, f64>,
}

/// How a gap differs between knobs at matched bits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MatchedSpread {
    /// Name of the quantity that is matched, in bits.
    pub bits: String,
    /// Name of the gap.
    pub gap: Gap,
    /// Unit of the gap and of its standard deviations.
    pub unit: String,
    /// Names of the knobs, in the order of `deviations`.
    pub knobs: Vec<String>,
    /// Standard deviations between knobs and between replicates.
    #[serde(flatten)]
    pub spread: Spread,
    /// Whether the hypothesis of one regularization axis holds: at matched bits, knobs differ no
    /// more than replicates.
    pub is_one_axis: Holds,
    /// The result as a sentence.
    pub says: String,
}

impl CellRegularization {
    /// The baseline and all other settings.
    pub fn settings(&self) -> impl Iterator<Item = &RegularizationPoint> {
        std::iter::once(&self.baseline).chain(&self.points)
    }

    /// The spreads at matched noise bits.
    pub fn at_noise_bits(&self) -> impl Iterator<Item = &MatchedSpread> {
        self.spreads.iter().filter(|spread| spread.bits == NOISE_BITS)
    }
}

/// A setting with its values by replicate.
struct Setting<'a> {
    cell: usize,
    difference: Difference,
    values: Vec<Option<&'a Values>>,
}

/// All knobs of each setting of the data that a job with such quantities has; `None` once nobody
/// waits for it.
pub(super) fn of_cells(
    job: &ValidJobSpec,
    outcomes: &[Vec<&TrialOutcome>],
    is_wanted: IsWanted,
) -> Option<Vec<CellRegularization>> {
    let is_measured = |name: &str| job.estimators().any(|e| e.quantities().iter().any(|q| q.name == name));
    if !BITS.iter().any(|bits| is_measured(bits.name)) {
        return Some(Vec::new());
    }
    let data_axes: Vec<&str> = job
        .sweep()
        .axes()
        .iter()
        .filter(|axis| axis.pointers().iter().all(|pointer| pointer.starts_with("/dataset")))
        .map(|axis| axis.path.as_str())
        .collect();
    let of_cell = |(cell, outcomes): (usize, &Vec<&TrialOutcome>)| {
        go_on(is_wanted)?;
        Some(values(job, cell, outcomes))
    };
    let values: Vec<Vec<Option<Values>>> = outcomes.iter().enumerate().map(of_cell).collect::<Option<_>>()?;
    let mut all = Vec::new();
    for (data, cells) in grouped(job, |path| data_axes.contains(&path)) {
        go_on(is_wanted)?;
        all.extend(of_data(job, &values, data, &cells));
    }
    Some(all)
}

/// What each trial of a cell measured, and what its strongest decoder reads of it.
fn values(job: &ValidJobSpec, cell: usize, outcomes: &[&TrialOutcome]) -> Vec<Option<Values>> {
    let mut all: Vec<Option<Values>> =
        outcomes.iter().map(|outcome| Some(outcome.measured()?.measurements.clone())).collect();
    for one in strongest(outcomes, &[], &job.cell(cell)) {
        for (values, reading) in all.iter_mut().zip(one.readings) {
            if let Some((values, reading)) = values.as_mut().zip(reading) {
                values.insert(one.name.to_owned(), reading.bits);
            }
        }
    }
    all
}

fn of_data(
    job: &ValidJobSpec,
    values: &[Vec<Option<Values>>],
    data: Coordinates,
    cells: &[usize],
) -> Option<CellRegularization> {
    let spec = |cell: usize| serde_json::to_value(job.cell(cell)).unwrap_or_default();
    let first = spec(*cells.first()?);
    let setting = |cell: usize| Setting {
        cell,
        difference: difference(&first, &spec(cell)),
        values: values[cell].iter().map(Option::as_ref).collect(),
    };
    let baseline = setting(cells[0]);
    let mut knobs: Vec<(String, Vec<Setting>)> = Vec::new();
    for setting in cells[1..].iter().map(|cell| setting(*cell)) {
        let name = setting.difference.knob.clone();
        match knobs.iter_mut().find(|(known, _)| *known == name) {
            Some((_, settings)) => settings.push(setting),
            None => knobs.push((name, vec![setting])),
        }
    }
    let bits: Vec<Read> = BITS.into_iter().filter(|read| !known(&baseline, *read).is_empty()).collect();
    let gaps: Vec<Gap> =
        Gap::ALL.iter().copied().filter(|gap| !known(&baseline, read(*gap)).is_empty()).collect();
    if knobs.len() < 2 || bits.is_empty() || gaps.is_empty() {
        return None;
    }
    let pairs = bits.iter().flat_map(|bits| gaps.iter().map(move |gap| (*bits, *gap)));
    let spreads = pairs.filter_map(|(bits, gap)| matched(&baseline, &knobs, bits, gap)).collect();
    let first = job.cell(cells[0]);
    let process = first.dataset.process();
    let point = |setting: &Setting, name: &str, strength| {
        let interval = |read: &Read| Some((read.name.to_owned(), Interval::of(&known(setting, *read))?));
        let gaps: BTreeMap<_, _> = gaps.iter().filter_map(|gap| interval(&read(*gap))).collect();
        let bits: BTreeMap<_, _> = bits.iter().filter_map(interval).collect();
        RegularizationPoint {
            knob: name.to_owned(),
            strength,
            cell: job.coordinates(setting.cell),
            n: setting.values.iter().flatten().count(),
            theory: theory(job, setting.cell, &bits, &gaps, process.shape().samples),
            bits,
            gaps,
        }
    };
    let of_knob = |(name, settings): &(String, Vec<Setting>)| -> Vec<RegularizationPoint> {
        let varying = varying_number(settings);
        settings.iter().map(|setting| point(setting, name, varying(setting))).collect()
    };
    Some(CellRegularization {
        cell: data,
        samples: process.shape().samples as u64,
        ledger_noise_bits: process.ledger().noise.0,
        baseline: point(&baseline, "none", None),
        points: knobs.iter().flat_map(of_knob).collect(),
        spreads,
    })
}

/// Values of the trials that have one.
fn known(setting: &Setting, read: Read) -> Vec<f64> {
    setting.values.iter().flatten().filter_map(|values| (read.value)(values)).collect()
}

/// The one number that is not the same in all settings of a knob, if there is one.
fn varying_number<'s>(settings: &'s [Setting]) -> impl Fn(&Setting) -> Option<f64> + use<'s> {
    let value = |setting: &Setting, path: &str| setting.difference.numbers.get(path).copied();
    let paths = settings.iter().flat_map(|setting| setting.difference.numbers.keys());
    let varies = |path: &&String| settings.iter().any(|s| value(s, path) != value(&settings[0], path));
    let path = paths.filter(varies).min().cloned().or_else(|| {
        let only = settings.first().map(|setting| &setting.difference.numbers)?;
        only.keys().next().filter(|_| only.len() == 1).cloned()
    });
    move |setting| value(setting, path.as_ref()?)
}

/// Knobs at matched bits, over replicates that every setting has.
fn matched(
    baseline: &Setting,
    knobs: &[(String, Vec<Setting>)],
    bits: Read,
    gap: Gap,
) -> Option<MatchedSpread> {
    let read_gap = read(gap);
    let point = |setting: &Setting, replicate: usize| -> Option<KeptAndGap> {
        let values = (*setting.values.get(replicate)?)?;
        Some(KeptAndGap { bits: (bits.value)(values)?, gap: (read_gap.value)(values)? })
    };
    // a setting in which every trial diverged says nothing and is left out, not its draws
    let has_any = |setting: &&Setting| (0..setting.values.len()).any(|r| point(setting, r).is_some());
    let settings: Vec<Vec<&Setting>> =
        knobs.iter().map(|(_, settings)| settings.iter().filter(has_any).collect()).collect();
    let everywhere = |r: &usize| {
        point(baseline, *r).is_some() && settings.iter().flatten().all(|setting| point(setting, *r).is_some())
    };
    let replicates: Vec<usize> = (0..baseline.values.len()).filter(everywhere).collect();
    let points = |setting: &Setting| replicates.iter().filter_map(|r| point(setting, *r)).collect::<Vec<_>>();
    let of_knob = |settings: &Vec<&Setting>| Knob { points: settings.iter().map(|s| points(s)).collect() };
    let curves: Vec<Knob> = settings.iter().map(of_knob).collect();
    let spread = spread(&points(baseline), &curves)?;
    let is_one_axis = match spread.ratio {
        Some(Estimate { ci95_high: Some(high), .. }) if high <= 1.0 => Holds::Yes,
        Some(Estimate { ci95_low: Some(low), .. }) if low > 1.0 => Holds::No,
        _ => Holds::Open,
    };
    let knobs = knobs.iter().map(|(name, _)| name.clone()).collect();
    let says = sentence(bits.name, gap, &spread, is_one_axis);
    let (bits, unit) = (bits.name.to_owned(), gap.unit().to_owned());
    Some(MatchedSpread { bits, gap, unit, knobs, spread, is_one_axis, says })
}

fn sentence(bits: &str, gap: Gap, spread: &Spread, is_one_axis: Holds) -> String {
    let (gap, unit) = (gap.name(), gap.unit());
    let verdict = match is_one_axis {
        Holds::Yes => "the bits determine the gap, whichever knob reduced them",
        Holds::No => "the bits do not determine the gap: it depends on the knob",
        Holds::Open => "whether the bits determine the gap remains open",
    };
    let knobs = spread.deviations.iter().flatten().count();
    let spanned = |estimate: &Estimate| {
        let ends = estimate.ci95_low.zip(estimate.ci95_high);
        let ends = ends.map_or(String::new(), |(low, high)| format!(" [{low:.3}, {high:.3}]"));
        format!("{:.3}{ends}", estimate.value)
    };
    format!(
        "at matched {bits}, {gap} of {knobs} knobs differs by a standard deviation of {} {unit}, {} times that between \
         {} replicates; the matched bits explain a fraction {} of its variance: {verdict}",
        spanned(&spread.knob_sd),
        spread.ratio.as_ref().map_or("?".to_owned(), spanned),
        spread.replicates,
        spanned(&spread.explained_by_bits),
    )
}

/// What theory says beside a point: docs/math/regularization.md.
#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
fn theory(
    job: &ValidJobSpec,
    cell: usize,
    bits: &BTreeMap<String, Interval>,
    gaps: &BTreeMap<String, Interval>,
    samples: usize,
) -> BTreeMap<String, f64> {
    let n = samples as f64;
    let mut all = BTreeMap::new();
    if let Some(noise) = bits.get(NOISE_BITS) {
        // linear smoothers: between those that keep few directions whole and many in part
        all.insert("projection_optimism_bits".to_owned(), 2.0 * noise.mean / n);
        all.insert("shrinkage_optimism_bits".to_owned(), noise.mean / n);
        let nats = Nats::from(Bits(noise.mean)).0.max(0.0);
        all.insert("xu_raginsky_error_gap".to_owned(), libm::sqrt(nats / (2.0 * n)));
    }
    let temperature = job.cell(cell).training.optimizer.temperature();
    if let (Some(temperature), Some(gap)) = (temperature, gaps.get("generalization_gap_bits")) {
        all.insert("gibbs_symmetrized_information_bits".to_owned(), gap.mean / temperature);
        // the symmetrized information is at least that of the noise kept
        all.extend(
            bits.get(NOISE_BITS).map(|noise| ("gibbs_least_gap_bits".to_owned(), temperature * noise.mean)),
        );
    }
    all
}
