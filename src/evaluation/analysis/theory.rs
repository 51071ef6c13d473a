//! What theory says beside a setting of a knob: docs/math/regularization.md.

use std::collections::BTreeMap;

use crate::science::analysis::interval::Interval;
use crate::science::bits::{Bits, Nats};
use crate::spec::ValidJobSpec;
use crate::spec::quantity::MatchedBits;

/// What theory says beside a point: docs/math/regularization.md.
#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
pub(super) fn theory(
    job: &ValidJobSpec,
    cell: usize,
    bits: &BTreeMap<String, Interval>,
    gaps: &BTreeMap<String, Interval>,
    samples: usize,
) -> BTreeMap<String, f64> {
    let n = samples as f64;
    let mut all = BTreeMap::new();
    if let Some(noise) = bits.get(MatchedBits::Noise.name()) {
        // linear smoothers: between those that keep few directions whole and many in part
        all.insert("projection_optimism_bits".to_owned(), 2.0 * noise.mean / n);
        all.insert("shrinkage_optimism_bits".to_owned(), noise.mean / n);
        let nats = Nats::from(Bits(noise.mean)).0.max(0.0);
        all.insert("xu_raginsky_error_gap".to_owned(), libm::sqrt(nats / (2.0 * n)));
    }
    let temperature = job.cell(cell).training.optimizer.temperature();
    if let (Some(temperature), Some(gap)) = (temperature, gaps.get("generalization_gap_bits")) {
        all.insert("gibbs_symmetrized_information_bits".to_owned(), gap.mean / temperature);
        // the symmetrized information is at least that of the noise kept
        all.extend(
            bits.get(MatchedBits::Noise.name())
                .map(|noise| ("gibbs_least_gap_bits".to_owned(), temperature * noise.mean)),
        );
    }
    all
}
