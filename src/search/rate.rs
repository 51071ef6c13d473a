//! The learning rate, chosen by tuning replicates: by steps of a factor, then against rates far away. Knows
//! nothing of reports.

use super::replay::{BITS, MOST_DRAWS, Pending, Race, Replay, Worth, mean};
use super::size::SIZE_DRAWS;
use crate::science::analysis::interval::Interval;
use crate::spec::search::{Setting, TUNING};

/// Replicates to begin with.
const RATE_DRAWS: u64 = 2;
/// Moves along an axis before the search gives up.
const MOST_MOVES: u32 = 12;
/// The factor between a rate and those far away. Where neighbours hardly differ, what they gain adds up.
const FAR: f64 = 4.0;
/// The size at which rates are compared whose data are nearly all held, a factor.
const LARGER: f64 = 1.19;
/// Replicates of rates far away to begin with.
const FAR_DRAWS: u64 = 6;

impl Replay<'_> {
    /// The best learning rate at these multiples of a size together, in steps of a factor as
    /// long as they help.
    pub(super) fn tune_rate(
        &mut self,
        at: Setting,
        worth: Worth,
        sizes: &[f64],
        factor: f64,
    ) -> Result<Setting, Pending> {
        let with = |rate: f64| at.with_rate(rounded(rate));
        // where everything fits, ever larger rates gain ever less: that is no better
        let is_rough = factor > 2.0;
        let enough = [1.0 + self.effort.tolerance / if is_rough { 3.0 } else { 30.0 }; 3];
        let precision = if is_rough { 0.1 } else { self.effort.tolerance };
        // beyond what all hold, the replicates that chose the size are those that tell rates apart
        let is_beyond = sizes.iter().all(|ratio| *ratio > 1.0);
        let draws = if is_rough || is_beyond { SIZE_DRAWS } else { RATE_DRAWS };
        let race = Race { worth, sizes, draws, precision, enough: &enough };
        let mut best = at;
        for _ in 0..MOST_MOVES {
            if self.is_hurried() {
                break;
            }
            let rate = best.learning_rate();
            let reason = format!("tunes the learning rate at {} samples, around {rate}", at.samples);
            let found = self.choose(&[best, with(rate / factor), with(rate * factor)], &race, &reason)?;
            if found == best {
                break;
            }
            best = found;
        }
        Ok(best)
    }

    /// A rate far away that yields more than that of a setting, beyond doubt. If there is none,
    /// `rate_shortfall` says how much more one may yield. Where nearly all data are held rates are
    /// compared at a larger size: at this one they could not differ.
    pub fn better_rate(&mut self, at: Setting) -> Result<Option<Setting>, Pending> {
        if !self.compares_far {
            return Ok(None);
        }
        let far = [1.0 / FAR, FAR].map(|factor| at.with_rate(rounded(at.learning_rate() * factor)));
        let size = if self.is_held(at) { LARGER } else { 1.0 };
        let all = [at, far[0], far[1]].map(|setting| setting.scaled(size));
        let mut draws = FAR_DRAWS;
        while draws <= MOST_DRAWS {
            let race = Race { worth: BITS, sizes: &[1.0], draws, precision: 0.0, enough: &[] };
            let has_room = self.may_tune(&all, draws) && self.has_room(&all, &race, &[draws; 3]);
            if !has_room || !all.iter().all(|setting| self.ask(*setting, TUNING..TUNING + draws)) {
                break;
            }
            let rate = at.learning_rate();
            self.settle(&format!(
                "compares the learning rate {rate} with rates far away, {draws} replicates"
            ))?;
            let [own, less, more] = all.map(|setting| self.worths(setting, TUNING..TUNING + draws, BITS));
            let (Some(less), Some(more)) = (Gain::of(&less, &own), Gain::of(&more, &own)) else { break };
            let (best, gain) = if less.mean > more.mean { (far[0], less) } else { (far[1], more) };
            let open = [less, more].iter().map(|gain| gain.mean + 1.5 * gain.error).fold(0.0, f64::max);
            self.rate_shortfall = Some((at, open));
            if gain.mean > 2.0 * gain.error && gain.mean > self.effort.tolerance / 6.0 {
                return Ok(Some(best));
            }
            if open <= self.effort.tolerance / 3.0 {
                break;
            }
            draws *= 2;
        }
        Ok(None)
    }
}

/// What a setting yields more than another on the same replicates, as a share.
#[derive(Debug, Clone, Copy)]
struct Gain {
    mean: f64,
    /// Standard error.
    error: f64,
}

impl Gain {
    /// `None` where the other holds nothing: then there are no shares of it.
    #[expect(clippy::cast_precision_loss, reason = "replicates are few")]
    fn of(bits: &[f64], own: &[f64]) -> Option<Self> {
        let gains: Vec<f64> = bits.iter().zip(own).map(|(bits, own)| bits - own).collect();
        let sd = Interval::of(&gains)?.sd?;
        let of = Some(mean(own)).filter(|of| *of > 0.0)?;
        Some(Self { mean: mean(&gains) / of, error: sd / (gains.len() as f64).sqrt() / of })
    }
}

/// Three digits of a learning rate: a factor and back is the same rate again.
fn rounded(rate: f64) -> f64 {
    format!("{rate:.2e}").parse().unwrap_or(rate)
}
