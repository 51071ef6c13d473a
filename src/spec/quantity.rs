//! Quantities that a claim may name besides those of estimators.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Makes a closed list of quantities with their names.
macro_rules! quantities {
    ($(#[$meta:meta])* $name:ident { $($variant:ident $text:literal $doc:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        pub enum $name {
            $(#[doc = $doc] #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// All of them, in the order in which they are listed.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name in JSON and CSV.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The quantity of this name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|quantity| quantity.name() == name)
            }
        }
    };
}

quantities! {
    /// Exactly known bits of a dataset.
    LedgerQuantity {
        Structure "structure_bits" "Bits explained by the rule of the source.",
        Noise "noise_bits" "Bits that no rule explains: they can only be memorized.",
        Dataset "dataset_bits" "Information content of the dataset, in bits.",
    }
}

quantities! {
    /// Quantities of the capacity analysis.
    CapacityQuantity {
        Bits "bits" "Memorized bits at the peak.",
        BitsPerParameter "bits_per_parameter" "Memorized bits at the peak, divided by the number of trainable parameters.",
        LosslessSamples "lossless_samples" "Largest number of samples that at least half of the replicates learn without error.",
        PeakDatasetBits "peak_dataset_bits" "Information content of the dataset at the peak, in bits.",
    }
}

quantities! {
    /// Quantities of the linear fit of capacity against the number of parameters.
    ScalingQuantity {
        BitsPerParameter "bits_per_parameter" "Slope of the fit: capacity in bits per additional parameter.",
        Exponent "exponent" "Slope of log bits on log parameters: 1 where bits are proportional to parameters.",
        RSquared "r_squared" "Fraction of the variance that the linear fit explains.",
    }
}

quantities! {
    /// Gaps between training and independent data.
    Gap {
        GeneralizationGap "generalization_gap_bits" "Test minus training cross-entropy, in bits/sample.",
        RecalibratedGap "recalibrated_gap_bits" "The same after recalibration of one temperature, in bits/sample.",
        OwnTemperatureGap "own_temperature_gap_bits" "The same, each side at the one temperature that fits it, in bits/sample.",
        Error "error_gap" "Test minus training error rate.",
        TestError "test_error" "Test error rate alone: it shares nothing with the bits.",
        RecalibratedTest "recalibrated_test_cross_entropy_bits" "Test cross-entropy after recalibration alone, in bits/sample.",
        Optimism "optimism_bits" "Code length of fresh targets at the training inputs minus that of the training targets, in bits/sample.",
    }
}

quantities! {
    /// Bits at which knobs are matched.
    MatchedBits {
        Noise "noise_bits" "Noise bits as the network's own probabilities code them.",
        Recalibrated "noise_bits_recalibrated" "Noise bits at the one temperature that fits best.",
        Hard "noise_bits_hard" "Noise bits from errors alone.",
        Assisted "noise_bits_assisted" "Noise bits by the network blended with the rule.",
        LikelihoodRatio "noise_bits_likelihood_ratio" "The same, and with networks trained on other targets.",
        Strongest "noise_bits_strongest" "Noise bits by the decoder that reads most in the other replicates.",
        Layer "layer_bits_low" "Bits through a layer, from below.",
    }
}

quantities! {
    /// Quantities whose maximum along the samples axis is located.
    PeakQuantity {
        TestCrossEntropy "test_cross_entropy_bits" "Cross-entropy on independent data, in bits/sample.",
        GeneralizationGap "generalization_gap_bits" "Test minus training cross-entropy, in bits/sample.",
        RecalibratedTestCrossEntropy "recalibrated_test_cross_entropy_bits" "The same after recalibration of one temperature.",
        Noise "noise_bits" "Bits of the noise in the training data that the network memorized.",
    }
}

impl Gap {
    /// Unit of the gap.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Error | Self::TestError => "fraction",
            _ => "bits/sample",
        }
    }
}

/// The quantity that decides a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimedQuantity {
    /// A quantity of an estimator.
    Measured(String),
    /// An exactly known property of the cell's dataset.
    Ledger(LedgerQuantity),
    /// A quantity of each estimated capacity.
    Capacity(CapacityQuantity),
    /// A quantity of each fit of capacity against parameters.
    Scaling(ScalingQuantity),
    /// The standard deviation of a gap between knobs at matched bits, over that between
    /// replicates.
    Regularization(Gap, MatchedBits),
    /// The largest difference of a gap between two knobs at matched bits.
    Axis(Gap, MatchedBits),
    /// The dataset bits at which a quantity is largest, over the network's capacity.
    PeakOverCapacity(PeakQuantity),
}

impl ClaimedQuantity {
    /// The quantity of this name; a name that is none of the lists' is taken for one of an estimator.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let known = name.split_once('.').and_then(|(of, name)| match of {
            "ledger" => LedgerQuantity::named(name).map(Self::Ledger),
            "capacity" => CapacityQuantity::named(name).map(Self::Capacity),
            "scaling" => ScalingQuantity::named(name).map(Self::Scaling),
            "regularization" => matched(name).map(|(gap, bits)| Self::Regularization(gap, bits)),
            "axis" => matched(name).map(|(gap, bits)| Self::Axis(gap, bits)),
            "peak_over_capacity" => PeakQuantity::named(name).map(Self::PeakOverCapacity),
            _ => None,
        });
        known.unwrap_or_else(|| Self::Measured(name.to_owned()))
    }

    /// Whether the quantity belongs to an analysis over cells, not to a single cell.
    #[must_use]
    pub fn is_of_analysis(&self) -> bool {
        !matches!(self, Self::Measured(_) | Self::Ledger(_))
    }
}

/// A gap, and after an `@` the bits at which it is matched.
fn matched(name: &str) -> Option<(Gap, MatchedBits)> {
    let (gap, bits) = name.split_once('@').unwrap_or((name, MatchedBits::Noise.name()));
    Gap::named(gap).zip(MatchedBits::named(bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_json() {
        for gap in Gap::ALL {
            assert_eq!(serde_json::to_value(gap).unwrap(), gap.name());
            assert_eq!(Gap::named(gap.name()), Some(*gap));
        }
        assert_eq!(
            ClaimedQuantity::named("regularization.error_gap"),
            ClaimedQuantity::Regularization(Gap::Error, MatchedBits::Noise)
        );
        assert_eq!(
            ClaimedQuantity::named("axis.error_gap@layer_bits_low"),
            ClaimedQuantity::Axis(Gap::Error, MatchedBits::Layer)
        );
        assert_eq!(
            ClaimedQuantity::named("axis.error_gap@nothing"),
            ClaimedQuantity::Measured("axis.error_gap@nothing".to_owned())
        );
        assert_eq!(
            ClaimedQuantity::named("capacity.nothing"),
            ClaimedQuantity::Measured("capacity.nothing".to_owned())
        );
        assert!(!ClaimedQuantity::named("ledger.noise_bits").is_of_analysis());
    }
}
