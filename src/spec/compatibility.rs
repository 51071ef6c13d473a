//! Incompatibilities between the fields of a cell.

use super::CellSpec;
use super::fault::Fault;
use crate::science::data::TargetShape;
use crate::science::network::Likelihood;
use crate::science::regularizer::Regularizer;

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
    if cell.training.stop_when_held.is_some() {
        faults.extend(never_held(cell).map(|why| Fault::new("/training/stop_when_held", why)));
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

/// Why training cannot end early once the network holds all its data, if it cannot.
pub(super) fn never_held(cell: &CellSpec) -> Option<&'static str> {
    let is_any = |has: fn(&Regularizer) -> bool| cell.regularizers.iter().any(has);
    if cell.network.architecture().likelihood() != Likelihood::Exact {
        Some("needs a network whose training loss is the exact likelihood of its data")
    } else if !matches!(cell.dataset.process().shape().targets, TargetShape::Symbols { .. }) {
        Some("needs targets of symbols: the density of real-valued targets has no upper limit")
    } else if is_any(|regularizer| regularizer.label_smoothing() > 0.0) {
        Some("excludes label smoothing: the training loss is then not the likelihood of the data")
    } else if is_any(|regularizer| regularizer.patience().is_some()) {
        Some("excludes early stopping, which keeps the parameters of another step")
    } else if cell.training.optimizer.threads().is_some() {
        Some("needs an optimizer with a single thread, and this one trains with several")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::spec::JobSpec;

    #[test]
    fn training_ends_early_only_where_its_loss_is_the_likelihood_of_symbols() {
        let labels = json!({"kind": "random_labels", "inputs": 3, "samples": 4});
        let faulty = |dataset: &Value, network: Value, regularizers: Value, optimizer: Value| {
            let spec: JobSpec = serde_json::from_value(json!({
                "dataset": dataset, "network": network, "regularizers": regularizers,
                "training": {"optimizer": optimizer, "stop_when_held": 1e-4},
            }))
            .unwrap();
            faults(&spec.cell()).iter().any(|fault| fault.pointer == "/training/stop_when_held")
        };
        let (linear, adam) = (json!({"kind": "linear"}), json!({"kind": "adam"}));
        let decay = json!([{"kind": "weight_decay", "rate": 0.1}]);
        assert!(!faulty(&labels, linear.clone(), decay, adam.clone()));
        let smoothing = json!([{"kind": "label_smoothing", "rate": 0.1}]);
        assert!(faulty(&labels, linear.clone(), smoothing, adam.clone()));
        assert!(faulty(&labels, linear.clone(), json!([{"kind": "early_stopping"}]), adam.clone()));
        assert!(faulty(&labels, linear.clone(), json!([]), json!({"kind": "hogwild", "threads": 2})));
        let reals = json!({"kind": "linear_regression", "inputs": 3, "samples": 4, "noise": 0.5});
        assert!(faulty(&reals, linear, json!([]), adam.clone()));
        let strings = json!({"kind": "random_strings", "length": 4, "alphabet": 2, "samples": 8});
        assert!(faulty(&strings, json!({"kind": "vae", "hidden": [4], "code": 2}), json!([]), adam));
    }

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
