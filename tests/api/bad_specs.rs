//! Specs that cannot run: each is refused with the place of its fault, and
//! nothing is stored.

use reqwest::Method;
use serde_json::{Value, json};

use super::harness::{Server, small_job};

/// The small job with one value replaced or added.
fn with(pointer: &str, value: Value) -> Value {
    let mut spec = small_job();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    spec.pointer_mut(parent).unwrap()[key] = value;
    spec
}

fn without(pointer: &str) -> Value {
    let mut spec = small_job();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    spec.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(key);
    spec
}

fn sweep(axes: Value) -> Value {
    with("/sweep", axes)
}

/// A job that searches, with some fields replaced.
fn searching(fields: Value) -> Value {
    let mut spec = with("/search", json!({"kind": "capacity"}));
    spec["seeds"] = json!(8);
    spec.as_object_mut().unwrap().remove("sweep");
    spec.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    spec
}

fn mlp(fields: Value) -> Value {
    let mut network = json!({"kind": "mlp", "hidden": [4]});
    network.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    with("/network", network)
}

/// Spec and the place of its fault.
fn faulty() -> Vec<(Value, &'static str)> {
    let many: Vec<u32> = (1..=10_001).collect();
    let thousand: Vec<u32> = (1..=1000).collect();
    vec![
        (json!(null), ""),
        (json!([]), ""),
        (with("/search", json!({"kind": "size"})), "/search/kind"),
        (with("/search", json!({"kind": "capacity", "tolerance": 0.9})), "/search/tolerance"),
        (with("/search", json!({"kind": "capacity", "work": 1})), "/search/work"),
        (with("/sweep", json!([{"path": "a/b", "cases": [{"name": "x", "set": {}}]}])), "/sweep/0/path"),
        (
            with("/sweep", json!([{"path": "a", "cases": [{"name": "x", "set": {"/seeds": 1}}]}])),
            "/sweep/0/cases/0/set/~1seeds",
        ),
        (
            with("/sweep", json!([{"path": "a", "cases": [{"name": "x", "set": {"/training/steps": 0}}]}])),
            "/sweep/0/cases/0/set/~1training~1steps",
        ),
        (
            with(
                "/claims",
                json!([{"says": "s", "quantity": "no_such", "relation": "equal", "expected": 0}]),
            ),
            "/claims/0/quantity",
        ),
        (
            with(
                "/claims",
                json!([{"says": "s", "quantity": "memorized_bits", "at": {"x": 1}, "relation": "equal", "expected": 0}]),
            ),
            "/claims/0/at",
        ),
        (
            with(
                "/claims",
                json!([{"says": "s", "quantity": "capacity.bits", "minus": {"x": 1}, "relation": "equal", "expected": 0}]),
            ),
            "/claims/0/minus",
        ),
        (searching(json!({"seeds": 3})), "/seeds"),
        (searching(json!({"estimators": [{"kind": "symmetry"}]})), "/estimators"),
        (searching(json!({"sweep": [{"path": "/dataset/samples", "values": [8, 16]}]})), "/sweep/0/path"),
        (searching(json!({"dataset": {"kind": "no_data"}, "network": {"kind": "landscape"}})), "/network"),
        (with("/network", json!({"kind": "landscape"})), "/network"),
        (with("/dataset", json!({"kind": "no_data"})), "/network"),
        (
            with(
                "/estimators",
                json!([{"kind": "layer_information"}, {"kind": "layer_information", "layer": 1}]),
            ),
            "/estimators/1",
        ),
        (json!("spec"), ""),
        (json!({}), "/dataset"),
        (without("/dataset"), "/dataset"),
        (without("/network"), "/network"),
        (without("/dataset/kind"), "/dataset/kind"),
        (without("/dataset/samples"), "/dataset/samples"),
        (with("/colour", json!("red")), "/colour"),
        (with("/dataset", json!("random_labels")), "/dataset"),
        (with("/dataset/kind", json!("mnist")), "/dataset/kind"),
        (with("/dataset/kind", json!(7)), "/dataset/kind"),
        (with("/dataset/sample", json!(3)), "/dataset/sample"),
        (with("/dataset/samples", json!(0)), "/dataset/samples"),
        (with("/dataset/samples", json!(-8)), "/dataset/samples"),
        (with("/dataset/samples", json!(8.5)), "/dataset/samples"),
        (with("/dataset/samples", json!("8")), "/dataset/samples"),
        (with("/dataset/samples", json!(1e30)), "/dataset/samples"),
        (with("/dataset/samples", json!(u64::MAX)), "/dataset/samples"),
        (with("/dataset/inputs", json!(0)), "/dataset/inputs"),
        (with("/dataset/inputs", json!(1_000_000_000)), "/dataset/inputs"),
        (with("/dataset/classes", json!(1)), "/dataset/classes"),
        (with("/dataset/classes", json!(null)), "/dataset/classes"),
        (with("/dataset/input_distribution", json!("cauchy")), "/dataset/input_distribution"),
        (with("/network/kind", json!("perceptron")), "/network/kind"),
        (with("/network/hidden", json!([4])), "/network/hidden"),
        (mlp(json!({"hidden": []})), "/network/hidden"),
        (mlp(json!({"hidden": [4, 0]})), "/network/hidden/1"),
        (mlp(json!({"hidden": [4, -1]})), "/network/hidden"),
        (mlp(json!({"hidden": [1_000_000_000]})), "/network/hidden/0"),
        (mlp(json!({"hidden": vec![1; 1000]})), "/network/hidden"),
        (mlp(json!({"activation": "swish9"})), "/network/activation"),
        (with("/regularizers", json!({"kind": "dropout"})), "/regularizers"),
        (with("/regularizers", json!([{"kind": "dropout", "rate": 0.5}])), "/regularizers/0"),
        (with("/regularizers", json!([{"kind": "weight_decay"}])), "/regularizers/0/rate"),
        (with("/regularizers", json!([{"kind": "weight_decay", "rate": -1}])), "/regularizers/0/rate"),
        (with("/regularizers", json!([{"kind": "label_smoothing", "rate": 1.5}])), "/regularizers/0/rate"),
        (with("/regularizers", json!([{"kind": "prayer"}])), "/regularizers/0/kind"),
        (with("/training/steps", json!(0)), "/training/steps"),
        (with("/training/steps", json!(-1)), "/training/steps"),
        (with("/training/learning_rate", json!(0)), "/training/learning_rate"),
        (with("/training/learning_rate", json!(-0.1)), "/training/learning_rate"),
        (with("/training/learning_rate", json!("NaN")), "/training/learning_rate"),
        (with("/training/learning_rate", json!(1e300)), "/training/learning_rate"),
        (with("/training/schedule", json!("linear9")), "/training/schedule"),
        (with("/training/batch_size", json!(0)), "/training/batch_size"),
        (with("/training/batch_size", json!("half")), "/training/batch_size"),
        (with("/training/optimizer", json!({"kind": "adam", "beta1": 1.0})), "/training/optimizer/beta1"),
        (
            with("/training/optimizer", json!({"kind": "sgd", "momentum": -0.1})),
            "/training/optimizer/momentum",
        ),
        (with("/training/optimizer", json!({"kind": "lion"})), "/training/optimizer/kind"),
        (with("/estimators", json!([])), "/estimators"),
        (with("/estimators", json!([{"kind": "vibes"}])), "/estimators/0/kind"),
        (
            with("/estimators", json!([{"kind": "memorized_bits"}, {"kind": "memorized_bits"}])),
            "/estimators/1",
        ),
        (with("/seeds", json!(0)), "/seeds"),
        (with("/seeds", json!(1.5)), "/seeds"),
        (with("/seeds", json!(4_294_967_296_u64)), "/seeds"),
        (with("/seed", json!(-1)), "/seed"),
        (with("/budget", json!({"trial_seconds": 0})), "/budget/trial_seconds"),
        (with("/budget", json!({"hours": 1})), "/budget/hours"),
        (with("/name", json!(["x"])), "/name"),
        (with("/name", json!("x".repeat(201))), "/name"),
        (with("/name", json!("two\nlines")), "/name"),
        (with("/tags", json!([""])), "/tags/0"),
        (sweep(json!({"path": "/dataset/samples"})), "/sweep"),
        (sweep(json!([{"path": "/dataset/samples"}])), "/sweep/0"),
        (sweep(json!([{"path": "/dataset/samples", "values": []}])), "/sweep/0/values"),
        (sweep(json!([{"path": "/dataset/samples", "values": [1, 1]}])), "/sweep/0/values/1"),
        (sweep(json!([{"path": "/dataset/samples", "values": [1, 0]}])), "/sweep/0/values/1"),
        (sweep(json!([{"path": "/dataset/samples", "values": [1, "x"]}])), "/sweep/0/values/1"),
        (sweep(json!([{"path": "/dataset/nothing", "values": [1]}])), "/sweep/0/path"),
        (sweep(json!([{"path": "/dataset/samples/0", "values": [1]}])), "/sweep/0/path"),
        (sweep(json!([{"path": "dataset/samples", "values": [1]}])), "/sweep/0/path"),
        (sweep(json!([{"path": "/seeds", "values": [1]}])), "/sweep/0/path"),
        (sweep(json!([{"path": "", "values": [1]}])), "/sweep/0/path"),
        (
            sweep(json!([{"path": "/dataset", "values": [small_job()["dataset"]]},
                         {"path": "/dataset/samples", "values": [1]}])),
            "/sweep/1/path",
        ),
        (sweep(json!([{"path": "/dataset/samples", "values": many}])), "/sweep/0/values"),
        (
            sweep(json!([{"path": "/dataset/samples", "values": thousand},
                         {"path": "/dataset/inputs", "values": thousand}])),
            "/sweep",
        ),
        (
            sweep(json!([{"path": "/dataset/samples", "log2_range": {"from": 0, "to": 8, "points": 3}}])),
            "/sweep/0/log2_range/from",
        ),
        (
            sweep(json!([{"path": "/dataset/samples", "log2_range": {"from": 1, "to": 8, "points": 1}}])),
            "/sweep/0/log2_range/points",
        ),
        (
            sweep(json!([{"path": "/dataset/samples", "log2_range": {"from": 1, "to": 8, "points": 1e9}}])),
            "/sweep/0/log2_range/points",
        ),
        (
            sweep(json!([{"path": "/dataset/samples", "log2_range": {"from": 1, "to": 1e308, "points": 5}}])),
            "/sweep/0",
        ),
        // beyond memory and beyond time, by an estimate that does not overflow
        (
            {
                let mut spec = mlp(json!({"hidden": vec![65536; 64]}));
                spec["dataset"]["inputs"] = json!(65536);
                spec
            },
            "/network",
        ),
        (with("/training/steps", json!(1_000_000_000)), "/training/steps"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_is_refused_with_its_place_and_nothing_is_stored() {
    let server = Server::idle().await;
    let faulty = faulty();
    assert!(faulty.len() >= 60);
    for (spec, place) in faulty {
        let answer = server.post("/v1/jobs", &spec).await;
        assert_eq!(answer.status, 422, "{spec}: {}", answer.text);
        let problem = answer.json();
        assert_eq!(problem["type"], "urn:bitgauge:problem:invalid-spec");
        let places: Vec<&str> =
            problem["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
        let found = places.iter().any(|p| *p == place || (!place.is_empty() && p.starts_with(place)));
        assert!(found, "{place} is not in {places:?} of {spec}");
        let dry = server.post("/v1/jobs?dry_run=true", &spec).await;
        assert_eq!((dry.status, dry.json()), (answer.status, problem));
    }
    assert_eq!(server.get("/v1/jobs").await.json()["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_json_is_refused_before_anything_else() {
    let server = Server::idle().await;
    let texts = [
        "",
        "{",
        "{\"dataset\": NaN}",
        "{\"seeds\": 1e999}",
        "{\"seeds\": 1, \"seeds\": 2}",
        "{} {}",
        "\u{feff}{}",
        "{'dataset': 1}",
        "// comment\n{}",
    ];
    for text in texts {
        let request = server.request(Method::POST, "/v1/jobs").header("content-type", "application/json");
        let answer = server.send(request.body(text)).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (400, "invalid-json"), "{text}");
        assert_eq!(answer.json()["errors"].as_array().unwrap().len(), 1);
    }
    let request = server.request(Method::POST, "/v1/jobs").header("content-type", "application/json");
    assert_eq!(server.send(request.body(vec![0xff, 0xfe, 0x00])).await.status, 400);
    let request = server.request(Method::POST, "/v1/jobs").header("content-type", "application/json");
    assert_eq!(server.send(request.body("[".repeat(100_000))).await.status, 400);
    assert_eq!(server.get("/v1/jobs").await.json()["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_faults_come_at_once() {
    let server = Server::idle().await;
    let mut spec = with("/dataset/samples", json!(0));
    spec["seeds"] = json!(0);
    spec["training"] = json!({"steps": "many", "learning_rate": -1});
    spec["colour"] = json!(1);
    let answer = server.post("/v1/jobs", &spec).await;
    assert_eq!(answer.json()["errors"].as_array().unwrap().len(), 5, "{}", answer.text);
}
