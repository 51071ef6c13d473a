//! Scores of several answers to one question, with their gradients. Knows nothing of what made the
//! answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::science::kernel::real::Real;

/// What the training of a generator makes small, in the mean over samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Score {
    /// The energy score `E|Y - y| - E|Y - Y'| / 2` of independent answers Y and Y' (Gneiting &
    /// Raftery 2007, equation 22): strictly proper.
    #[default]
    Energy,
    /// `E|Y - y|^2 / 2`, which is least where every answer is the mean: the noise is of no use.
    SquaredError,
}

impl Score {
    /// The score of `answers` [m, ld] to one question whose answer in the data is `y` [d], without
    /// bias over the m independent answers; `gradient` [m, ld] becomes `share` times its gradient in
    /// the answers, and zero beyond d.
    #[expect(clippy::cast_precision_loss, reason = "answers are few")]
    pub(super) fn loss<R: Real>(self, answers: &[R], ld: usize, y: &[R], share: R, gradient: &mut [R]) -> R {
        let m = answers.len() / ld;
        let each = R::from_f64(1.0 / m as f64);
        gradient.fill(R::ZERO);
        let mut total = R::ZERO;
        for (answer, slope) in answers.chunks_exact(ld).zip(gradient.chunks_exact_mut(ld)) {
            match self {
                Self::Energy => {
                    let distance = distance(answer, y);
                    total = total + each * distance;
                    pull(answer, y, distance, share * each, slope);
                }
                Self::SquaredError => {
                    for ((a, y), slope) in answer.iter().zip(y).zip(slope) {
                        let r = *a - *y;
                        total = total + R::from_f64(0.5) * each * r * r;
                        *slope = share * each * r;
                    }
                }
            }
        }
        if self == Self::Energy {
            // the mean over the m (m - 1) / 2 pairs, halved
            let pair = R::from_f64(1.0 / (m as f64 * (m as f64 - 1.0)));
            for i in 0..m {
                for j in i + 1..m {
                    let (a, b) = (&answers[i * ld..][..y.len()], &answers[j * ld..][..y.len()]);
                    let distance = distance(a, b);
                    total = total - pair * distance;
                    pull(a, b, distance, -share * pair, &mut gradient[i * ld..]);
                    pull(b, a, distance, -share * pair, &mut gradient[j * ld..]);
                }
            }
        }
        total
    }
}

fn distance<R: Real>(a: &[R], b: &[R]) -> R {
    a.iter().zip(b).fold(R::ZERO, |sum, (a, b)| sum + (*a - *b) * (*a - *b)).sqrt()
}

/// Adds `weight` times the gradient of `|a - b|` in a: the unit vector from b to a, 0 where they meet.
fn pull<R: Real>(a: &[R], b: &[R], distance: R, weight: R, slope: &mut [R]) {
    if distance > R::ZERO {
        let each = weight / distance;
        slope.iter_mut().zip(a.iter().zip(b)).for_each(|(s, (a, b))| *s = *s + each * (*a - *b));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_those_of_their_definitions() {
        // answers (0, 0), (3, 4), (0, 8) to a question whose answer is (0, 0): distances 0, 5, 8 and between
        // them 5, 8 and 5
        let answers = [0.0, 0.0, 0.0, 3.0, 4.0, 0.0, 0.0, 8.0, 0.0];
        let mut gradient = [f64::NAN; 9];
        let energy = Score::Energy.loss(&answers, 3, &[0.0, 0.0], 1.0, &mut gradient);
        assert!((energy - (13.0 / 3.0 - 18.0 / 6.0)).abs() < 1e-12, "{energy}");
        // the second is drawn to the truth by a third of (.6, .8), and driven from the others by a sixth
        // of (.6, .8) and of (.6, -.8)
        let expected = [0.6 / 3.0 - 0.6 / 6.0 - 0.6 / 6.0, 0.8 / 3.0 - 0.8 / 6.0 + 0.8 / 6.0, 0.0];
        gradient[3..6].iter().zip(expected).for_each(|(g, e)| assert!((g - e).abs() < 1e-12, "{g} {e}"));
        let square = Score::SquaredError.loss(&answers, 3, &[0.0, 0.0], 1.0, &mut gradient);
        assert!((square - 0.5 * (25.0 + 64.0) / 3.0).abs() < 1e-12, "{square}");
        assert_eq!(&gradient[3..6], &[1.0, 4.0 / 3.0, 0.0]);
    }

    #[test]
    fn the_energy_score_is_least_at_the_true_distribution_and_the_square_at_the_mean() {
        // the truth is -1 or 1, evenly; answers are -a or a, evenly and independently: four pairs of
        // answers and two truths, by enumeration
        let mean = |score: Score, a: f64| {
            let mut total = 0.0;
            for code in 0..8 {
                let sign = |bit: u32| if code >> bit & 1 == 1 { 1.0 } else { -1.0 };
                let answers = [a * sign(0), a * sign(1)];
                total += score.loss(&answers, 1, &[sign(2)], 1.0, &mut [0.0; 2]) / 8.0;
            }
            total
        };
        // E|Y - y| = max(a, 1), E|Y - Y'| = a
        for (a, expected) in [(0.0, 1.0), (0.5, 0.75), (1.0, 0.5), (2.0, 1.0)] {
            assert!((mean(Score::Energy, a) - expected).abs() < 1e-12, "{a}");
        }
        for (a, expected) in [(0.0, 0.5), (1.0, 1.0)] {
            assert!((mean(Score::SquaredError, a) - expected).abs() < 1e-12, "{a}");
        }
    }
}
