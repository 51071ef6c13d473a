//! What every kind of every family promises, checked on its example.

use bitgauge::catalog::catalog;
use bitgauge::science::estimator::Estimator;
use bitgauge::science::family::Family;
use bitgauge::science::initialization::Initialization;
use bitgauge::science::network::Network;
use bitgauge::science::network::features::map::FeatureMap;
use bitgauge::science::network::head::Head;
use bitgauge::science::optimizer::Optimizer;
use bitgauge::science::regularizer::Regularizer;
use bitgauge::science::source::Source;
use garde::Validate;
use serde_json::{Value, json};

use super::harness::Server;

fn each<F: Family + PartialEq + std::fmt::Debug + Validate<Context = ()>>() {
    let entries = F::entries(&mut schemars::SchemaGenerator::default());
    let examples = F::examples();
    assert_eq!(entries.len(), examples.len());
    for (entry, example) in entries.iter().zip(&examples) {
        let kind = &entry.kind;
        assert!(example.validate().is_ok(), "{kind}: the example is valid");
        assert!(!entry.summary.is_empty() && !entry.summary.ends_with('.'), "{kind}: {}", entry.summary);
        let value = serde_json::to_value(example).unwrap();
        assert_eq!(value["kind"], json!(kind));
        assert_eq!(value, entry.example);
        let back: F = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(&back, example, "{kind}: JSON round trip");
        let mut unknown = value.clone();
        unknown["colour"] = json!("red");
        assert!(serde_json::from_value::<F>(unknown).is_err(), "{kind}: an unknown field is refused");
        for (name, field) in value.as_object().unwrap().iter().filter(|(name, _)| *name != "kind") {
            let mut wrong = value.clone();
            wrong[name] = json!({"not": "this"});
            let is_refused = match serde_json::from_value::<F>(wrong) {
                Ok(read) => read.validate().is_err(),
                Err(_) => true,
            };
            assert!(is_refused, "{kind}/{name}: a wrong type is refused");
            if field.is_number() {
                for extreme in [json!(-1e300), json!(1e300)] {
                    let mut out = value.clone();
                    out[name] = extreme;
                    let is_refused = match serde_json::from_value::<F>(out) {
                        Ok(read) => read.validate().is_err(),
                        Err(_) => true,
                    };
                    assert!(is_refused, "{kind}/{name}: out of range is refused");
                }
            }
        }
        let schema = serde_json::to_value(&entry.schema).unwrap();
        let documented = |name: &str| schema["properties"][name]["description"].is_string();
        for name in value.as_object().unwrap().keys().filter(|name| *name != "kind") {
            assert!(documented(name), "{kind}/{name} has no document");
        }
    }
}

#[test]
fn every_kind_reads_back_and_refuses_what_it_must() {
    each::<Source>();
    each::<Network>();
    each::<Head>();
    each::<FeatureMap>();
    each::<Regularizer>();
    each::<Optimizer>();
    each::<Initialization>();
    each::<Estimator>();
}

#[test]
fn quantities_have_one_estimator_a_unit_and_a_name_that_says_it() {
    let mut names = std::collections::BTreeSet::new();
    for listed in catalog().quantities {
        let quantity = listed.quantity;
        assert!(names.insert(quantity.name), "{} stands twice", quantity.name);
        assert!(!quantity.definition.is_empty());
        if quantity.unit.name().starts_with("bits") {
            assert!(quantity.name.contains("bits"), "{} does not say bits", quantity.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_lists_kinds_whose_examples_can_be_posted() {
    let server = Server::idle().await;
    let catalog = server.get("/v1/catalog").await.json();
    let kinds = |family: &str| -> Vec<Value> {
        catalog["families"][family].as_array().unwrap().iter().map(|e| e["example"].clone()).collect()
    };
    let base = || json!({"dataset": kinds("sources")[0], "network": {"kind": "mlp", "hidden": [4]}});
    for optimizer in kinds("optimizers") {
        let mut spec = base();
        spec["training"] = json!({"optimizer": optimizer});
        assert_eq!(server.post("/v1/jobs?dry_run=true", &spec).await.status, 200, "{optimizer}");
    }
    for initialization in kinds("initializations") {
        let mut spec = base();
        spec["training"] = json!({"initialization": initialization});
        assert_eq!(server.post("/v1/jobs?dry_run=true", &spec).await.status, 200, "{initialization}");
    }
    // every network runs on the data of some source, every regularizer acts in some network, and
    // every estimator measures some network
    let sources = kinds("sources");
    let mut networks = kinds("networks");
    networks.push(json!({"kind": "mlp", "hidden": [4, 4], "residual": true}));
    networks.push(json!({"kind": "linear", "bias": false}));
    let accepted = async |change: &dyn Fn(&mut Value)| {
        for network in &networks {
            for source in &sources {
                let mut spec = json!({"dataset": source, "network": network});
                change(&mut spec);
                if server.post("/v1/jobs?dry_run=true", &spec).await.status == 200 {
                    return true;
                }
            }
        }
        false
    };
    for network in kinds("networks") {
        assert!(accepted(&|spec| spec["network"] = network.clone()).await, "{network}");
    }
    for regularizer in kinds("regularizers") {
        assert!(accepted(&|spec| spec["regularizers"] = json!([regularizer])).await, "{regularizer}");
    }
    for estimator in kinds("estimators") {
        assert!(accepted(&|spec| spec["estimators"] = json!([estimator])).await, "{estimator}");
    }
}
