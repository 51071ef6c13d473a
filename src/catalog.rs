//! The catalogue: every kind of every family, and every quantity that can be
//! measured. Follows from the families' lists alone.

use std::collections::BTreeMap;

use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;

use crate::science::estimator::{Estimator, Quantity, all_quantities};
use crate::science::family::{Entry, Family};
use crate::science::initialization::Initialization;
use crate::science::network::Network;
use crate::science::network::features::map::FeatureMap;
use crate::science::network::head::Head;
use crate::science::optimizer::Optimizer;
use crate::science::regularizer::Regularizer;
use crate::science::source::Source;

/// All kinds and quantities that a job spec may name.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Catalog {
    /// The kinds of each family, by the plural of the family's name.
    pub families: BTreeMap<&'static str, Vec<Entry>>,
    /// Every quantity that an estimator yields.
    pub quantities: Vec<CatalogQuantity>,
}

/// A quantity and the estimator that yields it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CatalogQuantity {
    /// Kind of the estimator.
    pub estimator: String,
    /// Name, unit, bound and definition of the quantity.
    #[serde(flatten)]
    pub quantity: Quantity,
}

/// The catalogue of this build.
#[must_use]
pub fn catalog() -> Catalog {
    let mut families = BTreeMap::new();
    list::<Source>(&mut families);
    list::<Network>(&mut families);
    list::<Head>(&mut families);
    list::<FeatureMap>(&mut families);
    list::<Regularizer>(&mut families);
    list::<Optimizer>(&mut families);
    list::<Initialization>(&mut families);
    list::<Estimator>(&mut families);
    let quantities = all_quantities()
        .into_iter()
        .map(|(kind, quantity)| CatalogQuantity { estimator: kind.to_string(), quantity });
    Catalog { families, quantities: quantities.collect() }
}

/// The names of the kinds of a family, in list order.
#[must_use]
pub fn kind_names<F: Family>() -> Vec<String> {
    F::examples().iter().map(|example| example.kind().to_string()).collect()
}

fn list<F: Family>(families: &mut BTreeMap<&'static str, Vec<Entry>>) {
    families.insert(F::NAME, F::entries(&mut SchemaGenerator::default()));
}
