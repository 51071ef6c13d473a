//! Early stopping: which steps are looked at.

use serde_json::{Value, json};

use super::run;

fn cost(steps: u32, regularizers: &Value) -> f64 {
    let (cells, _) = run(&json!({
        "dataset": {"kind": "teacher_labels", "inputs": 12, "samples": 900, "rule": {"kind": "linear"}},
        "network": {"kind": "linear"},
        "regularizers": regularizers,
        "training": {"optimizer": {"kind": "sgd"}, "learning_rate": 0.05, "schedule": "constant", "steps": steps},
        "estimators": [{"kind": "generalization_gap"}], "seeds": 1,
    }));
    cells[0].measurements["test_cross_entropy_bits"].interval.mean
}

#[test]
fn the_last_step_is_looked_at_whatever_the_interval_is() {
    // without flips the cost falls at every step: the best is the last
    for (steps, interval) in [(149, 100), (70, 70), (64, 9), (90, 89)] {
        let stopping = json!([{"kind": "early_stopping", "patience": 1000, "interval": interval}]);
        let (stopped, whole) = (cost(steps, &stopping), cost(steps, &json!([])));
        assert!(stopped.to_bits() == whole.to_bits(), "{steps} {interval}: {stopped} {whole}");
    }
}
