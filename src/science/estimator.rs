//! Estimators: rules that turn a trained network and its draw into named
//! quantities with units.
//!
//! Sees a trained network only through [`Subject`]; knows nothing of how it
//! was trained.

pub mod generalization_gap;
pub mod membership_inference;
pub mod memorized_bits;
pub mod rate_distortion;
pub mod symmetry;
pub mod weight_precision;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::science::evaluation::Evaluation;
use crate::science::family::family;
use crate::science::network::layout::Layout;
use crate::science::source::{Dataset, Law, Ledger};

family! { ($)
    /// A rule that measures.
    Estimator "estimators" with_estimator {
        MemorizedBits(memorized_bits::MemorizedBits),
        GeneralizationGap(generalization_gap::GeneralizationGap),
        MembershipInference(membership_inference::MembershipInference),
        RateDistortion(rate_distortion::RateDistortion),
        WeightPrecision(weight_precision::WeightPrecision),
        Symmetry(symmetry::Symmetry),
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

/// A named quantity: what a number is, in which unit, and what it bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Quantity {
    /// Name in JSON and CSV; ends in its unit where it is information.
    pub name: &'static str,
    /// Unit of the value.
    pub unit: &'static str,
    /// What the number says of the truth.
    pub bound: Bound,
    /// Whether short tables show it.
    pub headline: bool,
    /// Definition in one line.
    pub definition: &'static str,
}

/// What a number says of the quantity that it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// The quantity itself, on this draw.
    Exact,
    /// In expectation over draws at most the information it stands for.
    Lower,
    /// At least the information it stands for.
    Upper,
    /// In expectation at most zero: a check that nothing leaks.
    Null,
}

/// What an estimator may look at.
pub struct Subject<'a> {
    /// The law that the data was drawn from.
    pub law: &'a dyn Law,
    /// Bits of the training draw.
    pub ledger: Ledger,
    /// The training draw.
    pub dataset: &'a Dataset,
    /// An independent draw of the same law and size.
    pub held_out_dataset: &'a Dataset,
    /// Trainable parameters of the network.
    pub parameters: usize,
    /// The network on its training draw.
    pub train: Evaluation<'a>,
    /// The network on the independent draw.
    pub held_out: Evaluation<'a>,
    /// The trained numbers themselves.
    pub weights: Option<Weights<'a>>,
}

/// The numbers of a trained network, and what it would say with others.
pub struct Weights<'a> {
    /// Where each tensor lies.
    pub layout: &'a Layout,
    /// All of them [p].
    pub values: &'a [f32],
    /// The network with such numbers on its training draw.
    pub evaluate: &'a dyn Fn(&[f32]) -> Evaluation<'a>,
}

impl Estimator {
    /// See [`Rule::quantities`].
    #[must_use]
    pub fn quantities(&self) -> &'static [Quantity] {
        with_estimator!(self, item => item.quantities())
    }

    /// See [`Rule::reads`].
    #[must_use]
    pub fn reads(&self) -> Reads {
        with_estimator!(self, item => item.reads())
    }

    /// The quantities by name; those that mean nothing for such data are absent.
    #[must_use]
    pub fn measure(&self, subject: &Subject) -> BTreeMap<&'static str, f64> {
        let values = with_estimator!(self, item => item.measure(subject));
        let names = self.quantities().iter().map(|quantity| quantity.name);
        names.zip(values).filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

/// Every quantity that any estimator yields, with the estimator's kind, in
/// catalogue order.
#[must_use]
pub fn all_quantities() -> Vec<(String, Quantity)> {
    use crate::science::family::Family;
    let mut schemas = schemars::SchemaGenerator::default();
    let kinds = Estimator::entries(&mut schemas).into_iter().map(|entry| entry.kind);
    kinds
        .zip(Estimator::examples())
        .flat_map(|(kind, estimator)| estimator.quantities().iter().map(move |q| (kind.clone(), *q)))
        .collect()
}
