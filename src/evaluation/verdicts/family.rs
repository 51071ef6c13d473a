//! Families: all tested verdicts of a job, corrected together (Holm 1979).

use crate::science::analysis::comparison::holm;

/// The chance of calling anything wrong in a job.
pub(super) const ALPHA: f64 = 0.05;

/// Where one verdict stands in its family.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Level {
    /// Its chance of being wrong, corrected for all.
    pub(super) p_adjusted: f64,
    /// The chance at which it was tested: the interval at this level agrees with the verdict.
    pub(super) alpha: f64,
    /// Whether it is decided.
    pub(super) is_decided: bool,
}

/// The level of each verdict that is tested. In rising order of their chances, the k-th of m is
/// tested at `.05 / (m - k + 1)`, and all after the first that fails at that one's level.
#[expect(clippy::cast_precision_loss, reason = "verdicts are at most a hundred thousand")]
pub(super) fn levels(chances: &[Option<f64>]) -> Vec<Option<Level>> {
    let tested: Vec<f64> = chances.iter().flatten().copied().collect();
    let adjusted = holm(&tested);
    let mut order: Vec<usize> = (0..tested.len()).collect();
    order.sort_by(|a, b| tested[*a].total_cmp(&tested[*b]));
    let mut alphas = vec![ALPHA; tested.len()];
    let decided = order.iter().take_while(|place| adjusted[**place] <= ALPHA).count();
    for (k, place) in order.iter().enumerate() {
        alphas[*place] = ALPHA / (tested.len() - k.min(decided)) as f64;
    }
    let mut levels = adjusted.iter().zip(alphas).map(|(p, alpha)| Level {
        p_adjusted: *p,
        alpha,
        is_decided: *p <= ALPHA,
    });
    chances.iter().map(|chance| chance.and_then(|_| levels.next())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_each_is_as_wide_as_its_place_demands() {
        let levels = levels(&[Some(0.03), None, Some(0.001), Some(0.2), Some(0.015)]);
        let of = |i: usize| levels[i].unwrap();
        assert_eq!(levels[1], None);
        assert!((of(2).p_adjusted - 0.004).abs() < 1e-12 && of(2).is_decided);
        assert!((of(4).p_adjusted - 0.045).abs() < 1e-12 && of(4).is_decided);
        assert!((of(0).p_adjusted - 0.06).abs() < 1e-12 && !of(0).is_decided);
        let alphas: Vec<f64> = [2, 4, 0, 3].into_iter().map(|i| of(i).alpha).collect();
        assert_eq!(alphas, [0.0125, 0.05 / 3.0, 0.025, 0.025]);
    }
}
