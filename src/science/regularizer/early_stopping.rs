//! Early stopping: training ends when an independent draw stops improving.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Patience, Restriction};
use crate::science::family::Item;

/// Every `interval` steps, and after the last step, the cross-entropy on an independent
/// validation draw of the same law and size is read; after `patience` looks without a new
/// best, training stops. The parameters of the best look are kept (Prechelt 1998).
///
/// The validation draw is not taken from the training samples, so the dataset
/// bits stay what the ledger says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct EarlyStopping {
    /// Looks without a new best after which training stops.
    #[serde(default = "ten")]
    #[garde(range(min = 1, max = 1_000_000))]
    pub patience: u32,
    /// Steps between looks, no more than the training has.
    #[serde(default = "hundred")]
    #[garde(range(min = 1, max = 1_000_000_000))]
    pub interval: u64,
}

fn ten() -> u32 {
    10
}

fn hundred() -> u64 {
    100
}

impl Item for EarlyStopping {
    const SUMMARY: &'static str =
        "stops when an independent validation draw no longer improves, keeping the best (Prechelt 1998)";

    fn example() -> Self {
        Self { patience: 10, interval: 100 }
    }
}

impl Restriction for EarlyStopping {
    fn patience(&self) -> Option<Patience> {
        Some(Patience { interval: self.interval, looks: self.patience })
    }
}
