//! Latent noise: a code that carries a chosen number of bits.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Channel, Restriction};
use crate::science::bits::Bits;
use crate::science::family::Item;
use crate::science::injection::{RateRule, Site};
use crate::science::kernel::isa::Isa;
use crate::science::kernel::normal::add_normal;
use crate::science::seed::Stream;

/// Noise on the code in the middle of a network, in exactly one of three ways.
///
/// - `scale`: normal noise of a fixed standard deviation on the code of an
///   `autoencoder`, in training only.
/// - `rate_weight`: a `vae` learns its own noise, and its rate is weighted by this
///   in the loss (Higgins et al. 2017).
/// - `target_bits`: the weight is a Lagrange multiplier that holds the mean rate of
///   a `vae` at so many bits per sample (Alemi et al. 2018). That it holds says that the
///   controller works: how much of it is information, the estimator `layer_information`
///   says, and more than log2 N bits tell nothing of N samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct LatentNoise {
    /// Standard deviation of fixed noise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 0.0, max = 1000.0), custom(exactly_one(self.rate_weight, self.target_bits)))]
    pub scale: Option<f64>,
    /// Weight of the rate in the loss; 1 is the usual evidence bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 0.0, max = 1_000_000.0))]
    pub rate_weight: Option<f64>,
    /// Mean rate in bits per sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 0.001, max = 1_000_000.0))]
    pub target_bits: Option<f64>,
}

fn exactly_one(weight: Option<f64>, target: Option<f64>) -> impl FnOnce(&Option<f64>, &()) -> garde::Result {
    move |scale, ()| {
        let stated = [*scale, weight, target].iter().flatten().count();
        if stated == 1 {
            return Ok(());
        }
        Err(garde::Error::new("exactly one of scale, rate_weight and target_bits must be stated"))
    }
}

impl Item for LatentNoise {
    const SUMMARY: &'static str =
        "a code of fixed noise, of a weighted rate, or held at a rate in bits (Alemi et al. 2018)";

    fn example() -> Self {
        Self { scale: None, rate_weight: None, target_bits: Some(2.0) }
    }
}

impl Restriction for LatentNoise {
    fn site(&self) -> Option<Site> {
        Some(if self.scale.is_some() { Site::Latent } else { Site::Rate })
    }

    #[expect(clippy::cast_possible_truncation, reason = "training is in f32")]
    fn latent(&self, isa: Isa, stream: &mut Stream, code: &mut [f32]) {
        add_normal(isa, stream, self.scale.unwrap_or_default() as f32, code);
    }

    fn channel(&self, _branch: Option<(usize, usize)>) -> Option<Channel> {
        self.scale.map(|sd| Channel::Sum { sd })
    }

    fn rate(&self) -> Option<RateRule> {
        let weighted = self.rate_weight.map(RateRule::Weighted);
        weighted.or_else(|| self.target_bits.map(|bits| RateRule::Target(Bits(bits))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_way_must_be_chosen() {
        let make = |scale, rate_weight, target_bits| LatentNoise { scale, rate_weight, target_bits };
        for good in [make(Some(0.5), None, None), make(None, Some(4.0), None), make(None, None, Some(2.0))] {
            assert!(good.validate().is_ok());
        }
        for bad in
            [make(None, None, None), make(Some(0.5), None, Some(2.0)), make(None, Some(1.0), Some(1.0))]
        {
            assert!(bad.validate().unwrap_err().to_string().contains("exactly one"));
        }
    }
}
