//! Stored results as clients see them; `None` of a row whose coordinates cannot be read.

use crate::api::{ResultOrigin, StoredCapacityView, StoredMeasurementView};
use crate::store::{Origin, StoredCapacity, StoredMeasurement};

pub(super) fn measurement(stored: StoredMeasurement) -> Option<StoredMeasurementView> {
    let measured = stored.measured;
    Some(StoredMeasurementView {
        origin: origin(stored.origin, stored.parameters)?,
        stage: stored.stage,
        samples: stored.samples,
        dataset_bits: stored.dataset_bits,
        quantity: measured.quantity,
        unit: measured.unit,
        estimator: measured.estimator,
        bound: measured.bound,
        n: measured.n,
        mean: measured.mean,
        sd: measured.sd,
        ci95_low: measured.ci95_low,
        ci95_high: measured.ci95_high,
        interval_method: measured.interval_method,
    })
}

pub(super) fn capacity(stored: StoredCapacity) -> Option<StoredCapacityView> {
    let capacity = stored.capacity;
    Some(StoredCapacityView {
        origin: origin(stored.origin, capacity.parameters)?,
        n: capacity.n,
        capacity_bits: capacity.capacity_bits,
        capacity_bits_ci95_low: capacity.ci95_low,
        capacity_bits_ci95_high: capacity.ci95_high,
        capacity_bits_lower_bound_95: capacity.lower_bound_95,
        bits_per_parameter: capacity.bits_per_parameter,
        interval_method: capacity.interval_method,
        peak_samples: capacity.peak_samples,
        peak_dataset_bits: capacity.peak_dataset_bits,
        saturated: capacity.saturated,
        converged: capacity.converged,
        estimator: capacity.estimator,
    })
}

fn origin(origin: Origin, parameters: i64) -> Option<ResultOrigin> {
    Some(ResultOrigin {
        job: origin.job,
        name: origin.name,
        tags: origin.tags,
        seed: origin.seed,
        spec_digest: origin.spec_digest.map(|digest| digest.to_string()),
        numeric_profile: origin.numeric_profile,
        version: origin.version,
        analysis_version: origin.analysis_version,
        cell: serde_json::from_str(&origin.coordinates_json).ok()?,
        source: origin.source,
        network: origin.network,
        regularizers: origin.regularizers,
        optimizer: origin.optimizer,
        parameters,
    })
}
