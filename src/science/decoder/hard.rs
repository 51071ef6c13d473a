//! Hard: the most probable symbols alone, and which of them are wrong (Fano).

use super::given::Given;
use crate::science::bits::{Bits, Nats};
use crate::science::entropy::binary_entropy;

/// `N [H2(e) + e log2(V-1)]` of N symbols of V, a share e of them wrong.
#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
pub(super) fn code(given: &Given) -> Option<Nats> {
    let (errors, (count, alphabet)) = (given.evaluation.errors()?, given.evaluation.symbols()?);
    let n = count as f64;
    let e = errors as f64 / n;
    let confusion = binary_entropy(e) + Bits::of_uniform(alphabet as f64 - 1.0) * e;
    Some(Nats::from(confusion * n))
}
