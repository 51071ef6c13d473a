//! Layer information: bits of the sample that pass a noisy layer, as a bracket.

mod mixture;
mod partition;

use garde::Validate;
use ndarray::{Array2, s};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Bound, Demand, Inside, Prospect, Quantity, Reads, Rule, Scale, Subject, Unit};
use crate::science::bits::Bits;
use crate::science::family::{Item, located};
use crate::science::injection::Site;
use crate::science::kernel::PRECISION_BITS;
use crate::science::kernel::isa::Isa;
use crate::science::kernel::normal::fill_normal;
use crate::science::network::footprint::{BYTES, count};
use crate::science::network::layer::Layer;
use crate::science::regularizer::{Channel, Regularizer};
use crate::science::seed::Purpose;
use mixture::{Conditional, bracket};
use partition::partition;

/// I(X; Z) of the activation Z of one layer as training disturbs it, from the
/// conditional density that its noise is known to have (Poole et al. 2019, section
/// 2.2): from below by the mixture over all samples of the draw, from above by the
/// mixture over the others. Never from bins or neighbours: of a layer without noise it is the
/// entropy of the partition of the samples by units that are equal in every bit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct LayerInformation {
    /// Hidden layer, 0 next to the inputs; the code of a network that has one, else
    /// layer 0, unless stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(max = 1000))]
    pub layer: Option<usize>,
}

impl Item for LayerInformation {
    const SUMMARY: &'static str = "bits for each sample through a layer's noise, from both sides, by its known density (Poole et al. 2019)";

    fn example() -> Self {
        Self { layer: None }
    }
}

/// Name of the bound from below.
pub const LOW: &str = "layer_bits_low";

const QUANTITIES: &[Quantity] = &[
    Quantity {
        name: LOW,
        unit: Unit::BitsPerSample,
        bound: Bound::Lower,
        headline: true,
        definition: "mean of log2 p(z|x) over the mixture of all samples: exact for a sample of the draw, at most log2 N; noisy channel of training, without noise the entropy of the partition of the samples by equal units",
    },
    Quantity {
        name: "layer_bits_high",
        unit: Unit::BitsPerSample,
        bound: Bound::Upper,
        headline: true,
        definition: "the same over the mixture of all other samples, at most log2 N and the precision of the units; log2 N says nothing of the law",
    },
];

/// Pairs of samples and units that are compared at most, and samples.
const MOST_TERMS: usize = 200_000_000;
const MOST_SAMPLES: usize = 4096;
/// Draws of the noise for each sample at most, where samples are few.
const MOST_DRAWS: usize = 16;

impl Rule for LayerInformation {
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }

    fn demand(&self, scale: &Scale) -> Demand {
        let units = count(scale.architecture.layer_units(self.layer));
        let (n, layer) = (scale.samples(), BYTES * units * scale.samples());
        // bits of the units, and an order of the samples
        let passing = scale.evaluated() - scale.outputs() + 2.0 * layer + 8.0 * n;
        let evaluations = scale.once(n);
        if !scale.has_noisy_layer() {
            return Demand { passing, evaluations, operations: (units + 100.0) * n, ..Demand::default() };
        }
        let (terms, draws) = sizes(scale.data.samples, scale.architecture.layer_units(self.layer));
        let (terms, draws) = (count(terms), count(draws));
        // numbers of the samples and of noisy draws, in both precisions
        let noisy = units * (12.0 * terms + 22.0 * draws);
        Demand {
            passing: passing + noisy,
            evaluations,
            operations: TERM * terms * draws * units,
            ..Demand::default()
        }
    }

    fn incompatibility(&self, prospect: &Prospect) -> Option<String> {
        if prospect.architecture.tells(self.layer) {
            return None;
        }
        let Some(layer) = self.layer else {
            return Some("reads a hidden layer, and this network tells of none".to_owned());
        };
        let detail = format!("this network tells of no layer {layer}");
        Some(located("/layer", &detail))
    }

    fn reads(&self) -> Reads {
        Reads::Outputs
    }

    fn measure(&self, subject: &Subject) -> Vec<Option<f64>> {
        let inside = subject.inside.as_ref();
        let found = inside.and_then(|inside| Some((inside, (inside.layer)(self.layer)?)));
        let Some((inside, layer)) = found else { return vec![None; QUANTITIES.len()] };
        let (low, high) = information(inside, &layer, subject.dataset.len());
        vec![low.map(|bits| bits.0), Some(high.0)]
    }
}

/// The bracket of a layer. What passes it cannot be more than what passes those below.
#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
fn information(inside: &Inside, layer: &Layer, samples: usize) -> (Option<Bits>, Bits) {
    let each = if layer.is_binary { 1.0 } else { PRECISION_BITS };
    let limit = f64::min(libm::log2(samples as f64), each * layer.values.ncols() as f64);
    if is_noisy_below(inside.regularizers, layer) {
        // past a branch goes the identity: nothing below is a bottleneck
        let bottlenecks = if layer.branch.is_some() { 0 } else { layer.number };
        let below = (0..bottlenecks).filter_map(|number| (inside.layer)(Some(number)));
        let highs = below.map(|below| information(inside, &below, samples).1.0);
        return (None, Bits(highs.fold(limit, f64::min)));
    }
    let (low, high) = match noise(inside, layer) {
        Noise::Known(conditional) => bracket(&conditional),
        Noise::None => partition(&layer.values),
        Noise::Unknown => return (None, Bits(limit)),
    };
    (Some(low), Bits(f64::min(high.0, limit)))
}

/// Whether what the layer reads is already random for a given sample.
fn is_noisy_below(regularizers: &[Regularizer], layer: &Layer) -> bool {
    let is_below = |regularizer: &Regularizer| match regularizer.site() {
        Some(Site::Inputs) => true,
        Some(Site::Hidden) => layer.number > 0,
        Some(Site::Branches) => layer.branch.is_some_and(|(branch, _)| branch > 0),
        _ => false,
    };
    regularizers.iter().any(|regularizer| regularizer.disturbs_weights() || is_below(regularizer))
}

/// Noise on a layer.
enum Noise {
    None,
    Known(Conditional),
    /// Several kinds together.
    Unknown,
}

/// Draws what the layer becomes, by the very noise of training.
/// Plain operations of one number's density.
const TERM: f64 = 18.0;

/// Samples whose densities are mixed, and draws that are read with them.
fn sizes(samples: usize, units: usize) -> (usize, usize) {
    let mut count = samples.min(MOST_SAMPLES);
    while count > 256 && count * count * units > MOST_TERMS {
        count /= 2;
    }
    (count, count * (MOST_SAMPLES / count).clamp(1, MOST_DRAWS))
}

fn noise(inside: &Inside, layer: &Layer) -> Noise {
    let units = layer.values.ncols();
    let (count, all) = sizes(layer.values.nrows(), units);
    let values = layer.values.slice(s![..count, ..]).to_owned();
    let (isa, mut stream) = (Isa::detect(), inside.streams.stream(Purpose::Probe));
    let mut draws = Array2::zeros((all, units));
    let numbers = draws.as_slice_mut().expect("rows in order");
    if let Some(log_variances) = &layer.log_variances {
        fill_normal(isa, &mut stream, numbers);
        let log_variances = log_variances.slice(s![..count, ..]).to_owned();
        return Noise::Known(Conditional::learned(values, log_variances, &draws));
    }
    let acts = |regularizer: &&Regularizer| {
        let site = regularizer.site();
        site == Some(layer.site) || layer.branch.is_some() && site == Some(Site::Hidden)
    };
    let mut acting = inside.regularizers.iter().filter(acts);
    let (Some(regularizer), None) = (acting.next(), acting.next()) else {
        return if inside.regularizers.iter().any(|r| acts(&r)) { Noise::Unknown } else { Noise::None };
    };
    match regularizer.channel(layer.branch) {
        None => Noise::Unknown,
        Some(Channel::Sum { sd }) => {
            let each = values.as_slice().expect("rows in order");
            numbers.chunks_exact_mut(each.len()).for_each(|draw| draw.copy_from_slice(each));
            regularizer.latent(isa, &mut stream, numbers);
            Noise::Known(Conditional::sum(values, sd, draws))
        }
        Some(Channel::Product { sd }) => {
            regularizer.hidden(isa, &mut stream, numbers);
            Noise::Known(Conditional::product(values, sd, draws))
        }
        Some(Channel::Erasure { rate }) => {
            regularizer.hidden(isa, &mut stream, numbers);
            Noise::Known(Conditional::erasure(values, rate, &draws))
        }
        Some(Channel::Skip { rate }) => {
            let (branch, of) = layer.branch.unwrap_or((0, 1));
            let mut factors = vec![0.0; all];
            regularizer.branch(&mut stream, branch, of, &mut factors);
            Noise::Known(Conditional::skip(values, rate, &factors))
        }
    }
}
