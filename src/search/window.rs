//! A parabola through the bits of several sizes: where it is highest, and how surely. Knows
//! nothing of how sizes are looked at.

use super::replay::mean;
use crate::science::analysis::interval::Interval;

/// Sizes on each side of the middle.
pub(super) const ASIDE: i32 = 2;

/// Least-squares parabola through five sizes at equal steps of ln N, all replicates of all sizes
/// together. Every replicate has every size, so that what it has more than others everywhere
/// cancels. Replicates count alike: where all data are held there is no spread, yet the place of
/// the peak depends on those that fail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Window {
    /// The step from the middle at which most is expected, within the window: of the parabola,
    /// or of the means where it opens upward.
    pub top: f64,
    /// Share of the most bits that the parabola falls from its top in the whole of one side;
    /// not positive where it opens upward.
    pub fall: f64,
    /// Share of the most bits by which the place of the top is expected to miss it, since the
    /// replicates are few: curvature times the square of the standard error. Infinite where the
    /// parabola opens upward or nothing is known.
    pub miss: f64,
    /// Most that any size could yield more than the best one, as a share: the upper ends of one
    /// and a half standard errors of the paired differences.
    pub open: f64,
    /// Whether the bits are no parabola, beyond doubt: then its top need not be that of the bits.
    pub is_misfit: bool,
}

impl Window {
    /// From the bits of each replicate at the five sizes; `None` without replicates.
    pub fn of(bits: &[[f64; 5]]) -> Option<Self> {
        if bits.is_empty() {
            return None;
        }
        let of_steps = |y: &[f64; 5], by: fn(f64) -> f64| -> f64 {
            y.iter().zip(-ASIDE..).map(|(y, step)| by(f64::from(step)) * y).sum()
        };
        // sums over -2..=2 of k^2 are 10, of (k^2 - 2)^2 are 14
        let of_rows = |value: &dyn Fn(&[f64; 5]) -> f64| bits.iter().map(value).collect::<Vec<f64>>();
        let slopes = of_rows(&|y| of_steps(y, |k| k) / 10.0);
        let bends = of_rows(&|y| of_steps(y, |k| k * k - 2.0) / 14.0);
        let means: Vec<f64> = (0..5).map(|k| mean(&bits.iter().map(|y| y[k]).collect::<Vec<_>>())).collect();
        let best = (1..5).fold(0, |best, k| if means[k] > means[best] { k } else { best });
        let most = means[best];
        let bend = mean(&bends);
        let turns = bend < 0.0;
        #[expect(clippy::cast_precision_loss, reason = "one of five sizes")]
        let highest = best as f64 - f64::from(ASIDE);
        let end = f64::from(ASIDE);
        let top = if turns { (-0.5 * mean(&slopes) / bend).clamp(-end, end) } else { highest };
        let place = Interval::of_ratio(&slopes, &bends).and_then(|ratio| standard_error(&ratio));
        let miss = place.filter(|_| turns).map_or(f64::INFINITY, |error| -bend * 0.25 * error * error / most);
        let gain = |k: usize| {
            let gains: Vec<f64> = bits.iter().map(|y| y[k] - y[best]).collect();
            let gain = Interval::of(&gains);
            gain.and_then(|gain| Some(gain.mean + 1.5 * standard_error(&gain)?)).unwrap_or(f64::INFINITY)
        };
        // what no parabola has: third and fourth differences
        let third = of_rows(&|y| y[4] - y[0] - 2.0 * (y[3] - y[1]));
        let fourth = of_rows(&|y| y[4] + y[0] - 4.0 * (y[3] + y[1]) + 6.0 * y[2]);
        let is_misfit = [third, fourth].iter().any(|differences| {
            let error = Interval::of(differences).and_then(|interval| standard_error(&interval));
            error.is_some_and(|error| mean(differences).abs() > (2.5 * error).max(1e-9 * most))
        });
        let open = (0..5).filter(|k| *k != best).map(gain).fold(0.0, f64::max) / most;
        Some(Self { top, fall: -bend * end * end / most, miss, open, is_misfit })
    }
}

impl Window {
    /// By which share of the bits another size may yield more, in 19 of 20 cases: four times the
    /// expected miss, since the square of a normal number is below four that often; or what the
    /// sizes themselves leave open.
    pub fn shortfall(&self) -> f64 {
        if self.is_misfit { self.open } else { (4.0 * self.miss).min(self.open) }
    }
}

#[expect(clippy::cast_precision_loss, reason = "replicates are few")]
fn standard_error(interval: &Interval) -> Option<f64> {
    Some(interval.sd? / (interval.n as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of a parabola at the five steps, with a level of each replicate's own.
    fn parabola(top: f64, bend: f64, level: f64) -> [f64; 5] {
        [-2.0, -1.0, 0.0, 1.0, 2.0].map(|k: f64| level + bend * (k - top) * (k - top))
    }

    #[test]
    fn a_parabola_is_found_again_whatever_the_level_of_a_replicate() {
        let bits = [90.0, 100.0, 110.0].map(|level| parabola(0.7, -3.0, level));
        let window = Window::of(&bits).unwrap();
        assert!((window.top - 0.7).abs() < 1e-12, "{window:?}");
        assert!(window.miss < 1e-20, "{window:?}");
        // the best of the five is at step 1
        let most = 100.0 - 3.0 * 0.09;
        assert!((window.fall - 12.0 / most).abs() < 1e-12, "{window:?}");
        assert!(window.open.abs() < 1e-12, "{window:?}");
    }

    #[test]
    fn the_miss_is_the_curvature_times_the_variance_of_the_top() {
        // tops half a step to both sides: the standard error of the mean of two is a half
        let window = Window::of(&[parabola(-0.5, -4.0, 100.0), parabola(0.5, -4.0, 100.0)]).unwrap();
        assert!(window.top.abs() < 1e-12, "{window:?}");
        assert!((window.miss - 4.0 * 0.25 / 99.0).abs() < 1e-9, "{window:?}");
    }

    #[test]
    fn what_rises_throughout_points_to_its_end() {
        let window = Window::of(&[[100.0, 110.0, 121.0, 133.0, 147.0]; 3]).unwrap();
        assert!((window.top - 2.0).abs() < 1e-12 && window.miss.is_infinite(), "{window:?}");
        assert!(Window::of(&[]).is_none());
    }

    #[test]
    fn a_cliff_is_misfit_and_a_parabola_is_not() {
        let cliff = |level: f64| [80.0, 90.0, 100.0, 60.0, 20.0].map(|bits| bits + level);
        assert!(Window::of(&[cliff(0.0), cliff(1.0)]).unwrap().is_misfit);
        assert!(!Window::of(&[parabola(0.7, -3.0, 90.0), parabola(0.2, -3.0, 95.0)]).unwrap().is_misfit);
    }
}
