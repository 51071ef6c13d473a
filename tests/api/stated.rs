//! Whether the claims of a job were stated before looking.

use serde_json::{Value, json};

use super::harness::Server;

fn spec(name: &str, seeds: u32, expected: f64) -> Value {
    json!({
        "name": name,
        "dataset": {"kind": "random_labels", "inputs": 4, "samples": 12},
        "network": {"kind": "linear"},
        "training": {"steps": 20},
        "seeds": seeds,
        "claims": [{"says": "much is held", "quantity": "memorized_bits", "relation": "at_least", "expected": expected}],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_on_trials_that_were_run_here_before_do_not_count_as_stated_before() {
    let server = Server::start().await;
    let first = server.run(&spec("first", 3, 1.0)).await;
    let stated = &first["job"]["stated"];
    assert_eq!((&stated["trials_known_before"], &stated["claims_before_looking"]), (&json!(0), &json!(true)));
    assert_eq!(stated["spec_digest"].as_str().unwrap().len(), 64);
    // other claims on the same trials, and more replicates: three of five were looked at
    let second = server.run(&spec("second", 5, 2.0)).await;
    let again = &second["job"]["stated"];
    assert_eq!((&again["trials_known_before"], &again["claims_before_looking"]), (&json!(3), &json!(false)));
    assert_ne!(again["spec_digest"], stated["spec_digest"]);
    // another seed has not been looked at
    let mut fresh = spec("third", 3, 2.0);
    fresh["seed"] = json!(77);
    let third = server.run(&fresh).await;
    assert_eq!(third["job"]["stated"]["claims_before_looking"], json!(true));
    // without claims nothing was stated
    fresh["claims"] = json!([]);
    fresh["seed"] = json!(78);
    assert_eq!(server.run(&fresh).await["job"]["stated"]["claims_before_looking"], Value::Null);
    server.stop().await;
}
