//! `POST /v1/jobs/{id}/verify` and `GET /v1/jobs/{id}/verification`.

use bitgauge::job::TrialState;
use bitgauge::outcome::Digest;
use bitgauge::work::Completion;
use reqwest::Method;
use serde_json::json;

use crate::harness::{Access, Server, small_job};

#[tokio::test(flavor = "multi_thread")]
async fn trials_give_the_same_digests_again() {
    let server = Server::start().await;
    let mut spec = small_job();
    spec["seeds"] = json!(5);
    let first = server.run(&spec).await;
    let verify = format!("{}/verify", first["job"]["links"]["self"].as_str().unwrap());
    let request =
        server.request(Method::POST, &verify).json(&json!({"sample": 2})).header("prefer", "wait=60");
    let answer = server.send(request).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let job = answer.json()["job"].clone();
    assert_eq!(job["origin"], json!({"id": first["job"]["id"], "relation": "verification"}));
    let path = job["links"]["self"].as_str().unwrap();
    let report = server.get(&format!("{path}/verification")).await.json();
    assert_eq!(
        (&report["verdict"], &report["trials"], &report["equal"]),
        (&json!("equal"), &json!(2), &json!(2))
    );
    assert_eq!(report["left_out"]["not_asked_for"], 3);
    let numbers: Vec<_> = server.get(&format!("{path}/trials")).await.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|trial| trial["trial"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, [0, 4]);
    // all, without a body
    let all = server.send(server.request(Method::POST, &verify).header("prefer", "wait=60")).await.json();
    assert_eq!(all["job"]["trials"]["succeeded"], 5);
    for (body, pointer) in [
        (json!({"trials": [0, 9]}), "/trials/1"),
        (json!({"trials": []}), "/trials"),
        (json!({"sample": 0}), "/sample"),
        (json!({"sample": 1, "trials": [0]}), ""),
    ] {
        let answer = server.post(&verify, &body).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["errors"][0]["pointer"]), (422, &json!(pointer)));
    }
    assert_eq!(
        server.get(&format!("{}/verification", first["job"]["links"]["self"].as_str().unwrap())).await.status,
        404
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_digest_is_an_alarm_and_is_shown() {
    let server = Server::start().await;
    let first = server.run(&small_job()).await;
    let path = first["job"]["links"]["self"].as_str().unwrap().to_owned();
    let idle = Server::on(server.stop().await, 0, Access::default()).await;
    let answer = idle.post(&format!("{path}/verify"), &json!({})).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    let verification = format!("{}/verification", answer.header("location"));
    assert_eq!(idle.get(&verification).await.json()["verdict"], "pending");
    // somebody with another arithmetic runs them
    let wrong = Digest::of(b"another");
    for _ in 0..2 {
        let lease = idle.store.claim("hand", 60_000).await.unwrap().unwrap().lease;
        let report = idle.get(&format!("{path}/trials/{}", lease.number)).await.json()["report"].to_string();
        let completion = Completion::Reported {
            state: TrialState::Succeeded,
            report,
            digest: Some(wrong.clone()),
            seconds: 0.1,
        };
        idle.store.complete(lease, completion).await.unwrap();
    }
    let report = idle.get(&verification).await.json();
    assert_eq!(
        (&report["verdict"], &report["differing"], &report["equal"]),
        (&json!("different"), &json!(2), &json!(0))
    );
    assert_eq!(report["differences"][1]["digest"], wrong.as_str());
    assert_eq!(idle.store.digest_alarms().await.unwrap(), 2);
    let note = idle.get(answer.header("location")).await.json()["note"].clone();
    assert!(note.as_str().unwrap().starts_with("2 trials gave other digests"));
    idle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_repeated_is_left_out() {
    let server = Server::start().await;
    let mut spec = small_job();
    spec["training"] = json!({"steps": 20, "batch_size": 4, "optimizer": {"kind": "hogwild", "threads": 2}});
    let first = server.run(&spec).await;
    let verify = format!("{}/verify", first["job"]["links"]["self"].as_str().unwrap());
    let answer = server.post(&verify, &json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (409, "nothing-to-verify"));
    assert!(answer.json()["detail"].as_str().unwrap().contains("2 are not reproducible"));
    server.stop().await;
}
