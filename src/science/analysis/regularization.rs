//! Regularization: whether bits kept say what the gap is, whichever knob took the others
//! away.

use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::interval::Interval;
use super::jackknife::jackknife;
use super::scaling::Estimate;

/// One way to restrict a network, at several strengths from the weakest on.
#[derive(Debug, Clone, PartialEq)]
pub struct Knob {
    /// Bits and gap [strengths][replicates].
    pub points: Vec<Vec<Point>>,
}

/// Bits kept and the gap of one training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
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
}

/// Levels at which knobs are compared.
const LEVELS: Range<u32> = 1..10;

/// Compares knobs at shares .1 to .9 of the bits that `baseline` [replicates] keeps, at
/// each level that at least half of the knobs, and two, reach in every draw. `baseline` is the
/// strength 0 of every knob. `None` where there is no such level, or a single draw.
#[must_use]
pub fn spread(baseline: &[Point], knobs: &[Knob]) -> Option<Spread> {
    if baseline.len() < 2 {
        return None;
    }
    let enough = knobs.len().div_ceil(2).max(2);
    let at = |level| Level::of(f64::from(level) / 10.0, baseline, knobs);
    let levels: Vec<Level> = LEVELS.map(at).filter(|level| level.knobs().count() >= enough).collect();
    let (n, knobs_given) = (baseline.len(), knobs.len());
    let all: Vec<usize> = (0..n).collect();
    let of = |draws: &[usize]| Components::of(&levels, draws);
    let whole = of(&all)?;
    let with = |value: f64, ends: Option<(f64, f64)>| Estimate {
        value,
        ci95_low: ends.map(|ends| ends.0),
        ci95_high: ends.map(|ends| ends.1),
    };
    // a component may be estimated below 0, by less than the spread between draws
    let knobs = |draws: &[usize]| Some(of(draws)?.knobs / whole.seeds);
    let knobs = jackknife(n, knobs, libm::log1p, |end| root(whole.seeds * libm::expm1(end)));
    let seeds = jackknife(n, |draws| Some(of(draws)?.seeds), libm::log, |end| root(libm::exp(end)));
    let ratio = jackknife(n, |draws| Some(of(draws)?.ratio()), libm::log1p, |end| root(libm::expm1(end)));
    let shares = jackknife(n, |draws| Some(explained(&levels, draws)), |x| x, |end| end.clamp(0.0, 1.0));
    Some(Spread {
        levels: levels.iter().map(|level| level.share).collect(),
        knobs_at_level: levels.iter().map(|level| level.knobs().count()).collect(),
        replicates: n,
        knob_sd: with(root(whole.knobs), knobs),
        seed_sd: with(root(whole.seeds), seeds),
        ratio: (whole.seeds > 0.0).then(|| with(root(whole.ratio()), ratio)),
        explained_by_bits: with(explained(&levels, &all), shares),
        deviations: (0..knobs_given).map(|knob| deviation(&levels, knob)).collect(),
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
/// every draw.
struct Level {
    share: f64,
    gaps: Vec<Option<Vec<f64>>>,
}

impl Level {
    fn of(share: f64, baseline: &[Point], knobs: &[Knob]) -> Self {
        let gap = |knob: &Knob, replicate: usize| {
            let start = baseline[replicate];
            let rest = knob.points.iter().map(|strength| strength.get(replicate).copied());
            let path: Option<Vec<Point>> = std::iter::once(Some(start)).chain(rest).collect();
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
fn crossing(path: &[Point], bits: f64) -> Option<f64> {
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
    seeds: f64,
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
            let draws: Vec<f64> =
                (0..replicates.len()).map(|j| mean(rows.iter().map(|row| row[j]))).collect();
            let residual = |(row, own): (&Vec<f64>, &f64)| -> f64 {
                row.iter().zip(&draws).map(|(gap, draw)| gap - own - draw + all).map(|e| e * e).sum()
            };
            let residuals: f64 = rows.iter().zip(&means).map(residual).sum();
            let chance = residuals / ((k - 1.0) * (r - 1.0));
            (variance(&means) - chance / r, mean(rows.iter().map(|row| variance(row))))
        };
        let all: Vec<(f64, f64)> = levels.iter().map(of_level).collect();
        Some(Self {
            knobs: mean(all.iter().map(|level| level.0)),
            seeds: mean(all.iter().map(|level| level.1)),
        })
    }

    /// Variance between knobs over that between draws.
    fn ratio(&self) -> f64 {
        self.knobs / self.seeds
    }
}

/// Share of the variance of mean gaps that lies between levels.
fn explained(levels: &[Level], draws: &[usize]) -> f64 {
    let of_knob = |gaps: &Vec<f64>| mean(draws.iter().map(|draw| gaps[*draw]));
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

/// How far a knob's gap lies above the mean of all knobs at its levels, over draws.
fn deviation(levels: &[Level], knob: usize) -> Option<Interval> {
    let own: Vec<(&Level, &Vec<f64>)> =
        levels.iter().filter_map(|level| Some((level, level.gaps[knob].as_ref()?))).collect();
    let replicates = own.first()?.1.len();
    let above = |r: usize| {
        mean(own.iter().map(|(level, gaps)| gaps[r] - mean(level.knobs().map(|others| others[r]))))
    };
    Interval::of(&(0..replicates).map(above).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::seed::{Purpose, Stream, Streams, standard_normal};

    /// Knobs on lines of slope 1 in bits, each shifted, with a shift of each draw and noise.
    fn knobs(shifts: &[f64], draws: usize, seeds: f64, noise: f64, stream: &mut Stream) -> Vec<Knob> {
        let by_draw: Vec<f64> = (0..draws).map(|_| seeds * standard_normal(stream)).collect();
        let mut knob = |shift: f64| {
            // one number a draw and knob, so that interpolation leaves its size
            let own: Vec<f64> =
                by_draw.iter().map(|draw| shift + draw + noise * standard_normal(stream)).collect();
            let at = |bits: f64| own.iter().map(|extra| Point { bits, gap: bits / 100.0 + extra }).collect();
            Knob { points: [100.0, 60.0, 30.0, 5.0].into_iter().map(at).collect() }
        };
        shifts.iter().map(|shift| knob(*shift)).collect()
    }

    fn baseline(draws: usize) -> Vec<Point> {
        vec![Point { bits: 100.0, gap: 1.0 }; draws]
    }

    #[test]
    fn paths_are_read_where_they_cross() {
        let path =
            [(100.0, 5.0), (50.0, 3.0), (60.0, 2.0), (0.0, 1.0)].map(|(bits, gap)| Point { bits, gap });
        assert_eq!(crossing(&path, 75.0), Some(4.0));
        assert_eq!(crossing(&path, 30.0), Some(1.5));
        // 55: 3.2 on the way down, 2.5 up, 1 + 55/60 down again
        let expected = (3.2 + 2.5 + 1.0 + 55.0 / 60.0) / 3.0;
        assert!((crossing(&path, 55.0).unwrap() - expected).abs() < 1e-12);
        assert_eq!(crossing(&path, 100.0), None);
    }

    #[test]
    fn one_curve_without_noise_is_one_axis() {
        let mut stream = Streams { seed: 1, replicate: 0 }.stream(Purpose::TrainingData);
        let all = knobs(&[0.0; 6], 8, 0.0, 0.0, &mut stream);
        let spread = spread(&baseline(8), &all).unwrap();
        assert!(spread.knob_sd.value < 1e-9 && (spread.explained_by_bits.value - 1.0).abs() < 1e-12);
        assert_eq!(spread.levels.len(), 9);
        assert!(spread.deviations.iter().flatten().all(|d| d.mean.abs() < 1e-12));
    }

    #[test]
    fn components_are_those_that_were_put_in_and_intervals_cover_them() {
        let mut stream = Streams { seed: 2, replicate: 0 }.stream(Purpose::TrainingData);
        // shifts of variance 1 (n - 1 in the denominator), draws .5, noise .5: seeds sqrt .5
        let shifts = [-1.0, -1.0, -1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0].map(|x: f64| x * (8.0f64 / 6.0).sqrt());
        let (mut covered, mut knob, mut seed) = ([0; 2], 0.0, 0.0);
        let repetitions = 400;
        for _ in 0..repetitions {
            let all = knobs(&shifts, 8, 0.5, 0.5, &mut stream);
            let spread = spread(&baseline(8), &all).unwrap();
            knob += spread.knob_sd.value.powi(2) / f64::from(repetitions);
            seed += spread.seed_sd.value.powi(2) / f64::from(repetitions);
            for (i, (estimate, truth)) in
                [(spread.ratio.unwrap(), 2f64.sqrt()), (spread.knob_sd, 1.0)].iter().enumerate()
            {
                let (low, high) = (estimate.ci95_low.unwrap(), estimate.ci95_high.unwrap());
                covered[i] += u32::from(low <= *truth && *truth <= high);
            }
        }
        assert!((knob - 1.0).abs() < 0.05, "{knob}");
        assert!((seed - 0.5).abs() < 0.05, "{seed}");
        for covered in covered {
            let share = f64::from(covered) / f64::from(repetitions);
            assert!((0.9..=0.99).contains(&share), "{share}");
        }
    }

    #[test]
    fn equal_knobs_do_not_differ_by_what_chance_adds() {
        let mut stream = Streams { seed: 3, replicate: 0 }.stream(Purpose::TrainingData);
        let repetitions = 200;
        let above = (0..repetitions).filter(|_| {
            let all = knobs(&[0.0; 8], 8, 0.2, 0.5, &mut stream);
            let spread = spread(&baseline(8), &all).unwrap();
            spread.ratio.unwrap().ci95_high.unwrap() > 1.0
        });
        assert!(above.count() < 4);
    }

    #[test]
    fn a_knob_that_is_too_weak_is_compared_nowhere() {
        let mut stream = Streams { seed: 4, replicate: 0 }.stream(Purpose::TrainingData);
        let mut all = knobs(&[0.0, 0.1, 0.2], 4, 0.1, 0.1, &mut stream);
        all[2].points.truncate(1);
        let spread = spread(&baseline(4), &all).unwrap();
        assert_eq!((spread.deviations[2], spread.knobs_at_level[0]), (None, 2));
        assert!(super::spread(&baseline(4), &all[1..]).is_none());
        assert!(super::spread(&baseline(1), &all).is_none());
    }
}
