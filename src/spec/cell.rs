//! A cell: one configuration of a sweep, as it is trained and measured.

use std::borrow::Cow;

use serde::Serialize;

use crate::science::estimator::Estimator;
use crate::science::network::Network;
use crate::science::regularizer::Regularizer;
use crate::science::source::Source;
use crate::science::training::Training;
use crate::science::trial::TrialSpec;
use crate::science::trial::cost::{self, Cost, Parts};

/// What all trials of a cell have in common. Borrowed from the job: a sweep of many cells
/// holds each part of a spec once for each value that the sweep gives it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CellSpec<'a> {
    /// Where the data comes from.
    pub dataset: Cow<'a, Source>,
    /// What is trained.
    pub network: &'a Network,
    /// What restricts it.
    pub regularizers: &'a [Regularizer],
    /// How it is trained.
    pub training: Cow<'a, Training>,
    /// What is measured.
    pub estimators: &'a [Estimator],
}

impl CellSpec<'_> {
    /// One trial of the cell.
    #[must_use]
    pub fn trial(&self, seed: u64, replicate: u64) -> TrialSpec {
        TrialSpec {
            dataset: self.dataset.clone().into_owned(),
            network: self.network.clone(),
            regularizers: self.regularizers.to_vec(),
            training: self.training.clone().into_owned(),
            estimators: self.estimators.to_vec(),
            seed,
            replicate,
        }
    }

    /// What a trial of the cell costs.
    #[must_use]
    pub fn cost(&self) -> Cost {
        cost::of(Parts {
            dataset: &self.dataset,
            network: self.network,
            regularizers: self.regularizers,
            training: &self.training,
            estimators: self.estimators,
        })
    }

    /// Trainable parameters of the network on this data.
    #[must_use]
    pub fn parameters(&self) -> u64 {
        self.network.architecture().size(&self.dataset.process().shape()).parameters
    }

    /// Number of samples of the dataset.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.dataset.process().shape().samples
    }

    /// Information content of the dataset, in bits.
    #[must_use]
    pub fn dataset_bits(&self) -> f64 {
        self.dataset.process().ledger().dataset().0
    }

    /// Whether an estimator of the cell yields this quantity.
    #[must_use]
    pub fn measures(&self, quantity: &str) -> bool {
        self.estimators.iter().any(|e| e.quantities().iter().any(|q| q.name == quantity))
    }
}
