//! `GET /v1/compare`.

use serde_json::{Value, json};

use super::harness::Server;

fn spec(seed: u64, seeds: u32, samples: &[u64], rate: f64) -> Value {
    json!({
        "dataset": {"kind": "random_labels", "inputs": 6, "samples": 8},
        "network": {"kind": "linear"},
        "training": {"steps": 30, "learning_rate": rate},
        "sweep": [{"path": "/dataset/samples", "values": samples}],
        "seeds": seeds, "seed": seed,
    })
}

fn id(finished: &Value) -> &str {
    finished["job"]["id"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn cells_are_aligned_and_differences_paired_by_replicate() {
    let server = Server::start().await;
    let first = server.run(&spec(3, 4, &[8, 16, 24], 0.01)).await;
    let second = server.run(&spec(3, 6, &[24, 16, 32], 0.1)).await;
    let path = format!("/v1/compare?jobs={},{}&quantity=memorized_bits", id(&first), id(&second));
    let table = server.get(&path).await.json();
    assert_eq!((&table["paired"], &table["total"]), (&json!(true), &json!(2)));
    let setting = |pointer: &str, a: Value, b: Value| json!({"pointer": pointer, "values": [a, b]});
    assert_eq!(
        table["settings"],
        json!([
            setting("/seeds", json!(4), json!(6)),
            setting("/training/learning_rate", json!(0.01), json!(0.1))
        ])
    );
    let places: Vec<&Value> = table["items"].as_array().unwrap().iter().map(|item| &item["cell"]).collect();
    assert_eq!(places, [&json!({"/dataset/samples": 24}), &json!({"/dataset/samples": 16})]);
    assert_eq!(
        table["unmatched"][0],
        json!({"job": id(&first), "cells": 1, "first": [{"/dataset/samples": 8}]})
    );
    assert_eq!(table["unmatched"][1]["first"], json!([{"/dataset/samples": 32}]));
    // by hand, from the trials: four pairs of one cell
    let bits = async |finished: &Value, samples: u64| -> Vec<f64> {
        let path = finished["job"]["links"]["trials"].as_str().unwrap();
        let trials = server.get(path).await.json();
        let of_cell =
            trials["items"].as_array().unwrap().iter().filter(|t| t["cell"]["/dataset/samples"] == samples);
        of_cell.map(|trial| trial["report"]["measurements"]["memorized_bits"].as_f64().unwrap()).collect()
    };
    let (a, b) = (bits(&first, 24).await, bits(&second, 24).await);
    let mean = a.iter().zip(&b).map(|(a, b)| b - a).sum::<f64>() / 4.0;
    let item = &table["items"][0];
    assert!((item["difference"].as_f64().unwrap() - mean).abs() < 1e-12);
    assert_eq!((&item["method"], &item["n"], &item["unit"]), (&json!("paired"), &json!(4), &json!("bits")));
    // Holm over two: the smaller is doubled
    let p = |item: &Value, name: &str| item[name].as_f64().unwrap();
    let smaller =
        table["items"].as_array().unwrap().iter().min_by(|a, b| p(a, "p_value").total_cmp(&p(b, "p_value")));
    let smaller = smaller.unwrap();
    assert!((p(smaller, "p_holm") - (2.0 * p(smaller, "p_value")).min(1.0)).abs() < 1e-12);
    // page by page the same, corrected over the whole table
    let one = server.get(&format!("{path}&limit=1&cursor=1")).await.json();
    assert_eq!((&one["items"][0], &one["next_cursor"]), (&table["items"][1], &json!(null)));
    // all headline quantities unless stated
    let all = server.get(&format!("/v1/compare?jobs={},{}", id(&first), id(&second))).await.json();
    assert!(all["total"].as_u64().unwrap() > 4);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_seeds_are_not_paired_and_a_job_is_equal_to_its_like() {
    let server = Server::start().await;
    let first = server.run(&spec(3, 4, &[16], 0.01)).await;
    let other = server.run(&spec(4, 5, &[16], 0.01)).await;
    let again = server.run(&spec(3, 4, &[16], 0.01)).await;
    let path =
        format!("/v1/compare?jobs={},{},{}&quantity=memorized_bits", id(&first), id(&other), id(&again));
    let table = server.get(&path).await.json();
    assert_eq!((&table["paired"], &table["items"][0]["method"]), (&json!(false), &json!("welch")));
    assert_eq!((&table["items"][0]["n_baseline"], &table["items"][0]["n"]), (&json!(4), &json!(5)));
    assert!(table["notes"][0].as_str().unwrap().contains("not paired"));
    let path = format!("/v1/compare?jobs={},{}&quantity=memorized_bits", id(&first), id(&again));
    let item = server.get(&path).await.json()["items"][0].clone();
    assert_eq!(
        (&item["difference"], &item["p_value"], &item["no_interval"]),
        (&json!(0.0), &json!(null), &json!("no_spread"))
    );
    // every fault at once
    let answer = server.get(&format!("/v1/compare?jobs={0},{0},x&quantity=speed&limit=0", id(&first))).await;
    assert_eq!((answer.status.as_u16(), answer.json()["errors"].as_array().unwrap().len()), (400, 4));
    assert_eq!(server.get("/v1/compare").await.status, 400);
    let gone = "01912345-0000-7000-8000-000000000000";
    assert_eq!(server.get(&format!("/v1/compare?jobs={},{gone}", id(&first))).await.status, 404);
    server.stop().await;
}
