//! Products of powers of distributions, renormalized: `q*(s) ~ prod_j q_j(s)^c_j`. The length of a
//! code by such a distribution is convex in the powers c, of symbols and of normal densities alike.

use ndarray::Array2;

use super::given::Given;
use super::newton::{Local, dot, least};
use crate::science::bits::Nats;
use crate::science::evaluation::LN_ROOT_TAU;

/// A cost below so many nats a symbol is none.
const ENOUGH: f64 = 1e-12;

/// The shortest code of symbols: of each part its logits [n t, k], or [n t, 1] of symbol 1 against
/// symbol 0; `None` stands for the rule's best predictor. `None` of real targets.
#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
pub(super) fn of_symbols<const J: usize>(
    given: &Given,
    parts: [Option<&Array2<f32>>; J],
    starts: &[[f64; J]],
) -> Option<Nats> {
    let (count, alphabet) = given.evaluation.symbols()?;
    let at = |powers: &[f64; J]| symbols_at(given, &parts, alphabet, powers);
    Some(shortest(at, starts, ENOUGH * count as f64))
}

/// From each start, for a start far out may be flat.
fn shortest<const J: usize>(at: impl Fn(&[f64; J]) -> Local<J>, starts: &[[f64; J]], enough: f64) -> Nats {
    let first = least(&at, starts[0], enough);
    let mut best = first;
    for start in &starts[1..] {
        // convex: another start helps only where it begins lower than the first one ended
        if at(start).value < best {
            best = best.min(least(&at, *start, enough));
        }
    }
    Nats(best)
}

fn symbols_at<const J: usize>(
    given: &Given,
    parts: &[Option<&Array2<f32>>; J],
    alphabet: usize,
    powers: &[f64; J],
) -> Local<J> {
    let symbols = given.dataset.targets.symbols();
    let length = symbols.ncols();
    let mut bayes = vec![0.0; length * alphabet];
    let mut logs = vec![[0.0; J]; alphabet];
    let mut weights = vec![0.0; alphabet];
    let mut all = Local { value: 0.0, gradient: [0.0; J], curvature: [[0.0; J]; J] };
    for (sample, targets) in symbols.rows().into_iter().enumerate() {
        if parts.iter().any(Option::is_none) {
            given.distribution.bayes_sample(given.dataset, sample, &mut bayes);
        }
        for (place, target) in targets.iter().enumerate() {
            let bayes = &bayes[place * alphabet..][..alphabet];
            for (j, part) in parts.iter().enumerate() {
                let row = part.map(|logits| logits.row(sample * length + place));
                for (symbol, logs) in logs.iter_mut().enumerate() {
                    logs[j] = match row {
                        None => bayes[symbol],
                        Some(row) if row.len() == 1 => [0.0, f64::from(row[0])][symbol],
                        Some(row) => f64::from(row[symbol]),
                    };
                }
            }
            add(&mut all, &mut logs, &mut weights, *target as usize, powers);
        }
    }
    all
}

/// Adds the code of one symbol: `logs` [k] of each part.
fn add<const J: usize>(
    all: &mut Local<J>,
    logs: &mut [[f64; J]],
    weights: &mut [f64],
    target: usize,
    powers: &[f64; J],
) {
    // relative to the target: what a row has in common changes nothing, and large logits cancel
    let own = logs[target];
    for (weight, logs) in weights.iter_mut().zip(&mut *logs) {
        // what a part excludes stays excluded at every power
        let is_possible = logs.iter().all(|log| *log > f64::NEG_INFINITY);
        logs.iter_mut().zip(own).for_each(|(log, own)| *log = if is_possible { *log - own } else { 0.0 });
        *weight = if is_possible { dot(logs, powers) } else { f64::NEG_INFINITY };
    }
    let top = weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    weights.iter_mut().for_each(|weight| *weight = libm::exp(*weight - top));
    let total: f64 = weights.iter().sum();
    all.value += top + libm::log(total);
    let (mut mean, mut square) = ([0.0; J], [[0.0; J]; J]);
    for (weight, logs) in weights.iter().zip(&*logs) {
        for i in 0..J {
            mean[i] += weight / total * logs[i];
            (0..=i).for_each(|j| square[i][j] += weight / total * logs[i] * logs[j]);
        }
    }
    for i in 0..J {
        all.gradient[i] += mean[i];
        for j in 0..=i {
            all.curvature[i][j] += square[i][j] - mean[i] * mean[j];
            all.curvature[j][i] = all.curvature[i][j];
        }
    }
}

/// The shortest code of real targets by normal densities around `mean` [n, d] of standard deviation
/// `exp(log_sd)`, or 1, blended with the rule's own. `None` of rules whose noise is not normal.
pub(super) fn of_normals(
    given: &Given,
    mean: &Array2<f32>,
    log_sd: Option<&Array2<f32>>,
    starts: &[[f64; 2]],
) -> Option<Nats> {
    given.distribution.bayes_normal(given.dataset, 0)?;
    let at = |powers: &[f64; 2]| {
        let mut all = Local { value: 0.0, gradient: [0.0; 2], curvature: [[0.0; 2]; 2] };
        for (sample, targets) in given.dataset.targets.reals().rows().into_iter().enumerate() {
            let Some((means, variance)) = given.distribution.bayes_normal(given.dataset, sample) else {
                continue;
            };
            for (column, (y, of_rule)) in targets.iter().zip(means).enumerate() {
                let log_sd = log_sd.map_or(0.0, |log_sd| f64::from(log_sd[[sample, column]]));
                let own = (f64::from(mean[[sample, column]]), libm::exp(-2.0 * log_sd));
                add_normal(&mut all, f64::from(*y), [(of_rule, 1.0 / variance), own], powers);
            }
        }
        all
    };
    // a density has no least code length
    Some(shortest(at, starts, f64::NEG_INFINITY))
}

/// Adds the code of one number: of each part its mean and precision. With the log densities less
/// what does not depend on the number, `f = -p (y - m)^2 / 2`, the blend is normal, and gradient and
/// curvature are means and covariances of f under it.
fn add_normal(all: &mut Local<2>, y: f64, parts: [(f64, f64); 2], powers: &[f64; 2]) {
    let precision = dot(&parts.map(|part| part.1), powers);
    if precision <= 0.0 {
        all.value = f64::INFINITY; // no density
        return;
    }
    let middle = dot(&parts.map(|part| part.0 * part.1), powers) / precision;
    let out = y - middle;
    all.value += 0.5 * (precision * out * out - libm::log(precision)) + LN_ROOT_TAU;
    let apart = parts.map(|part| middle - part.0);
    for i in 0..2 {
        let (m, p) = parts[i];
        all.gradient[i] += 0.5 * p * ((y - m) * (y - m) - apart[i] * apart[i] - 1.0 / precision);
        for j in 0..2 {
            let covariance = (0.5 / precision + apart[i] * apart[j]) / precision;
            all.curvature[i][j] += p * parts[j].1 * covariance;
        }
    }
}
