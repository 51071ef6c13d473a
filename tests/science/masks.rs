//! Weights that a mask hides: nothing moves them and nothing counts them.

use serde_json::{Value, json};

use super::{parse, run, train};

fn spec(length: usize, hidden: &Value) -> Value {
    json!({
        "dataset": {"kind": "biased_bits", "length": length, "probability": 0.3, "samples": 64},
        "network": {"kind": "made", "hidden": hidden},
        "training": {"steps": 50},
    })
}

#[test]
fn a_walk_goes_as_far_as_the_parameters_that_are_read() {
    // 12 bits, 24 units of degrees 1 to 11 in turn: 135 + 24 + 153 + 12; 5 bits, 6 units of
    // degrees 1 to 4: 13 + 6 + 17 + 5
    for (length, hidden, parameters) in [(12, json!([24]), 324u32), (5, json!([6]), 41)] {
        let mut spec = spec(length, &hidden);
        let (temperature, rate, steps) = (1e4, 1e-4, 50.0);
        spec["training"] = json!({"optimizer": {"kind": "langevin", "temperature": temperature},
            "learning_rate": rate, "schedule": "constant", "steps": 50});
        spec["estimators"] = json!([{"kind": "exploration"}]);
        spec["seeds"] = json!(16);
        let (cells, _) = run(&spec);
        assert_eq!(cells[0].parameters, u64::from(parameters));
        let parameters = f64::from(parameters);
        let interval = &cells[0].measurements["distance_travelled"].interval;
        let squares = interval.mean.powi(2) + interval.sd.unwrap().powi(2) * 15.0 / 16.0;
        let found = squares / (2.0 * temperature * rate * steps);
        // chi squared of 16 times as many degrees of freedom, five standard errors
        let allowed = 5.0 * (2.0 / (16.0 * parameters)).sqrt();
        assert!((found / parameters - 1.0).abs() < allowed, "{found} {parameters}");
    }
}

#[test]
fn what_no_unit_reads_stays_zero_under_every_kind_of_noise_and_start() {
    let restrictions = json!([
        {"kind": "gradient_noise", "eta": 1.0}, {"kind": "weight_noise", "scale": 1.0},
        {"kind": "l1", "rate": 0.1}, {"kind": "weight_decay", "rate": 0.1}, {"kind": "max_norm", "norm": 0.7},
    ]);
    for optimizer in [
        json!({"kind": "langevin", "temperature": 1.0}),
        json!({"kind": "adam"}),
        json!({"kind": "sgd", "momentum": 0.9}),
        json!({"kind": "delayed_sgd", "delay": 2}),
    ] {
        for start in [json!({"kind": "constant", "value": 3.0}), json!({"kind": "tied", "units": 3})] {
            let mut spec = spec(6, &json!([7, 3]));
            spec["regularizers"] = restrictions.clone();
            spec["training"] = json!({"optimizer": optimizer, "initialization": start, "steps": 20});
            let (trained, _) = train(&parse(&spec).trial(0));
            let layout = trained.network.layout();
            let mut read = trained.parameters.clone();
            layout.clear_unread(&mut read);
            assert_eq!(read, trained.parameters, "{optimizer} {start}");
            // a projection bounds what is read, and that alone
            let moved = trained.parameters.iter().filter(|w| **w != 0.0).count();
            assert!(moved + 2 >= layout.trainable(), "{moved} of {}", layout.trainable());
        }
    }
}
