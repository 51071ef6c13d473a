//! Reports of a search for capacity: fresh replicates at a frozen setting, at a larger size and with
//! twice the steps. Knows nothing of how the setting was chosen.

use std::f64::consts::SQRT_2;
use std::ops::Range;

use super::found::{Again, Peak};
use super::known::Draw;
use super::replay::{Pending, Replay};
use crate::science::analysis::capacity::{CONVERGED, Converged};
use crate::spec::search::{Setting, TUNING};

/// Replicates that are trained with twice the steps: first so many, then more while they do not
/// tell; only of the report that is returned more than 16.
const DOUBLED_DRAWS: [u64; 3] = [4, 8, 16];
const MOST_AGAIN: u64 = 64;
/// Most reported replicates, as a multiple of those asked for.
const ON_THE_WAY: u64 = 4;
const AT_THE_END: u64 = 32;
/// Share of its data that a network may lack and still be said to hold nearly all.
pub(super) const NEARLY_HELD: f64 = 2.0 * CONVERGED;

impl Replay<'_> {
    /// Fresh replicates at what is frozen now, more of them while their interval is too wide.
    pub fn fresh(&mut self, frozen: Setting, number: u64) -> Result<Peak, Pending> {
        let seeds = u64::from(self.job.common().seeds);
        let first = first_of(number);
        let (samples, rate) = (frozen.samples, frozen.learning_rate());
        self.is_reporting = true;
        let mut draws = seeds;
        loop {
            self.ask(frozen, first..first + draws);
            let reason =
                format!("reports {draws} replicates, frozen at {samples} samples and learning rate {rate}");
            self.settle(&reason)?;
            let report = self.draws(frozen, first..first + draws);
            // what was compared closely elsewhere says nothing of this setting
            let here = |compared: Option<(Setting, f64)>| {
                let (_, share) = compared.filter(|(at, share)| *at == frozen && share.is_finite())?;
                Some(share)
            };
            let peak = Peak {
                setting: frozen,
                shortfall: here(self.shortfall),
                rate_shortfall: here(self.rate_shortfall),
                report,
                beyond: None,
                doubled: None,
                once: None,
            };
            // where some fail and others hold all their data, a few replicates look surer than they are
            let hides_failures = match (peak.is_lossless(), peak.is_censored()) {
                (true, _) => draws < ON_THE_WAY * seeds && self.fails_nearby(frozen),
                (false, true) => true,
                (false, false) => draws < 2 * seeds && is_mixed(&peak),
            };
            let tolerance = self.effort.tolerance;
            let is_narrow = peak.relative_half_width().is_none_or(|half| half <= tolerance);
            let is_fine = !hides_failures && (is_narrow || peak.is_open_beyond(tolerance));
            if is_fine || draws >= ON_THE_WAY * seeds || !self.can_afford(frozen, draws + 4 * seeds) {
                return Ok(peak);
            }
            draws *= 2;
        }
    }

    /// The first of the replicates of a report at a larger size; and where they are worth less
    /// there, with twice the steps.
    pub fn check(&mut self, peak: &mut Peak, number: u64) -> Result<(), Pending> {
        let (first, seeds) = (first_of(number), u64::from(self.job.common().seeds));
        let larger = |ratio: f64| peak.setting.scaled(ratio);
        let sizes = if hardly_lacks(peak) {
            vec![larger(SQRT_2.sqrt().sqrt()), larger(SQRT_2.sqrt())]
        } else {
            vec![larger(if is_nearly_held(peak) { SQRT_2.sqrt() } else { SQRT_2 })]
        };
        for larger in sizes {
            let reason = format!("trains the same replicates at {} samples", larger.samples);
            peak.beyond = self.again(larger, first..first + seeds, &reason)?.or(peak.beyond.take());
            if rises(peak) {
                return Ok(());
            }
        }
        self.double(peak, first)
    }

    /// The first of the replicates of a report with twice the steps, more of them while they do not
    /// tell. Where hardly any data are lacking at the reported size, longer training can hardly add
    /// to it: it is tried at a larger one.
    fn double(&mut self, peak: &mut Peak, first: u64) -> Result<(), Pending> {
        let twice = peak.setting.with_twice_the_steps();
        let twice = if hardly_lacks(peak) { twice.scaled(SQRT_2.sqrt().sqrt()) } else { twice };
        let most = peak.report.len() as u64;
        for draws in DOUBLED_DRAWS.into_iter().filter(|draws| *draws <= most) {
            let reason =
                format!("trains the same replicates with twice the steps at {} samples", twice.samples);
            if !self.again_with(peak, twice, first..first + draws, &reason)?
                || peak.converged() != Converged::Undecided
            {
                break;
            }
        }
        Ok(())
    }

    /// Replicates of a report with twice the steps, and with the reported ones where the size is
    /// another. `false` where there is no room for them.
    fn again_with(
        &mut self,
        peak: &mut Peak,
        twice: Setting,
        draws: Range<u64>,
        reason: &str,
    ) -> Result<bool, Pending> {
        let once = twice.with_steps(peak.setting.steps);
        let is_other = once != peak.setting;
        let new = 3 * (draws.end - draws.start);
        if is_other && !self.can_afford(once, new) {
            return Ok(false);
        }
        if is_other && !self.ask(once, draws.clone()) {
            return Ok(false);
        }
        let Some(doubled) = self.again(twice, draws.clone(), reason)? else { return Ok(false) };
        peak.doubled = Some(doubled);
        peak.once = is_other.then(|| Again { setting: once, draws: self.draws(once, draws) });
        Ok(true)
    }

    /// More replicates of the report that is returned, while its interval is wider than asked for;
    /// and more of them at the larger size and with twice the steps while these do not tell.
    pub fn sharpen(&mut self, peak: &mut Peak, number: u64) -> Result<(), Pending> {
        self.is_reporting = true;
        let seeds = u64::from(self.job.common().seeds);
        while peak.relative_half_width().is_none_or(|half| half > self.effort.tolerance) {
            let is_hopeless = peak.is_lossless() || peak.is_open_beyond(self.effort.tolerance);
            if is_hopeless || !self.report_more(peak, number, AT_THE_END * seeds)? {
                break;
            }
        }
        loop {
            let trained = |again: &Option<Again>| again.as_ref().map_or(0, |again| again.draws.len() as u64);
            let (larger, twice) = (trained(&peak.beyond), trained(&peak.doubled));
            let falls = peak.fall().and_then(|fall| fall.lower_bound_95()).is_some_and(|bound| bound > 0.0);
            let more = if larger > 0 && !falls && !peak.is_lossless() && larger < MOST_AGAIN {
                larger
            } else if peak.converged() == Converged::Undecided && twice < MOST_AGAIN {
                twice
            } else {
                return Ok(());
            };
            if 2 * more > peak.report.len() as u64 && !self.report_more(peak, number, 2 * more)? {
                return Ok(());
            }
            let draws = first_of(number)..first_of(number) + 2 * more;
            let is_larger = more == larger && !falls && !peak.is_lossless();
            let at = if is_larger { &peak.beyond } else { &peak.doubled };
            let Some(at) = at.as_ref().map(|again| again.setting) else { return Ok(()) };
            let reason = format!(
                "trains {} of the replicates at {} samples, {} steps",
                2 * more,
                at.samples,
                at.steps
            );
            if is_larger {
                let Some(again) = self.again(at, draws, &reason)? else { return Ok(()) };
                peak.beyond = Some(again);
            } else if !self.again_with(peak, at, draws, &reason)? {
                return Ok(());
            }
        }
    }

    /// Twice as many replicates of a report, up to so many; `false` where there is no room for them.
    fn report_more(&mut self, peak: &mut Peak, number: u64, most: u64) -> Result<bool, Pending> {
        let (at, first, draws) = (peak.setting, first_of(number), 2 * peak.report.len() as u64);
        if draws > most || !self.can_afford(at, draws / 2) {
            return Ok(false);
        }
        self.ask(at, first..first + draws);
        self.settle(&format!("reports {draws} replicates, for a narrower interval"))?;
        peak.report = self.draws(at, first..first + draws);
        Ok(true)
    }

    /// Whether tuning replicates of sizes up to a tenth larger failed to hold all their data.
    fn fails_nearby(&self, at: Setting) -> bool {
        let like = |other: &Setting| other.steps == at.steps && *other == other.with_rate(at.learning_rate());
        let near = |other: &Setting| at.samples <= 2 * other.samples && other.samples * 10 <= at.samples * 11;
        let failed =
            |other: Setting, r: u64| self.draws(other, r..r + 1)[0].is_none_or(|draw| !draw.is_lossless());
        self.used.iter().any(|(other, r)| *r >= TUNING && like(other) && near(other) && failed(*other, *r))
    }

    /// Replicates of a report at another setting; `None` where there is no room for them.
    fn again(&mut self, at: Setting, draws: Range<u64>, reason: &str) -> Result<Option<Again>, Pending> {
        let new = draws.clone().filter(|r| !self.used.contains(&(at, *r))).count() as u64;
        if !self.can_afford(at, new) || !self.ask(at, draws.clone()) {
            return Ok(None);
        }
        self.settle(reason)?;
        Ok(Some(Again { setting: at, draws: self.draws(at, draws) }))
    }
}

/// Whether a larger size yields more, beyond doubt: chance alone must not drive a search to ever
/// larger sizes.
pub(super) fn rises(peak: &Peak) -> bool {
    peak.fall().and_then(|fall| fall.ci95_high).is_some_and(|high| high < 0.0)
}

/// The first replicate of a report: no other report sees the same ones.
fn first_of(number: u64) -> u64 {
    number << 16
}

/// Share of their data that the networks of a report lack.
fn lacking(peak: &Peak) -> f64 {
    let (mut bits, mut of) = (0.0, 0.0);
    for draw in peak.report.iter().flatten() {
        bits += draw.bits;
        of += draw.dataset_bits;
    }
    1.0 - bits / of
}

/// Whether the networks of a report lack so little that holding all would not be a raise to count.
fn hardly_lacks(peak: &Peak) -> bool {
    lacking(peak) <= CONVERGED / (1.0 + CONVERGED)
}

/// Whether the networks of a report hold nearly all of their data.
fn is_nearly_held(peak: &Peak) -> bool {
    lacking(peak) <= NEARLY_HELD
}

/// Whether some networks of a report hold all their data, and others do not.
fn is_mixed(peak: &Peak) -> bool {
    !peak.is_lossless() && peak.report.iter().flatten().any(Draw::is_lossless)
}
