//! Decoders: rules that read targets from a trained network, and what each pays.
//!
//! Each gives the length of a code of the targets to someone who has the network, the inputs and
//! the distribution. Knows nothing of how the network was trained. Definitions:
//! `docs/math/decoders.md`.

mod assisted;
mod blend;
mod given;
mod hard;
mod likelihood_ratio;
mod newton;
mod raw;
mod recalibrated;

use crate::science::bits::{Bits, Nats};
pub use given::Given;

/// A rule that reads targets from a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decoder {
    /// The probabilities that the network states.
    Raw,
    /// The same at the one temperature that fits the targets best.
    Recalibrated,
    /// The most probable symbols alone.
    Hard,
    /// The network's probabilities blended with those of the rule's best predictor.
    Assisted,
    /// The same, and with the mean of networks that were trained on other targets of the same
    /// inputs.
    LikelihoodRatio,
}

impl Decoder {
    /// All of them; of equal means the first is chosen.
    pub const ALL: [Self; 5] =
        [Self::Raw, Self::Recalibrated, Self::Hard, Self::Assisted, Self::LikelihoodRatio];

    /// The name in results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Recalibrated => "recalibrated",
            Self::Hard => "hard",
            Self::Assisted => "assisted",
            Self::LikelihoodRatio => "likelihood_ratio",
        }
    }

    /// The quantity of the bits that it reads against the prior, before its cost. A decoder that
    /// knows the rule is none of these.
    #[must_use]
    pub const fn memorized_bits(self) -> Option<&'static str> {
        match self {
            Self::Raw => Some("memorized_bits"),
            Self::Recalibrated => Some("memorized_bits_recalibrated"),
            Self::Hard => Some("memorized_bits_hard"),
            Self::Assisted | Self::LikelihoodRatio => None,
        }
    }

    /// The quantity of the bits that it reads against the rule's best predictor, after its cost.
    #[must_use]
    pub const fn noise_bits(self) -> &'static str {
        match self {
            Self::Raw => "noise_bits",
            Self::Recalibrated => "noise_bits_recalibrated",
            Self::Hard => "noise_bits_hard",
            Self::Assisted => "noise_bits_assisted",
            Self::LikelihoodRatio => "noise_bits_likelihood_ratio",
        }
    }

    /// Bits that say what was fitted to `n` symbols or numbers themselves: half of log2 n for a
    /// constant (Rissanen 1984), log2(n + 1) for a number of errors.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    pub fn cost(self, n: usize, has_noisy_rule: bool) -> Bits {
        let constants = match self {
            Self::Raw => 0.0,
            Self::Recalibrated => 1.0,
            Self::Hard => return Bits(libm::log2(n as f64 + 1.0)),
            Self::Assisted => 2.0,
            Self::LikelihoodRatio => 2.0 + f64::from(has_noisy_rule),
        };
        Bits(0.5 * constants * libm::log2(n.max(1) as f64))
    }

    /// Length of the code of all targets, before the cost. `None` where the decoder is none for
    /// such predictions or such a source.
    #[must_use]
    pub fn code(self, given: &Given) -> Option<Nats> {
        match self {
            Self::Raw => Some(raw::code(given)),
            Self::Recalibrated => recalibrated::code(given),
            Self::Hard => hard::code(given),
            Self::Assisted => assisted::code(given),
            Self::LikelihoodRatio => likelihood_ratio::code(given),
        }
    }

    /// Bits by which the code is shorter than that of the prior, before the cost. Of a temperature
    /// never below 0: one of its values says that the network is not to be asked.
    #[must_use]
    pub fn memorized(self, given: &Given) -> Option<Bits> {
        self.memorized_bits()?;
        let prior = Bits::from(given.distribution.prior_cross_entropy(given.dataset));
        let saved = prior - Bits::from(self.code(given)?);
        Some(if self == Self::Recalibrated { Bits(saved.0.max(0.0)) } else { saved })
    }

    /// [`Decoder::memorized`] after the cost.
    #[must_use]
    pub fn memorized_paid(self, given: &Given) -> Option<Bits> {
        Some(self.memorized(given)? - self.paid(given))
    }

    /// Bits by which the code is shorter than that of the rule's best predictor, after the cost.
    #[must_use]
    pub fn noise(self, given: &Given) -> Option<Bits> {
        let bayes = Bits::from(given.distribution.bayes_cross_entropy(given.dataset));
        Some(bayes - Bits::from(self.code(given)?) - self.paid(given))
    }

    fn paid(self, given: &Given) -> Bits {
        let n = given.dataset.len() * given.dataset.targets.shape().width();
        self.cost(n, given.distribution.has_noisy_rule())
    }
}

#[cfg(test)]
mod tests;
