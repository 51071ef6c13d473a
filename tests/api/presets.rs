//! Presets: questions that come with the binary, from the list to their verdicts.

use serde_json::json;

use super::harness::Server;

#[tokio::test(flavor = "multi_thread")]
async fn a_preset_runs_from_its_name_to_its_verdicts() {
    let server = Server::start().await;
    let list = server.get("/v1/presets").await.json();
    let presets = list["presets"].as_array().unwrap();
    assert!(presets.len() >= 14);
    let symmetry = presets.iter().find(|preset| preset["id"] == "symmetry-breaking").unwrap();
    assert!(symmetry["quick"]["trials"].as_u64() < symmetry["full"]["trials"].as_u64());
    assert_eq!(symmetry["measured"], json!(["least_unit_distance"]));

    let finished = server.run(&json!({"preset": "symmetry-breaking", "overrides": {"seeds": 8}})).await;
    assert_eq!(finished["job"]["name"], symmetry["title"]);
    assert_eq!(finished["job"]["trials"]["succeeded"], 64);
    let verdicts = finished["analysis"]["verdicts"].as_array().unwrap();
    assert_eq!(verdicts.len(), symmetry["spec"]["claims"].as_array().unwrap().len());
    let of = |noise: &str| verdicts.iter().find(|v| v["cell"]["noise"] == noise).unwrap();
    assert_eq!((&of("minibatches")["verdict"], &of("minibatches")["measured"]), (&json!("yes"), &json!(0.0)));
    assert!(of("gradient noise")["measured"].as_f64().unwrap() > 0.0);

    // a claim may turn out wrong, and then says so
    let claim = json!({"says": "dropout parts nothing", "quantity": "least_unit_distance",
        "at": {"noise": "gradient noise"}, "relation": "equal", "expected": -1.0});
    let request = json!({"preset": "symmetry-breaking", "overrides": {"seeds": 8, "claims": [claim]}});
    let finished = server.run(&request).await;
    assert_eq!(finished["analysis"]["verdicts"][0]["verdict"], "no");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_a_preset_lie_where_they_were_sent() {
    let server = Server::idle().await;
    for (request, pointer) in [
        (json!({"preset": "no-such-thing"}), "/preset"),
        (json!({"preset": "binary-units", "form": "huge"}), "/form"),
        (
            json!({"preset": "binary-units", "overrides": {"training": {"steps": 0}}}),
            "/overrides/training/steps",
        ),
        (json!({"preset": "binary-units", "colour": "red"}), "/colour"),
    ] {
        let answer = server.post("/v1/jobs", &request).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{}", answer.text);
    }
    server.stop().await;
}
