//! The size at which most is memorized, chosen by tuning replicates: roughly by steps of a ratio,
//! then by a parabola through many sizes. Knows nothing of learning rates and reports.

use super::replay::{BITS, MOST_DRAWS, Pending, Race, Replay, mean};
use super::window::{ASIDE, Window};
use crate::spec::search::{Setting, TUNING};

/// Replicates of a size to begin with.
pub(super) const SIZE_DRAWS: u64 = 3;
/// Replicates of a size where some networks hold all their data and others fail: fewer would miss
/// those that fail.
const CLIFF_DRAWS: u64 = 12;
/// Moves along an axis before the search gives up.
const MOST_MOVES: u32 = 12;
const MOST_WINDOWS: usize = 24;
/// Sizes lie on a grid of so many steps an octave.
const OCTAVE: i32 = 64;
/// Steps of the grid between the sizes of the widest window: a factor of 2^(1/4).
const WIDEST: i32 = OCTAVE / 4;
/// Where the bits fall by more than this share within half a window it is too wide for a parabola.
const STEEP: f64 = 0.25;

impl Replay<'_> {
    /// The size of the peak: where a parabola in ln N through all tuning replicates of five
    /// sizes is highest. The window of sizes moves until it holds its top, narrows until a parabola
    /// describes it, and gets more replicates until the top is sure enough.
    pub fn best_size(&mut self, at: Setting) -> Result<Setting, Pending> {
        let (mut middle, mut step, mut draws) = (0, WIDEST, SIZE_DRAWS);
        let mut seen = Vec::new();
        // however wide the steps, what is best of what is known
        let mut best = at;
        loop {
            let sizes: Vec<Setting> = (-ASIDE..=ASIDE).map(|k| on_grid(at, middle + k * step)).collect();
            let Some(window) = self.window(&sizes, draws)? else { return Ok(best) };
            #[expect(clippy::cast_possible_truncation, reason = "at most two steps")]
            let moved = middle + window.top.round() as i32 * step;
            best = on_grid(at, 0).scaled(octaves(f64::from(middle) + window.top * f64::from(step)));
            self.shortfall = Some((best, window.shortfall()));
            if moved != middle && !seen.contains(&(moved, step)) && seen.len() < MOST_WINDOWS {
                seen.push((middle, step));
                middle = moved;
            } else if window.fall > STEEP && self.can_narrow(best, step) {
                step /= 2;
            } else if draws < self.draws_enough(&sizes, draws, &window) {
                draws *= 2;
            } else if window.is_misfit && window.fall > self.effort.tolerance && self.can_narrow(best, step) {
                step /= 2;
            } else {
                return Ok(best);
            }
            if self.is_hurried() {
                return Ok(best);
            }
        }
    }

    /// Whether half the steps would still be wider than what matters, and than whole samples.
    #[expect(clippy::cast_precision_loss, reason = "sizes")]
    fn can_narrow(&self, at: Setting, step: i32) -> bool {
        let apart = octaves(f64::from(step / 2)) - 1.0;
        step > 1 && apart > 0.5 * self.effort.tolerance && apart * at.samples as f64 >= 2.0
    }

    /// What so many replicates of these sizes say; `None` where a size cannot be asked for.
    fn window(&mut self, sizes: &[Setting], draws: u64) -> Result<Option<Window>, Pending> {
        let race = Race { worth: BITS, sizes: &[1.0], draws, precision: 0.0, enough: &[] };
        let is_over = self.must_report(sizes[sizes.len() / 2]);
        if is_over || !self.has_room(sizes, &race, &vec![draws; sizes.len()]) {
            return Ok(None);
        }
        for size in sizes {
            if !self.ask(*size, TUNING..TUNING + draws) {
                return Ok(None);
            }
        }
        let middle = sizes[sizes.len() / 2].samples;
        self.settle(&format!("fits the peak by {draws} replicates of sizes around {middle} samples"))?;
        let bits: Vec<Vec<f64>> =
            sizes.iter().map(|size| self.worths(*size, TUNING..TUNING + draws, BITS)).collect();
        let of_replicate = |r: usize| std::array::from_fn(|k| bits[k][r]);
        let rows: Vec<[f64; 5]> = (0..bits[0].len()).map(of_replicate).collect();
        Ok(Window::of(&rows))
    }

    /// Replicates that a window needs at least.
    fn draws_enough(&self, sizes: &[Setting], draws: u64, window: &Window) -> u64 {
        let all = sizes.iter().flat_map(|size| self.draws(*size, TUNING..TUNING + draws)).flatten();
        let some_hold = all.into_iter().any(|draw| draw.is_lossless());
        let is_sure =
            window.miss <= self.effort.tolerance / 6.0 || window.open <= self.effort.tolerance / 2.0;
        match (is_sure, some_hold) {
            (false, _) => MOST_DRAWS,
            (true, true) => CLIFF_DRAWS,
            (true, false) => SIZE_DRAWS,
        }
    }

    /// The size of the peak in steps of a ratio, as long as they help.
    pub fn climb(&mut self, at: Setting, ratio: f64) -> Result<Setting, Pending> {
        let mut best = at;
        for _ in 0..MOST_MOVES {
            let reason =
                format!("locates the peak around {} samples, by a factor of {ratio:.2}", best.samples);
            let [_, below, above] = around(best, ratio);
            let mut settings = vec![best];
            // a larger size costs more: it must be worth it
            let mut enough = vec![1.0];
            if !self.is_ruled_out(below, best) {
                settings.push(below);
                enough.push(1.0);
            }
            settings.push(above);
            enough.push(1.0 + self.effort.tolerance / 5.0);
            // coarse steps need not be told apart finely
            let precision = f64::max(0.5 * self.effort.tolerance, 0.15 * (ratio - 1.0));
            let race = Race { worth: BITS, sizes: &[1.0], draws: SIZE_DRAWS, precision, enough: &enough };
            let found = self.choose(&settings, &race, &reason)?;
            if found == best || self.is_hurried() {
                return Ok(found);
            }
            best = found;
        }
        Ok(best)
    }

    /// Whether a smaller dataset has fewer bits than were memorized of a larger one: training on
    /// it could not be better.
    fn is_ruled_out(&self, smaller: Setting, larger: Setting) -> bool {
        let known = self.tuned(larger);
        !known.is_empty() && self.most_bits(smaller) <= mean(&known)
    }

    /// Bits of the tuning replicates that were looked at.
    pub fn tuned(&self, at: Setting) -> Vec<f64> {
        let all = TUNING..TUNING + MOST_DRAWS;
        let used = all.take_while(|r| self.used.contains(&(at, *r)) && self.is_known(at, *r)).count() as u64;
        self.worths(at, TUNING..TUNING + used, BITS)
    }
}

/// The size so many steps of the grid from another.
fn on_grid(at: Setting, steps: i32) -> Setting {
    at.scaled(octaves(f64::from(steps)))
}

/// The ratio of so many steps of the grid.
fn octaves(steps: f64) -> f64 {
    libm::exp2(steps / f64::from(OCTAVE))
}

/// A size and its neighbours below and above.
fn around(at: Setting, ratio: f64) -> [Setting; 3] {
    [at, at.scaled(1.0 / ratio), at.scaled(ratio)]
}
