//! Incompatibilities between the fields of a cell.

use super::CellSpec;
use super::fault::Fault;

/// Every incompatibility of a cell's parts.
pub(super) fn faults(cell: &CellSpec) -> Vec<Fault> {
    let mut faults = Vec::new();
    let architecture = cell.network.architecture();
    if let Some(incompatibility) = architecture.incompatibility(&cell.dataset.process().shape()) {
        faults.push(Fault::new("/network", incompatibility));
    }
    for (i, regularizer) in cell.regularizers.iter().enumerate() {
        if let Some(site) = regularizer.site().filter(|site| !architecture.has(*site)) {
            let detail = format!("acts on {site}, which this network does not have");
            faults.push(Fault::new(format!("/regularizers/{i}"), detail));
        }
    }
    for (i, patience) in cell.regularizers.iter().enumerate().filter_map(|(i, r)| Some((i, r.patience()?))) {
        if patience.interval > cell.training.steps {
            let detail = format!(
                "looks every {} steps, and the training has {}",
                patience.interval, cell.training.steps
            );
            faults.push(Fault::new(format!("/regularizers/{i}/interval"), detail));
        }
    }
    if cell.training.optimizer.threads().is_some() {
        for (i, _) in cell.regularizers.iter().enumerate().filter(|(_, r)| r.patience().is_some()) {
            let detail = "needs an optimizer with a single thread, and this one trains with several";
            faults.push(Fault::new(format!("/regularizers/{i}"), detail));
        }
    }
    let chooses = cell.regularizers.iter().any(|regularizer| regularizer.patience().is_some());
    for (i, estimator) in cell.estimators.iter().enumerate() {
        if chooses && estimator.decodes_by_training() {
            let detail = "codes the targets by networks that a decoder trains again, and early_stopping chooses them \
                          by labels that no decoder has: use one of the two";
            faults.push(Fault::new(format!("/estimators/{i}"), detail));
        }
        // one kind with other settings would measure under the same names
        let kind = std::mem::discriminant(estimator);
        if cell.estimators[..i].iter().any(|other| std::mem::discriminant(other) == kind) {
            faults
                .push(Fault::new(format!("/estimators/{i}"), "duplicates the kind of an earlier estimator"));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::spec::JobSpec;

    #[test]
    fn noise_for_hidden_units_needs_hidden_units() {
        let spec: JobSpec = serde_json::from_value(json!({
            "dataset": {"kind": "random_labels", "inputs": 3, "samples": 4}, "network": {"kind": "linear"},
            "regularizers": [{"kind": "weight_decay", "rate": 0.1}, {"kind": "dropout", "rate": 0.5}],
        }))
        .unwrap();
        let found = faults(&spec.cell());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].pointer, "/regularizers/1");
    }

    fn places(spec: serde_json::Value) -> Vec<String> {
        let spec: JobSpec = serde_json::from_value(spec).unwrap();
        faults(&spec.cell()).into_iter().map(|fault| fault.pointer).collect()
    }

    #[test]
    fn early_stopping_looks_at_least_once_before_the_end() {
        let spec = |interval: u64, steps: u64| {
            json!({
                "dataset": {"kind": "random_labels", "inputs": 3, "samples": 4}, "network": {"kind": "linear"},
                "regularizers": [{"kind": "l1", "rate": 0.1}, {"kind": "early_stopping", "interval": interval}],
                "training": {"steps": steps},
            })
        };
        assert_eq!(places(spec(101, 100)), ["/regularizers/1/interval"]);
        assert_eq!(places(spec(100, 100)), Vec::<String>::new());
        assert_eq!(places(spec(3, 100)), Vec::<String>::new());
    }

    #[test]
    fn a_code_that_a_decoder_trains_for_has_no_validation_draw() {
        let spec = |regularizers: serde_json::Value| {
            json!({
                "dataset": {"kind": "random_labels", "inputs": 3, "samples": 40}, "network": {"kind": "linear"},
                "regularizers": regularizers,
                "estimators": [{"kind": "memorized_bits"}, {"kind": "prequential"}],
            })
        };
        assert_eq!(places(spec(json!([{"kind": "early_stopping"}]))), ["/estimators/1"]);
        assert_eq!(places(spec(json!([{"kind": "weight_decay", "rate": 0.1}]))), Vec::<String>::new());
    }
}
