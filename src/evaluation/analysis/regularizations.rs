//! All knobs on one axis: memorized bits against gaps, for every change of regularizers, training
//! and size that a sweep makes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::knobs::{Difference, difference};
use super::reference::reference;
use super::settings::grouped;
use super::theory::theory;
use crate::evaluation::strongest::strongest;
use crate::evaluation::wanted::{IsWanted, go_on};
use crate::outcome::TrialOutcome;
use crate::science::analysis::evidence::Evidence;
use crate::science::analysis::interval::Interval;
use crate::science::analysis::regularization::{KeptAndGap, Knob, Spread, spread};
use crate::science::analysis::scaling::Estimate;
use crate::spec::lookup::CheckedClaim;
use crate::spec::quantity::{ClaimedQuantity, Gap, MatchedBits};
use crate::spec::{Coordinates, ValidJobSpec};

/// The quantity that counts bits which no rule explains.
pub const NOISE_BITS: &str = "noise_bits";

/// Measured values of a trial by name.
type Values = BTreeMap<String, f64>;
/// A quantity that is measured, or made of such.
#[derive(Clone, Copy)]
struct Read {
    name: &'static str,
    value: fn(&Values, &str) -> Option<f64>,
}

impl Read {
    /// Bits that are measured under their own name.
    fn of(bits: MatchedBits) -> Self {
        Self { name: bits.name(), value: |values, name| values.get(name).copied() }
    }

    fn value(self, values: &Values) -> Option<f64> {
        (self.value)(values, self.name)
    }
}

/// How a gap is read from what a trial measured.
fn read(gap: Gap) -> Read {
    let value: fn(&Values, &str) -> Option<f64> = match gap {
        Gap::Error => |values, _| Some(values.get("test_error")? - values.get("train_error")?),
        _ => |values, name| values.get(name).copied(),
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
    /// The reference without restriction: the setting from which the others differ in the fewest
    /// parts.
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
    pub bits: MatchedBits,
    /// Name of the gap.
    pub gap: Gap,
    /// Unit of the gap and of its standard deviations.
    pub unit: String,
    /// Names of the knobs, in the order of `deviations`.
    pub knobs: Vec<String>,
    /// Standard deviations between knobs and between replicates.
    #[serde(flatten)]
    pub spread: Spread,
    /// The result as a sentence, without a verdict: a claim about `axis.` and the gap has one.
    pub says: String,
}

impl CellRegularization {
    /// The baseline and all other settings.
    pub fn settings(&self) -> impl Iterator<Item = &RegularizationPoint> {
        std::iter::once(&self.baseline).chain(&self.points)
    }

    /// The spreads at such matched bits.
    pub fn at(&self, bits: MatchedBits) -> impl Iterator<Item = &MatchedSpread> {
        self.spreads.iter().filter(move |spread| spread.bits == bits)
    }

    /// The spreads that claims of the job are about.
    pub fn claimed<'a>(&'a self, job: &'a ValidJobSpec) -> impl Iterator<Item = &'a MatchedSpread> {
        let is_about = |spread: &MatchedSpread, claim: &CheckedClaim| match claim.quantity {
            ClaimedQuantity::Axis(gap, bits) | ClaimedQuantity::Regularization(gap, bits) => {
                spread.gap == gap && spread.bits == bits
            }
            _ => false,
        };
        self.spreads.iter().filter(move |spread| job.claims().iter().any(|claim| is_about(spread, claim)))
    }

    /// How a gap differs at such matched bits.
    fn spread(&self, gap: Gap, bits: MatchedBits) -> Option<&MatchedSpread> {
        self.spreads.iter().find(|spread| spread.gap == gap && spread.bits == bits)
    }

    /// How much more a gap differs between knobs than between replicates, at matched bits.
    #[must_use]
    pub fn ratio(&self, gap: Gap, bits: MatchedBits) -> Option<Evidence> {
        self.spread(gap, bits)?.spread.ratio_evidence.map(Evidence::Scaled)
    }

    /// The largest difference of a gap between two knobs, at matched bits.
    #[must_use]
    pub fn largest_difference(&self, gap: Gap, bits: MatchedBits) -> Option<Evidence> {
        let pairs = self.spread(gap, bits)?.spread.pairs.iter();
        Some(Evidence::Apart(pairs.map(|pair| pair.difference).collect()))
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
    if !MatchedBits::ALL.iter().any(|bits| is_measured(bits.name())) || !is_asked(job) {
        return Some(Vec::new());
    }
    let data_axes: Vec<&str> = job
        .sweep()
        .axes()
        .iter()
        .filter(|axis| axis.pointers().iter().any(|pointer| pointer.starts_with("/dataset")))
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

/// Whether a job turns knobs: networks that differ in nothing but their architecture are no knobs
/// of one, unless a claim says so.
fn is_asked(job: &ValidJobSpec) -> bool {
    let is_claimed = job.claims().iter().any(|claim| {
        matches!(claim.quantity, ClaimedQuantity::Axis(..) | ClaimedQuantity::Regularization(..))
    });
    let mut pointers = job.sweep().axes().iter().flat_map(|axis| axis.pointers());
    let is_knob = |pointer: &str| pointer.starts_with("/regularizers") || pointer.starts_with("/training");
    is_claimed || pointers.any(is_knob)
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
    let specs: Vec<Value> =
        cells.iter().map(|cell| serde_json::to_value(job.cell(*cell)).unwrap_or_default()).collect();
    let first = reference(&specs)?;
    let setting = |i: usize| Setting {
        cell: cells[i],
        difference: difference(&specs[first], &specs[i]),
        values: values[cells[i]].iter().map(Option::as_ref).collect(),
    };
    let baseline = setting(first);
    let mut knobs: BTreeMap<String, Vec<Setting>> = BTreeMap::new();
    for setting in (0..cells.len()).filter(|i| *i != first).map(setting) {
        knobs.entry(setting.difference.knob.clone()).or_default().push(setting);
    }
    let knobs: Vec<(String, Vec<Setting>)> =
        knobs.into_iter().map(|(name, settings)| (name, by_strength(settings))).collect();
    let bits = MatchedBits::ALL.iter().copied();
    let bits: Vec<MatchedBits> = bits.filter(|bits| !known(&baseline, Read::of(*bits)).is_empty()).collect();
    let gaps: Vec<Gap> =
        Gap::ALL.iter().copied().filter(|gap| !known(&baseline, read(*gap)).is_empty()).collect();
    if knobs.len() < 2 || bits.is_empty() || gaps.is_empty() {
        return None;
    }
    let pairs = bits.iter().flat_map(|bits| gaps.iter().map(move |gap| (*bits, *gap)));
    let spreads = pairs.filter_map(|(bits, gap)| matched(&baseline, &knobs, bits, gap)).collect();
    let first = job.cell(baseline.cell);
    let process = first.dataset.process();
    let point = |setting: &Setting, name: &str, strength| {
        let interval = |read: &Read| Some((read.name.to_owned(), Interval::of(&known(setting, *read))?));
        let gaps: BTreeMap<_, _> = gaps.iter().filter_map(|gap| interval(&read(*gap))).collect();
        let bits: BTreeMap<_, _> = bits.iter().filter_map(|bits| interval(&Read::of(*bits))).collect();
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
    setting.values.iter().flatten().filter_map(|values| read.value(values)).collect()
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

/// Orders the settings of a knob along its path, from the weakest on: by the number that is turned,
/// and where that is none, or several, by the bits that are left. The end at which more are left is
/// the weak one.
fn by_strength(settings: Vec<Setting>) -> Vec<Setting> {
    let bits_left = |setting: &Setting| {
        let of = |bits: &MatchedBits| Interval::of(&known(setting, Read::of(*bits))).map(|bits| bits.mean);
        MatchedBits::ALL.iter().find_map(of).unwrap_or(f64::NEG_INFINITY)
    };
    let keys: Vec<(f64, f64)> = {
        let strength = varying_number(&settings);
        let key = |setting: &Setting| (strength(setting).unwrap_or(0.0), -bits_left(setting));
        settings.iter().map(key).collect()
    };
    let keyed = keys.into_iter().zip(settings).map(|((strength, bits), setting)| (strength, bits, setting));
    let mut keyed: Vec<(f64, f64, Setting)> = keyed.collect();
    keyed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    if let [first, .., last] = keyed.as_slice()
        && first.1 > last.1
    {
        keyed.reverse();
    }
    keyed.into_iter().map(|(.., setting)| setting).collect()
}

/// Knobs at matched bits, over replicates that every setting has.
fn matched(
    baseline: &Setting,
    knobs: &[(String, Vec<Setting>)],
    bits: MatchedBits,
    gap: Gap,
) -> Option<MatchedSpread> {
    let (read_bits, read_gap) = (Read::of(bits), read(gap));
    let point = |setting: &Setting, replicate: usize| -> Option<KeptAndGap> {
        let values = (*setting.values.get(replicate)?)?;
        Some(KeptAndGap { bits: read_bits.value(values)?, gap: read_gap.value(values)? })
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
    let knobs: Vec<String> = knobs.iter().map(|(name, _)| name.clone()).collect();
    let says = sentence(bits.name(), gap, &spread, &knobs);
    Some(MatchedSpread { bits, gap, unit: gap.unit().to_owned(), knobs, spread, says })
}

fn sentence(bits: &str, gap: Gap, spread: &Spread, knobs: &[String]) -> String {
    let (gap, unit) = (gap.name(), gap.unit());
    let compared = spread.deviations.iter().flatten().count();
    let spanned = |value: f64, ends: Option<(f64, f64)>| {
        let ends = ends.map_or(String::new(), |(low, high)| format!(" [{low:.3}, {high:.3}]"));
        format!("{value:.3}{ends}")
    };
    let estimate = |estimate: &Estimate| spanned(estimate.value, estimate.ci95_low.zip(estimate.ci95_high));
    let most = spread.largest_difference.map_or(String::new(), |pair| {
        let difference =
            spanned(pair.difference.mean, pair.difference.ci95_low.zip(pair.difference.ci95_high));
        let (a, b) = (&knobs[pair.knobs.0], &knobs[pair.knobs.1]);
        format!("; the largest difference is {difference} {unit}, of {a} less {b}")
    });
    format!(
        "at matched {bits}, {gap} of {compared} knobs differs by a standard deviation of {} {unit}, {} times that between \
         {} replicates; the matched bits explain a fraction {} of its variance{most}",
        estimate(&spread.knob_sd),
        spread.ratio.as_ref().map_or("?".to_owned(), estimate),
        spread.replicates,
        estimate(&spread.explained_by_bits),
    )
}
