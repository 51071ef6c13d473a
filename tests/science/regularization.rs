//! Knobs on one axis, where theory says where they lie.

use bitgauge::evaluation::analysis::RegularizationPoint;
use bitgauge::evaluation::{Evaluation, tables};
use bitgauge::export::Format;
use bitgauge::science::analysis::interval::Interval;
use bitgauge::spec::quantity::Gap;
use serde_json::json;

use super::evaluate;

/// Ridge and input noise are one knob; a temperature loses bits and keeps the gap.
#[test]
fn knobs_of_a_linear_fit_lie_where_theory_puts_them() {
    let ridge = |rate: f64| json!({"name": format!("decay {rate}"), "set": {"/regularizers": [{"kind": "weight_decay", "rate": rate}]}});
    let noise = |variance: f64| {
        let noise = json!([{"kind": "input_noise", "scale": variance.sqrt()}]);
        json!({"name": format!("noise {variance}"), "set": {"/regularizers": noise}})
    };
    let heat = |temperature: f64| {
        let langevin = json!({"kind": "langevin", "temperature": temperature});
        json!({"name": format!("heat {temperature}"), "set": {"/training/optimizer": langevin}})
    };
    let cases = [
        json!({"name": "none", "set": {}}),
        ridge(0.2),
        ridge(1.0),
        noise(0.2),
        noise(1.0),
        heat(0.003),
        heat(0.02),
    ];
    let evaluation = evaluate(&json!({
        "dataset": {"kind": "linear_regression", "inputs": 20, "samples": 100, "noise": 1.0},
        "network": {"kind": "linear", "bias": false},
        "training": {"optimizer": {"kind": "sgd"}, "learning_rate": 0.05, "steps": 600, "schedule": "constant",
                     "initialization": {"kind": "constant", "value": 0.0}},
        "sweep": [{"path": "setting", "cases": cases}],
        "estimators": [{"kind": "generalization_gap"}, {"kind": "optimism"}],
        "seeds": 60,
    }));
    let Evaluation { results: cells, analyses, .. } = &evaluation;
    let [regularization] = analyses.regularization.as_slice() else { panic!("one setting of the data") };
    let baseline = &regularization.baseline;
    assert_eq!((baseline.knob.as_str(), baseline.n, regularization.samples), ("none", 60, 100));
    // of a cell no further than the data reach; here that is far away
    let shown = |of: &Interval| (of.n, of.mean, of.sd, of.ci95_low, of.ci95_high);
    assert_eq!(shown(&baseline.bits["noise_bits"]), shown(&cells[0].measurements["noise_bits"].interval));
    // least squares is a projection
    let optimism = baseline.gaps["optimism_bits"];
    let of_projection = baseline.theory["projection_optimism_bits"];
    let error = optimism.sd.unwrap() / 60f64.sqrt();
    assert!((optimism.mean - of_projection).abs() < 4.0 * error, "{optimism:?} {of_projection}");
    let knobs: Vec<(&str, Option<f64>)> = regularization
        .points
        .iter()
        .map(|RegularizationPoint { knob, strength, .. }| (knob.as_str(), *strength))
        .collect();
    assert_eq!((knobs[5], knobs[2]), (("weight_decay", Some(1.0)), ("langevin", Some(0.003))));
    let gibbs = regularization.points[2].theory["gibbs_symmetrized_information_bits"];
    let gap = regularization.points[2].gaps["generalization_gap_bits"].mean;
    assert!((gibbs * 0.003 - gap).abs() < 1e-12);

    let spread = regularization.spreads.iter().find(|s| s.gap == Gap::Optimism).unwrap();
    assert_eq!(spread.knobs, ["input_noise", "langevin", "weight_decay"]);
    let [noise, heat, decay] = [0, 1, 2].map(|knob| spread.spread.deviations[knob].unwrap());
    assert!((decay.mean - noise.mean).abs() < 0.01, "{decay:?} {noise:?}");
    assert!(heat.ci95_low.unwrap() > decay.ci95_high.unwrap(), "{heat:?} {decay:?}");
    let most = spread.spread.largest_difference.unwrap().difference;
    assert!(most.mean.abs() < 0.2, "{}", spread.says);

    let csv = String::from_utf8(Format::Csv.bytes(tables::regularization(&evaluation))).unwrap();
    assert_eq!(csv.lines().count(), 8);
    assert!(
        csv.starts_with("setting,knob,strength,samples,trials_succeeded,noise_bits,noise_bits_sd,"),
        "{csv}"
    );
}
