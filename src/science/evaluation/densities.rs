//! Real numbers predicted by densities.
//!
//! An inverse temperature b multiplies precisions: N(m, s^2) becomes
//! N(m, s^2 / b), so that one number mends overconfidence as it does for logits.

use ndarray::Array2;

/// `ln sqrt(2 pi)`.
pub const LN_ROOT_TAU: f64 = 0.918_938_533_204_672_7;

/// Calls with (sample, loss, slope in b) for each number.
pub(super) fn each_gaussian_loss(
    mean: &Array2<f32>,
    log_sd: Option<&Array2<f32>>,
    values: &Array2<f32>,
    inverse: f64,
    mut call: impl FnMut(usize, f64, f64),
) {
    let half_log = 0.5 * libm::log(inverse);
    for (((sample, column), &y), &m) in values.indexed_iter().zip(mean) {
        let log_sd = log_sd.map_or(0.0, |log_sd| f64::from(log_sd[[sample, column]]));
        let z = (f64::from(y) - f64::from(m)) * libm::exp(-log_sd);
        let loss = 0.5 * inverse * z * z + log_sd + LN_ROOT_TAU - half_log;
        call(sample, loss, 0.5 * z * z - 0.5 / inverse);
    }
}

/// Calls with (sample, loss, slope in b) for each sample.
#[expect(clippy::cast_precision_loss, reason = "dimensions are small")]
pub(super) fn each_mixture_loss(
    log_weights: &Array2<f32>,
    means: &Array2<f32>,
    log_sds: &Array2<f32>,
    values: &Array2<f32>,
    inverse: f64,
    mut call: impl FnMut(usize, f64, f64),
) {
    let d = values.ncols();
    let half_log = 0.5 * libm::log(inverse);
    let mut terms = vec![(0.0, 0.0); log_sds.ncols()];
    for (sample, y) in values.rows().into_iter().enumerate() {
        for (j, term) in terms.iter_mut().enumerate() {
            let log_sd = f64::from(log_sds[[sample, j]]);
            let distance: f64 = (0..d)
                .map(|i| f64::from(y[i]) - f64::from(means[[sample, j * d + i]]))
                .map(|r| r * r)
                .sum::<f64>()
                * libm::exp(-2.0 * log_sd);
            let density = -0.5 * inverse * distance + d as f64 * (half_log - log_sd - LN_ROOT_TAU);
            *term = (f64::from(log_weights[[sample, j]]) + density, distance);
        }
        let weights: Vec<f64> = log_weights.row(sample).iter().map(|&w| f64::from(w)).collect();
        let total = log_sum_exp(terms.iter().map(|term| term.0));
        let loss = log_sum_exp(weights.iter().copied()) - total;
        let slope: f64 = terms
            .iter()
            .map(|(log, distance)| libm::exp(log - total) * (0.5 * distance - 0.5 * d as f64 / inverse))
            .sum();
        call(sample, loss, slope);
    }
}

fn log_sum_exp(logs: impl Iterator<Item = f64> + Clone) -> f64 {
    let top = logs.clone().fold(f64::NEG_INFINITY, f64::max);
    top + libm::log(logs.map(|log| libm::exp(log - top)).sum())
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use crate::science::data::Targets;
    use crate::science::evaluation::{Evaluation, Prediction};

    #[test]
    fn a_gaussian_costs_its_differential_entropy_and_finds_its_spread() {
        // values at mean +-2 under sd 1: best precision is 1/4
        let targets = Targets::Reals(array![[2.0f32], [-2.0]]);
        let gaussian = Prediction::Gaussian { mean: array![[0.0f32], [0.0]], log_sd: None };
        let evaluation = Evaluation::new(gaussian, &targets);
        let ln_tau = (2.0 * std::f64::consts::PI).ln();
        assert!((evaluation.cross_entropy().0 - (4.0 + ln_tau)).abs() < 1e-12);
        let best = evaluation.best_inverse_temperature();
        assert!((best - 0.25).abs() < 1e-9, "{best}");
        // at the maximum-likelihood sd 2: 1/2 + ln 2 + ln sqrt(2 pi) each
        assert!((evaluation.cross_entropy_at(best).0 - (1.0 + 2.0 * 2f64.ln() + ln_tau)).abs() < 1e-9);
    }

    #[test]
    fn a_mixture_of_equal_components_is_a_gaussian() {
        let targets = Targets::Reals(array![[0.5f32, -1.0], [2.0, 0.25]]);
        let mean = array![[0.1f32, 0.2], [-0.3, 0.4]];
        let gaussian =
            Prediction::Gaussian { mean: mean.clone(), log_sd: Some(array![[0.3f32, 0.3], [-0.2, -0.2]]) };
        let mixture = Prediction::Mixture {
            log_weights: array![[0.0f32, 1.0], [5.0, -2.0]],
            means: array![[0.1f32, 0.2, 0.1, 0.2], [-0.3, 0.4, -0.3, 0.4]],
            log_sds: array![[0.3f32, 0.3], [-0.2, -0.2]],
        };
        let (one, two) = (Evaluation::new(gaussian, &targets), Evaluation::new(mixture, &targets));
        for inverse in [0.5, 1.0, 3.0] {
            assert!((one.cross_entropy_at(inverse).0 - two.cross_entropy_at(inverse).0).abs() < 1e-9);
        }
        assert!((one.best_inverse_temperature() - two.best_inverse_temperature()).abs() < 1e-9);
    }
}
