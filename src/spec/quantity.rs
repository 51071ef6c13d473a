//! Quantities that a claim may name beside those of estimators, as types.

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
            /// All of them, in the order in which they are told.
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
    /// Bits of a dataset, exactly known.
    LedgerQuantity {
        Structure "structure_bits" "Bits that a rule accounts for.",
        Noise "noise_bits" "Bits that only memory can hold.",
        Dataset "dataset_bits" "All bits of a dataset.",
    }
}

quantities! {
    /// What a capacity is told by.
    CapacityQuantity {
        Bits "bits" "Bits at the peak.",
        BitsPerParameter "bits_per_parameter" "Bits at the peak over trainable parameters.",
        PeakDatasetBits "peak_dataset_bits" "Bits of the dataset at the peak.",
    }
}

quantities! {
    /// What the line through capacities is told by.
    ScalingQuantity {
        BitsPerParameter "bits_per_parameter" "Bits for each further parameter.",
        RSquared "r_squared" "Share of the variance that the line explains.",
    }
}

quantities! {
    /// What counts as a gap between training data and fresh data.
    Gap {
        GeneralizationGap "generalization_gap_bits" "Test less training cross-entropy.",
        RecalibratedGap "recalibrated_gap_bits" "The same after one-parameter recalibration.",
        Error "error_gap" "Test less training error.",
        Optimism "optimism_bits" "Excess of the cost on fresh targets at the same inputs.",
    }
}

quantities! {
    /// Quantities whose largest value says something of how full a network is.
    PeakQuantity {
        TestCrossEntropy "test_cross_entropy_bits" "Cross-entropy on fresh data.",
        GeneralizationGap "generalization_gap_bits" "Test less training cross-entropy.",
        RecalibratedTestCrossEntropy "recalibrated_test_cross_entropy_bits" "Cross-entropy on fresh data, recalibrated.",
        Noise "noise_bits" "Noise bits of the training data that the network holds.",
    }
}

impl Gap {
    /// Unit of the gap.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Error => "fraction",
            _ => "bits/sample",
        }
    }
}

/// What a claim is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimedQuantity {
    /// What an estimator yields in a cell.
    Measured(String),
    /// What is known of a cell's data.
    Ledger(LedgerQuantity),
    /// What is said of each capacity.
    Capacity(CapacityQuantity),
    /// What is said of each line through capacities.
    Scaling(ScalingQuantity),
    /// The spread of a gap between knobs at matched noise bits, over that between replicates.
    Regularization(Gap),
    /// Where a quantity is largest, in bits of the dataset over the network's capacity.
    PeakOverCapacity(PeakQuantity),
}

impl ClaimedQuantity {
    /// The quantity of this name: one that an estimator might yield, where it is no other.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let known = name.split_once('.').and_then(|(of, name)| match of {
            "ledger" => LedgerQuantity::named(name).map(Self::Ledger),
            "capacity" => CapacityQuantity::named(name).map(Self::Capacity),
            "scaling" => ScalingQuantity::named(name).map(Self::Scaling),
            "regularization" => Gap::named(name).map(Self::Regularization),
            "peak_over_capacity" => PeakQuantity::named(name).map(Self::PeakOverCapacity),
            _ => None,
        });
        known.unwrap_or_else(|| Self::Measured(name.to_owned()))
    }

    /// Whether an analysis over cells yields it, and not each cell.
    #[must_use]
    pub fn is_of_analysis(&self) -> bool {
        !matches!(self, Self::Measured(_) | Self::Ledger(_))
    }
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
            ClaimedQuantity::Regularization(Gap::Error)
        );
        assert_eq!(
            ClaimedQuantity::named("capacity.nothing"),
            ClaimedQuantity::Measured("capacity.nothing".to_owned())
        );
        assert!(!ClaimedQuantity::named("ledger.noise_bits").is_of_analysis());
    }
}
