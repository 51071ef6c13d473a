//! Estimators: rules that turn a trained network and its draw into named
//! quantities with units.
//!
//! Sees a trained network only through [`Subject`]; knows nothing of how it
//! was trained.

pub mod demand;
pub mod exploration;
pub mod generalization_gap;
pub mod generated_samples;
pub mod gradient_quality;
pub mod layer_information;
pub mod likelihood_ratio;
pub mod margin;
pub mod membership_inference;
pub mod memorized_bits;
pub mod optimism;
pub mod output_distribution;
pub mod prequential;
pub mod prospect;
pub mod quantity;
pub mod rate_distortion;
pub mod recalibration;
pub mod references;
mod subject;
pub mod symmetry;
pub mod weight_precision;

use std::collections::BTreeMap;

use crate::science::family::{Family, Kind, family};
pub use demand::{Demand, Scale};
pub use prospect::Prospect;
pub use quantity::{Bound, Quantity, Ratio, Unit};
pub use subject::{GradientAt, Inside, Subject};

family! {
    /// A rule that measures.
    Estimator "estimators" as Rule {
        MemorizedBits(memorized_bits::MemorizedBits),
        GeneralizationGap(generalization_gap::GeneralizationGap),
        Recalibration(recalibration::Recalibration),
        MembershipInference(membership_inference::MembershipInference),
        LayerInformation(layer_information::LayerInformation),
        RateDistortion(rate_distortion::RateDistortion),
        OutputDistribution(output_distribution::OutputDistribution),
        GradientQuality(gradient_quality::GradientQuality),
        Exploration(exploration::Exploration),
        WeightPrecision(weight_precision::WeightPrecision),
        Prequential(prequential::Prequential),
        Symmetry(symmetry::Symmetry),
        Optimism(optimism::Optimism),
        Margin(margin::Margin),
        GeneratedSamples(generated_samples::GeneratedSamples),
        LikelihoodRatio(likelihood_ratio::LikelihoodRatio),
    }
}

/// A rule that yields named quantities.
pub trait Rule {
    /// What the rule yields, in report order.
    fn quantities(&self) -> &'static [Quantity];

    /// What must be known of the network's outputs.
    fn reads(&self) -> Reads {
        Reads::Likelihood
    }

    /// Shares of the training, rising, at which it needs to know the parameters.
    fn snapshots(&self) -> &'static [f64] {
        &[]
    }

    /// Which of its quantities are ratios of averages over replicates.
    fn ratios(&self) -> &'static [Ratio] {
        &[]
    }

    /// Which of its quantities are largest where the network holds all of its data: of replicates
    /// that do, nothing is known of how the others are distributed.
    fn limited_by_data(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether its code is read by a decoder who trains the networks again, on the samples decoded
    /// so far and nothing else.
    fn decodes_by_training(&self) -> bool {
        false
    }

    /// What it needs of memory and work, beside the evaluations of both draws.
    fn demand(&self, scale: &Scale) -> Demand;

    /// Why it would yield none of its quantities, if so; the place inside the item as
    /// [`located`](crate::science::family::located) states it.
    fn incompatibility(&self, _prospect: &Prospect) -> Option<String> {
        None
    }

    /// One value for each of [`Rule::quantities`], in their order; `None` where
    /// the quantity means nothing for such data.
    fn measure(&self, subject: &Subject) -> Vec<Option<f64>>;
}

/// What an estimator makes of a network's outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// Probabilities: nothing follows from outputs that saw what they predict.
    Likelihood,
    /// Numbers alone.
    Outputs,
}

/// The step at such a share of a training.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of at most 2^30 steps"
)]
pub fn snapshot_step(share: f64, steps: u64) -> u64 {
    (share * steps as f64) as u64
}

impl Estimator {
    /// The quantities by name; those that mean nothing for such data are absent.
    #[must_use]
    pub fn measurements(&self, subject: &Subject) -> BTreeMap<&'static str, f64> {
        let values = self.measure(subject);
        let names = self.quantities().iter().map(|quantity| quantity.name);
        names.zip(values).filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

/// Every quantity that over replicates is a ratio of averages.
#[must_use]
pub fn all_ratios() -> Vec<Ratio> {
    Estimator::examples().iter().flat_map(|estimator| estimator.ratios().to_vec()).collect()
}

/// Every quantity that is largest where the network holds all of its data.
#[must_use]
pub fn all_limited_by_data() -> Vec<&'static str> {
    Estimator::examples().iter().flat_map(|estimator| estimator.limited_by_data().to_vec()).collect()
}

/// Every quantity that any estimator yields, with the estimator's kind, in
/// catalogue order.
#[must_use]
pub fn all_quantities() -> Vec<(Kind, Quantity)> {
    let examples = Estimator::examples().into_iter();
    examples
        .flat_map(|estimator| {
            let kind = estimator.kind();
            estimator.quantities().iter().map(move |quantity| (kind, *quantity))
        })
        .collect()
}
