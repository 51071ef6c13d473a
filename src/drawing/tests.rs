//! Figures of jobs whose results are made up.

use std::collections::BTreeMap;
use std::sync::Arc;

use roxmltree::{Document, Node};
use serde_json::{Value, json};

use super::*;
use crate::figure::{Axis, Figure, Mark, Overlay, Panel, Point, Scale, Series};
use crate::job::TrialState;
use crate::outcome::TrialOutcome;
use crate::science::bits::Bits;
use crate::science::trial::{Measured, TrialReport};
use crate::spec::ValidJobSpec;
use crate::spec::admission::Limits;

fn job(sweep: Value, more: Value) -> ValidJobSpec {
    let mut spec = json!({
        "dataset": {"kind": "random_labels", "inputs": 6, "samples": 16},
        "network": {"kind": "mlp", "hidden": [4]},
        "sweep": sweep,
        "seeds": 3,
    });
    spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    ValidJobSpec::parse(spec.to_string().as_bytes(), &Limits::default()).unwrap()
}

/// Trials that memorize all of 100 bits at most.
fn trials(job: &ValidJobSpec) -> Vec<TrialOutcome> {
    let trial = |number: u32| {
        let (cell, replicate) = job.place(number);
        let dataset_bits = job.cell(cell).dataset_bits();
        let bits = dataset_bits.min(100.0 + replicate as f64) - 0.01 * dataset_bits;
        let measured = Measured {
            numeric_profile: String::new(),
            reproducible: true,
            parameters: 33,
            dataset_bits: Bits(dataset_bits),
            steps: 1,
            ended_when_held: false,
            measurements: BTreeMap::from([("memorized_bits".into(), bits), ("train_error".into(), 0.25)]),
        };
        let report = Some(TrialReport::Succeeded(measured));
        TrialOutcome { number, state: TrialState::Succeeded, report, digest: None, probe: None }
    };
    let trials = u32::try_from(job.cell_count()).unwrap() * job.common().seeds;
    (0..trials).map(trial).collect()
}

fn asked(
    outcomes: Vec<TrialOutcome>,
    job: &ValidJobSpec,
    pairs: &[(&str, &str)],
) -> Result<String, Vec<Fault>> {
    let get = |name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let request = Request {
        kind: get("kind"),
        x: get("x"),
        y: get("y"),
        x_scale: get("x_scale"),
        y_scale: get("y_scale"),
    };
    let look = Look { theme: get("theme"), width: get("width"), is_marked: get("marked").is_some() };
    svg(&Evaluation::of(Arc::new(job.clone()), outcomes), &request, &look)
}

fn drawn(job: &ValidJobSpec, pairs: &[(&str, &str)]) -> String {
    asked(trials(job), job, pairs).unwrap()
}

fn words(text: &str) -> Vec<String> {
    let document = Document::parse(text).unwrap();
    let is_text = |node: &Node| node.has_tag_name("text");
    document.descendants().filter(is_text).map(|node| node.text().unwrap().trim().to_owned()).collect()
}

fn has(words: &[String], word: &str) -> bool {
    words.iter().any(|known| known == word)
}

fn samples() -> Value {
    json!([{"path": "/dataset/samples", "values": [16, 32, 64, 128, 256, 512]}])
}

#[test]
fn the_same_results_are_the_same_bytes() {
    let figure = Figure {
        title: "a title".into(),
        subtitle: "how to read it".into(),
        legend: "rate".into(),
        panels: vec![Panel {
            title: "left".into(),
            x: Axis::over("x (samples)".into(), Scale::Log2, [1.0, 64.0], vec![1.0, 8.0, 64.0]),
            y: Axis::over("y (bits)".into(), Scale::Linear, [0.0, 9.0], Vec::new()),
            series: vec![Series {
                label: "0.5".into(),
                style: 1,
                is_joined: true,
                is_context: false,
                points: vec![
                    Point { y_interval: Some((0.5, 1.5)), ..Point::new(1.0, 1.0) },
                    Point { x_interval: Some((6.0, 10.0)), ..Point::new(8.0, 3.0) },
                    Point::new(64.0, 9.0),
                ],
            }],
            overlays: vec![Overlay {
                label: "theory".into(),
                mark: Mark::Dashed,
                series: None,
                points: vec![(1.0, 0.0), (64.0, 9.0)],
                band: None,
            }],
            has_key: false,
        }],
        notes: vec!["a note".into()],
        columns: None,
    };
    let light = figure.svg(Theme::Light, None);
    assert_eq!(light, figure.svg(Theme::Light, None));
    assert_ne!(light, figure.svg(Theme::Dark, None));
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/src/drawing/golden.svg");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(golden, &light).unwrap();
    }
    let golden = std::fs::read_to_string(golden).unwrap();
    assert!(light == golden, "renew src/drawing/golden.svg with UPDATE=1 and look at it");
}

#[test]
fn a_sweep_over_sizes_is_drawn_as_a_capacity_with_its_peak() {
    let job = job(samples(), json!({"name": "how much"}));
    let words = words(&drawn(&job, &[]));
    for word in ["how much", "dataset (bits)", "memorized (bits)", "peak", "y = x: every bit of the data"] {
        assert!(has(&words, word), "{word} is not in {words:?}");
    }
    let note = words.iter().find(|word| word.starts_with("capacity: ")).unwrap();
    assert!(note.contains("bits/parameter of 33 parameters"), "{note}");
}

#[test]
fn a_measurement_has_stops_units_and_what_claims_expect() {
    let claims = json!([
        {"says": "a quarter", "quantity": "train_error", "at": {"/dataset/samples": 64},
         "relation": "at_most", "expected": 0.3},
    ]);
    let job = job(samples(), json!({"claims": claims}));
    let words = words(&drawn(&job, &[("kind", "measurement")]));
    let wanted = ["train error (fraction)", "dataset samples", "16", "512", "measured", "expected: at most"];
    for word in wanted {
        assert!(has(&words, word), "{word} is not in {words:?}");
    }
}

#[test]
fn every_setting_has_its_entry_and_many_are_spread_over_panels() {
    let sweep = json!([
        {"path": "/dataset/samples", "values": [16, 64, 256]},
        {"path": "/training/steps", "values": [10, 20, 40]},
        {"path": "/network/hidden", "values": [[2], [4], [8], [16]]},
    ]);
    let job = job(sweep, json!({}));
    let words = words(&drawn(&job, &[("y", "memorized_bits"), ("x", "/dataset/samples")]));
    for word in ["hidden", "2", "4", "8", "16", "steps = 10", "steps = 20", "steps = 40"] {
        assert!(has(&words, word), "{word} is not in {words:?}");
    }
}

#[test]
fn values_without_an_order_are_names() {
    let sweep = json!([{"path": "noise", "cases": [
        {"name": "none", "set": {}},
        {"name": "<dropout> & \"more\"", "set": {"/regularizers": [{"kind": "dropout", "rate": 0.5}]}},
    ]}]);
    let text = drawn(&job(sweep, json!({})), &[]);
    let words = words(&text);
    assert!(has(&words, "none") && has(&words, "<dropout> & \"more\""), "{words:?}");
}

#[test]
fn marked_parts_make_the_same_picture_with_its_numbers() {
    let job = job(samples(), json!({"name": "a \"name\" & <more>"}));
    let (plain, marked) = (drawn(&job, &[]), drawn(&job, &[("marked", "true")]));
    let document = Document::parse(&marked).unwrap();
    let groups = |name: &str| -> Vec<Node> {
        document.descendants().filter(|node| node.attribute(name).is_some()).collect()
    };
    // what is drawn is the same, in the same order
    let shapes = |text: &str| -> Vec<String> {
        let document = Document::parse(text).unwrap();
        let is_shape = |node: &Node| {
            node.is_element() && !["g", "svg", "title", "desc"].contains(&node.tag_name().name())
        };
        document
            .descendants()
            .filter(is_shape)
            .map(|node| {
                let attributes: Vec<String> = node
                    .attributes()
                    .map(|attribute| format!("{}={}", attribute.name(), attribute.value()))
                    .collect();
                format!(
                    "{} {} {}",
                    node.tag_name().name(),
                    attributes.join(" "),
                    node.text().unwrap_or_default()
                )
            })
            .collect()
    };
    assert_eq!(shapes(&plain), shapes(&marked));
    let points: Vec<(&str, f64)> = groups("data-at")
        .iter()
        .map(|point| {
            (point.attribute("data-at").unwrap(), point.attribute("data-value").unwrap().parse().unwrap())
        })
        .collect();
    // the mean of three replicates: 100, 101 and 102 bits at most, less a hundredth of the data
    assert_eq!(points.len(), 6);
    assert_eq!(points[5].0, "512");
    assert!((points[5].1 - (101.0 - 5.12)).abs() < 1e-9, "{points:?}");
    assert!(groups("data-low").len() <= 6 && groups("data-panel").len() == 1);
    let named = |name: &'static str| {
        groups(name).iter().map(|one| one.attribute(name).unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(named("data-series"), named("data-legend"));
}

#[test]
fn names_of_users_stay_words() {
    let name = "</text><script>alert('1')</script> & \u{202E}\u{FFFE}";
    let text = drawn(&job(samples(), json!({"name": name})), &[]);
    let document = Document::parse(&text).unwrap();
    let tags = ["svg", "title", "rect", "line", "polyline", "polygon", "circle", "text"];
    for node in document.descendants().filter(Node::is_element) {
        assert!(tags.contains(&node.tag_name().name()), "{node:?}");
        let is_loaded = |name: &str| name.contains("href") || name == "style" || name.starts_with("on");
        assert!(node.attributes().all(|attribute| !is_loaded(attribute.name())), "{node:?}");
    }
    assert!(words(&text)[0].starts_with("</text><script>alert('1')</script> &"));
}

#[test]
fn one_cell_shows_its_seeds_and_no_result_says_so() {
    let job = job(json!([]), json!({}));
    let words = words(&drawn(&job, &[]));
    assert!(has(&words, "replicate") && has(&words, "2"), "{words:?}");
    let nothing = asked(Vec::new(), &job, &[]).unwrap();
    assert!(nothing.contains("no result yet"), "{nothing}");
}

#[test]
fn every_fault_comes_back_at_once() {
    let job = job(samples(), json!({}));
    let places = |pairs: &[(&str, &str)]| -> Vec<String> {
        let faults = asked(trials(&job), &job, pairs).unwrap_err();
        faults.into_iter().map(|fault| fault.pointer).collect()
    };
    assert_eq!(places(&[("theme", "pink"), ("x", "/dataset"), ("y", "bits")]), ["/theme", "/x", "/y"]);
    assert_eq!(places(&[("theme", "pink"), ("kind", "pie")]), ["/kind", "/theme"]);
    assert_eq!(places(&[("kind", "capacity"), ("x", "/dataset/samples")]), ["/x"]);
}
