//! Decisions: which answers a number can give to a claim, and with which chance of being wrong.

use super::number::Number;
use crate::evaluation::holds::Holds;
use crate::science::analysis::evidence::Evidence;
use crate::science::analysis::student::student_quantile;
use crate::science::estimator::Bound;
use crate::spec::claim::{About, Claim, Relation};

/// A claim with the number that is to decide it.
pub(super) struct Question<'a> {
    pub(super) claim: &'a Claim,
    pub(super) evidence: &'a Evidence,
    /// What the claim is about.
    pub(super) about: About,
    /// What the number bounds, as far as it matters for the claim; `None` where it bounds nothing:
    /// a difference, a ratio or a slope of bounds.
    pub(super) bound: Option<Bound>,
}

/// What a number says of a claim.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Decision {
    /// A number that is known exactly.
    Exact(Holds),
    /// Nothing can be decided with such a number.
    Undecidable(Why),
    /// Chances of such replicates where the claim does not hold (small: yes), and where it does
    /// (small: no).
    Tested { yes: f64, no: f64, sides: Sides },
}

/// Why nothing can be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// There is no number.
    NoNumber,
    /// There is no interval; the evidence knows why.
    NoInterval,
    /// Differences, ratios and slopes of bounds bound nothing.
    BoundsNothing,
}

/// Which interval a decision rests on, for a chance `a` of being wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sides {
    /// Two-sided at `a`: the claim may turn out either way.
    Both,
    /// Two-sided at `2 a`: two one-sided tests, each at `a` (Schuirmann 1987).
    Equivalence,
    /// The lower end alone: the number is a lower bound.
    Low,
    /// The upper end alone: the number is an upper bound.
    High,
}

impl<'a> Question<'a> {
    pub(super) fn of(claim: &'a Claim, number: &'a Number) -> Self {
        let about = claim.about.unwrap_or(if number.compares { About::Statistic } else { About::Truth });
        let bound = match (about, number.bound) {
            (About::Statistic, _) | (_, Bound::Exact | Bound::Null) => Some(Bound::Exact),
            (About::Truth, bound) => (!number.compares).then_some(bound),
        };
        Self { claim, evidence: &number.evidence, about, bound }
    }

    /// The values that the claim allows.
    pub(super) fn allowed(&self) -> (f64, f64) {
        let Claim { expected, tolerance, .. } = self.claim;
        match self.claim.relation {
            Relation::Equal => (expected - tolerance, expected + tolerance),
            Relation::AtMost => (f64::NEG_INFINITY, expected + tolerance),
            Relation::AtLeast => (expected - tolerance, f64::INFINITY),
        }
    }

    pub(super) fn decide(&self) -> Decision {
        let (least, most) = self.allowed();
        if let Evidence::Exact(value) = *self.evidence {
            let holds = if (least..=most).contains(&value) { Holds::Yes } else { Holds::No };
            return Decision::Exact(holds);
        }
        let Some(bound) = self.bound else { return Decision::Undecidable(Why::BoundsNothing) };
        if self.evidence.value().is_none() {
            return Decision::Undecidable(Why::NoNumber);
        }
        let chances = match bound {
            Bound::Exact | Bound::Null => self.of_the_number(least, most),
            Bound::Lower => self.of_a_bound(Sides::Low, least, most),
            Bound::Upper => self.of_a_bound(Sides::High, least, most),
        };
        chances.unwrap_or(Decision::Undecidable(Why::NoInterval))
    }

    /// The claim is about the number itself: it may be shown or refuted.
    fn of_the_number(&self, least: f64, most: f64) -> Option<Decision> {
        let below = |x: f64| if x.is_finite() { self.evidence.p_at_least(x) } else { Some(1.0) };
        let above = |x: f64| if x.is_finite() { self.evidence.p_at_most(x) } else { Some(1.0) };
        let outside = (2.0 * below(least)?.min(above(most)?)).min(1.0);
        let tested = |yes, sides| Decision::Tested { yes, no: outside, sides };
        Some(match self.claim.relation {
            Relation::Equal => {
                let inside = above(least)?.max(below(most)?);
                tested(inside, if inside <= outside { Sides::Equivalence } else { Sides::Both })
            }
            Relation::AtLeast => tested((2.0 * above(least)?).min(1.0), Sides::Both),
            Relation::AtMost => tested((2.0 * below(most)?).min(1.0), Sides::Both),
        })
    }

    /// The claim is about what the number bounds: one direction alone can be shown.
    fn of_a_bound(&self, sides: Sides, least: f64, most: f64) -> Option<Decision> {
        let beyond = |x: f64| match sides {
            Sides::Low => self.evidence.p_at_most(x),
            _ => self.evidence.p_at_least(x),
        };
        let is_lower = sides == Sides::Low;
        let (yes, no) = match (self.claim.relation, is_lower) {
            (Relation::AtLeast, true) => (beyond(least)?, 1.0),
            (Relation::AtMost, false) => (beyond(most)?, 1.0),
            (_, true) => (1.0, beyond(most)?),
            (_, false) => (1.0, beyond(least)?),
        };
        Some(Decision::Tested { yes, no, sides })
    }

    /// Whether a number of this kind could ever show that the claim holds.
    pub(super) fn can_be_shown(&self) -> bool {
        let relation = self.claim.relation;
        match self.bound {
            Some(Bound::Lower) => relation == Relation::AtLeast,
            Some(Bound::Upper) => relation == Relation::AtMost,
            Some(_) => true,
            None => false,
        }
    }

    /// About how many replicates more decide the claim with a chance of 80 %, if mean and spread
    /// are what they are here: `n = ((t + .84) sd / distance)^2`.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rough count below a million"
    )]
    pub(super) fn more_replicates(&self, alpha: f64) -> Option<u64> {
        const POWER_80: f64 = 0.841_621_233_572_914_3;
        const MOST: f64 = 1e6;
        let Evidence::Mean(interval) = self.evidence else { return None };
        let (sd, (least, most)) = (interval.sd?, self.allowed());
        let is_inside = (least..=most).contains(&interval.mean);
        let decides = if is_inside { self.can_be_shown() } else { self.can_be_refuted(interval.mean) };
        if interval.no_interval.is_some() || !decides {
            return None;
        }
        let distance = (interval.mean - least).abs().min((interval.mean - most).abs());
        let quantile = student_quantile(1.0 - 0.5 * alpha, 1000) + POWER_80;
        let needed = (quantile * sd / distance) * (quantile * sd / distance);
        let more = (needed - interval.n as f64).max(1.0);
        (more <= MOST).then_some(more.ceil() as u64)
    }

    /// Whether such a number outside of what is allowed could ever refute the claim.
    fn can_be_refuted(&self, value: f64) -> bool {
        let (least, most) = self.allowed();
        match self.bound {
            Some(Bound::Lower) => value > most,
            Some(Bound::Upper) => value < least,
            Some(_) => true,
            None => false,
        }
    }
}

impl Decision {
    /// The smaller of its chances of being wrong; `None` where nothing is tested.
    pub(super) fn p(&self) -> Option<f64> {
        match self {
            Self::Tested { yes, no, .. } => Some(yes.min(*no)),
            _ => None,
        }
    }

    /// The answer at a level that is corrected for all verdicts of the job.
    pub(super) fn holds(&self, level: Option<super::Level>) -> Holds {
        match self {
            Self::Exact(holds) => *holds,
            Self::Tested { yes, no, .. } if level.is_some_and(|level| level.is_decided) => {
                if yes <= no {
                    Holds::Yes
                } else {
                    Holds::No
                }
            }
            Self::Undecidable(_) | Self::Tested { .. } => Holds::Open,
        }
    }

    /// The interval that leaves or enters what is allowed exactly where the claim is decided.
    pub(super) fn interval(&self, evidence: &Evidence, alpha: f64) -> Option<(f64, f64)> {
        let Self::Tested { sides, .. } = self else { return None };
        match sides {
            Sides::Both => evidence.ends(alpha),
            Sides::Equivalence => evidence.ends(2.0 * alpha),
            Sides::Low => evidence.ends(2.0 * alpha).map(|ends| (ends.0, f64::INFINITY)),
            Sides::High => evidence.ends(2.0 * alpha).map(|ends| (f64::NEG_INFINITY, ends.1)),
        }
    }
}

#[cfg(test)]
mod tests;
