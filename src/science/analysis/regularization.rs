//! Regularization: whether bits kept say what the gap is, whichever knob took the others
//! away.

use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::interval::{Interval, NoInterval};
use super::jackknife::{Scale, Scaled, jackknife};
use super::scaling::Estimate;

/// One way to restrict a network, at several strengths from the weakest on.
#[derive(Debug, Clone, PartialEq)]
pub struct Knob {
    /// Bits and gap [strengths][replicates].
    pub points: Vec<Vec<KeptAndGap>>,
}

/// Bits kept and the gap of one training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KeptAndGap {
    /// Bits that the network kept.
    pub bits: f64,
    /// How much worse it does on fresh data.
    pub gap: f64,
}

/// How gaps differ between knobs that leave equally many bits, and between draws.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spread {
    /// Levels at which knobs are compared: shares of the bits that the unrestricted
    /// network keeps of the same draw.
    pub levels: Vec<f64>,
    /// Knobs that reach each level.
    pub knobs_at_level: Vec<usize>,
    /// Draws.
    pub replicates: usize,
    /// Standard deviation between knobs at matched bits, without what chance adds: the
    /// component of a two-way layout of knobs and draws, mean over levels.
    pub knob_sd: Estimate,
    /// Standard deviation between draws of one knob at matched bits, mean over levels.
    pub seed_sd: Estimate,
    /// `knob_sd / seed_sd`; absent when draws do not differ.
    pub ratio: Option<Estimate>,
    /// Share of the variance of mean gaps over levels and knobs that the level explains.
    pub explained_by_bits: Estimate,
    /// Of each knob how far its gap lies above the mean of all at the same level; absent
    /// where it reaches none.
    pub deviations: Vec<Option<Interval>>,
    /// The two knobs whose gaps differ most at matched bits.
    pub largest_difference: Option<KnobPair>,
    /// Difference of the gap between each two knobs that reach a level, paired by replicate.
    #[serde(skip)]
    pub pairs: Vec<KnobPair>,
    /// What verdicts on the ratio are made from.
    #[serde(skip)]
    pub ratio_evidence: Option<Scaled>,
}

/// How the gap of two knobs differs at matched bits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KnobPair {
    /// The two knobs, by their places in the list of knobs.
    pub knobs: (usize, usize),
    /// Gap of the first minus gap of the second: mean over the levels that both reach, over
    /// replicates. Without such a level there is no interval.
    pub difference: Interval,
}

/// Levels at which knobs are compared.
const LEVELS: Range<u32> = 1..10;

/// Compares knobs at shares .1 to .9 of the bits that `baseline` [replicates] keeps, at
/// each level that at least half of the knobs, and two, reach in every replicate. `baseline` is the
/// strength 0 of every knob. `None` where there is no such level, or a single replicate.
#[must_use]
pub fn spread(baseline: &[KeptAndGap], knobs: &[Knob]) -> Option<Spread> {
    if baseline.len() < 2 {
        return None;
    }
    let enough = knobs.len().div_ceil(2).max(2);
    let at = |level| Level::of(f64::from(level) / 10.0, baseline, knobs);
    let levels: Vec<Level> = LEVELS.map(at).filter(|level| level.knobs().count() >= enough).collect();
    let (n, knobs_given) = (baseline.len(), knobs.len());
    let all: Vec<usize> = (0..n).collect();
    let of = |replicates: &[usize]| Components::of(&levels, replicates);
    let whole = of(&all)?;
    // variances are estimated, and may be estimated below 0 by less than the spread between
    // replicates: intervals are made of ln(1 + variance), in units of the one between replicates
    let unit = root(whole.replicates);
    let of_squares = |value: f64, estimate: &dyn Fn(&[usize]) -> Option<f64>| {
        let interval = jackknife(n, estimate, libm::log1p)?;
        Some(Scaled { value, interval, scale: Scale::LogSquare })
    };
    let ratio = of_squares(root(whole.ratio()), &|replicates| Some(of(replicates)?.ratio()));
    let knob_sd = of_squares(root(whole.knobs) / unit, &|r| Some(of(r)?.knobs / whole.replicates));
    let between = jackknife(n, |replicates| Some(of(replicates)?.replicates), libm::log);
    let between = between.and_then(|between| between.ci95_low.zip(between.ci95_high));
    let shares = jackknife(n, |replicates| Some(explained(&levels, replicates)), |x| x);
    let shares = shares.map(|shares| shares.within(0.0, 1.0));
    let estimate = |value: f64, ends: Option<(f64, f64)>| Estimate {
        value,
        ci95_low: ends.map(|ends| ends.0),
        ci95_high: ends.map(|ends| ends.1),
    };
    let times_unit = |ends: (f64, f64)| (ends.0 * unit, ends.1 * unit);
    let pairs = pairs(&levels, knobs_given);
    let distance = |pair: &&KnobPair| pair.difference.mean.abs();
    let knob_ends = knob_sd.and_then(|scaled| scaled.ends_95()).map(times_unit);
    Some(Spread {
        levels: levels.iter().map(|level| level.share).collect(),
        knobs_at_level: levels.iter().map(|level| level.knobs().count()).collect(),
        replicates: n,
        knob_sd: estimate(root(whole.knobs), knob_ends),
        seed_sd: estimate(unit, between.map(|(low, high)| (root(libm::exp(low)), root(libm::exp(high))))),
        ratio: (whole.replicates > 0.0)
            .then(|| estimate(root(whole.ratio()), ratio.and_then(|ratio| ratio.ends_95()))),
        explained_by_bits: estimate(
            explained(&levels, &all),
            shares.and_then(|shares| shares.ci95_low.zip(shares.ci95_high)),
        ),
        deviations: (0..knobs_given).map(|knob| deviation(&levels, knob)).collect(),
        largest_difference: pairs.iter().max_by(|a, b| distance(a).total_cmp(&distance(b))).copied(),
        pairs,
        ratio_evidence: ratio,
    })
}

/// Square root of a variance, whose estimate may lie below 0.
fn root(variance: f64) -> f64 {
    libm::sqrt(variance.max(0.0))
}

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0usize), |(sum, n), value| (sum + value, n + 1));
    sum / n as f64
}

/// Variance with n - 1 in the denominator.
#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn variance(values: &[f64]) -> f64 {
    let middle = mean(values.iter().copied());
    values.iter().map(|value| (value - middle) * (value - middle)).sum::<f64>() / (values.len() as f64 - 1.0)
}

/// Gaps at one level [knobs][replicates]; `None` for a knob that does not reach it in
/// every replicate.
struct Level {
    share: f64,
    gaps: Vec<Option<Vec<f64>>>,
}

impl Level {
    fn of(share: f64, baseline: &[KeptAndGap], knobs: &[Knob]) -> Self {
        let gap = |knob: &Knob, replicate: usize| {
            let start = baseline[replicate];
            let rest = knob.points.iter().map(|strength| strength.get(replicate).copied());
            let path: Option<Vec<KeptAndGap>> = std::iter::once(Some(start)).chain(rest).collect();
            crossing(&path?, share * start.bits)
        };
        let row = |knob: &Knob| (0..baseline.len()).map(|replicate| gap(knob, replicate)).collect();
        Self { share, gaps: knobs.iter().map(row).collect() }
    }

    fn knobs(&self) -> impl Iterator<Item = &Vec<f64>> {
        self.gaps.iter().flatten()
    }
}

/// The gap where a path through the strengths has so many bits, linear between them; the
/// mean of all such places.
#[expect(clippy::cast_precision_loss, reason = "strengths are few")]
fn crossing(path: &[KeptAndGap], bits: f64) -> Option<f64> {
    let crosses = path.windows(2).filter(|ends| (ends[0].bits > bits) != (ends[1].bits > bits));
    let gaps: Vec<f64> = crosses
        .map(|ends| {
            let along = (bits - ends[0].bits) / (ends[1].bits - ends[0].bits);
            ends[0].gap + along * (ends[1].gap - ends[0].gap)
        })
        .collect();
    (!gaps.is_empty()).then(|| gaps.iter().sum::<f64>() / gaps.len() as f64)
}

/// Components of variance, mean over levels.
struct Components {
    knobs: f64,
    replicates: f64,
}

impl Components {
    /// Of a two-way layout without repetition: the variance of the knobs' means less what
    /// the residual adds to it (Searle et al. 1992, section 4.5).
    #[expect(clippy::cast_precision_loss, reason = "counts are small")]
    fn of(levels: &[Level], replicates: &[usize]) -> Option<Self> {
        if levels.is_empty() || replicates.len() < 2 {
            return None;
        }
        let of_level = |level: &Level| {
            let rows: Vec<Vec<f64>> =
                level.knobs().map(|gaps| replicates.iter().map(|r| gaps[*r]).collect()).collect();
            let (k, r) = (rows.len() as f64, replicates.len() as f64);
            let means: Vec<f64> = rows.iter().map(|row| mean(row.iter().copied())).collect();
            let all = mean(means.iter().copied());
            let columns: Vec<f64> =
                (0..replicates.len()).map(|j| mean(rows.iter().map(|row| row[j]))).collect();
            let residual = |(row, own): (&Vec<f64>, &f64)| -> f64 {
                row.iter().zip(&columns).map(|(gap, column)| gap - own - column + all).map(|e| e * e).sum()
            };
            let residuals: f64 = rows.iter().zip(&means).map(residual).sum();
            let chance = residuals / ((k - 1.0) * (r - 1.0));
            (variance(&means) - chance / r, mean(rows.iter().map(|row| variance(row))))
        };
        let all: Vec<(f64, f64)> = levels.iter().map(of_level).collect();
        Some(Self {
            knobs: mean(all.iter().map(|level| level.0)),
            replicates: mean(all.iter().map(|level| level.1)),
        })
    }

    /// Variance between knobs over that between replicates.
    fn ratio(&self) -> f64 {
        self.knobs / self.replicates
    }
}

/// Share of the variance of mean gaps that lies between levels.
fn explained(levels: &[Level], replicates: &[usize]) -> f64 {
    let of_knob = |gaps: &Vec<f64>| mean(replicates.iter().map(|replicate| gaps[*replicate]));
    let means: Vec<Vec<f64>> = levels.iter().map(|level| level.knobs().map(of_knob).collect()).collect();
    let all = mean(means.iter().flatten().copied());
    let square = |value: f64, middle: f64| (value - middle) * (value - middle);
    let within = |gaps: &Vec<f64>| -> f64 {
        let middle = mean(gaps.iter().copied());
        gaps.iter().map(|gap| square(*gap, middle)).sum()
    };
    let total: f64 = means.iter().flatten().map(|gap| square(*gap, all)).sum();
    if total > 0.0 { 1.0 - means.iter().map(within).sum::<f64>() / total } else { 0.0 }
}

/// How far a knob's gap lies above the mean of all knobs at its levels, over replicates.
fn deviation(levels: &[Level], knob: usize) -> Option<Interval> {
    let own: Vec<(&Level, &Vec<f64>)> =
        levels.iter().filter_map(|level| Some((level, level.gaps[knob].as_ref()?))).collect();
    let replicates = own.first()?.1.len();
    let above = |r: usize| {
        mean(own.iter().map(|(level, gaps)| gaps[r] - mean(level.knobs().map(|others| others[r]))))
    };
    Interval::of(&(0..replicates).map(above).collect::<Vec<_>>())
}

/// Knobs beyond which no pairs are compared: pairs grow with the square.
const MOST_COMPARED: usize = 64;

/// Differences between each two knobs that reach a level, over the levels that both reach.
fn pairs(levels: &[Level], knobs: usize) -> Vec<KnobPair> {
    let reaches = |knob: &usize| levels.iter().any(|level| level.gaps[*knob].is_some());
    let compared: Vec<usize> = (0..knobs).filter(reaches).collect();
    if compared.len() > MOST_COMPARED {
        return Vec::new();
    }
    let pair = |a: usize, b: usize| {
        let both: Vec<(&Vec<f64>, &Vec<f64>)> =
            levels.iter().filter_map(|level| level.gaps[a].as_ref().zip(level.gaps[b].as_ref())).collect();
        let replicates = levels.iter().flat_map(Level::knobs).map(Vec::len).next().unwrap_or(0);
        let apart = |r: usize| mean(both.iter().map(|(a, b)| a[r] - b[r]));
        let difference = Interval::of(&(0..replicates).map(apart).collect::<Vec<_>>())?;
        let nowhere = Interval { mean: 0.0, ..difference.without_ends(NoInterval::NoMethod) };
        Some(KnobPair { knobs: (a, b), difference: if both.is_empty() { nowhere } else { difference } })
    };
    let all = compared.iter().enumerate();
    all.flat_map(|(i, a)| compared[i + 1..].iter().filter_map(move |b| pair(*a, *b))).collect()
}

#[cfg(test)]
mod tests;
