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
    for (i, estimator) in cell.estimators.iter().enumerate() {
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
}
