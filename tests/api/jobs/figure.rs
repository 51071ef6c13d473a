//! Pictures and tables of jobs.

use reqwest::Method;
use roxmltree::Document;
use serde_json::{Value, json};

use crate::harness::{Server, long_job, small_job};

fn sweep() -> Value {
    let mut spec = small_job();
    spec["name"] = json!("<b>bits</b> & more");
    spec["sweep"] = json!([
        {"path": "/dataset/samples", "values": [4, 8, 64]},
        {"path": "/training/steps", "values": [20, 40]},
    ]);
    spec
}

fn pointers(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"].as_array().unwrap();
    errors.iter().map(|fault| fault["pointer"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_drawn() {
    let server = Server::start().await;
    let finished = server.run(&sweep()).await;
    let link = finished["job"]["links"]["figure"].as_str().unwrap();
    let mut seen = Vec::new();
    for query in ["", "?theme=dark", "?kind=capacity", "?kind=measurement&y=train_error&x=/training/steps"] {
        let answer = server.get(&format!("{link}{query}")).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("content-type")),
            (200, "image/svg+xml"),
            "{query}"
        );
        let document = Document::parse(&answer.text).unwrap();
        assert!(document.root_element().has_tag_name(("http://www.w3.org/2000/svg", "svg")));
        assert!(answer.text.contains("&lt;b&gt;bits&lt;/b&gt; &amp; more") && !answer.text.contains("<b>"));
        assert!(answer.header("content-security-policy").contains("default-src 'self'"));
        seen.push(answer.text);
    }
    let kinds = server.get(&link.replace("figure.svg", "figures")).await.json();
    assert_eq!(
        kinds["items"].as_array().unwrap().iter().map(|item| &item["kind"]).collect::<Vec<_>>()[0],
        "capacity"
    );
    for item in kinds["items"].as_array().unwrap() {
        assert_eq!(server.get(item["svg"].as_str().unwrap()).await.status, 200, "{item}");
    }
    assert_eq!(seen[0], seen[2], "a sweep over sizes is a capacity");
    assert!(seen[0] != seen[1] && seen[0] != seen[3]);

    let answer = server.get(link).await;
    let again = server.request(Method::GET, link).header("if-none-match", answer.header("etag"));
    let again = server.send(again).await;
    assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_a_table_for_terminals() {
    let server = Server::start().await;
    let finished = server.run(&sweep()).await;
    let path = finished["job"]["links"]["self"].as_str().unwrap();
    let answer = server.get(&format!("{path}/figure.txt")).await;
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    for expected in ["12 of 12 trials succeeded", "samples", "memorized_bits", "capacity at steps = 40: "] {
        assert!(answer.text.contains(expected), "{expected} is not in\n{}", answer.text);
    }
    assert_eq!(server.get(&format!("{path}/figure.txt?theme=dark")).await.status, 400);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_drawn_is_refused_with_every_fault() {
    let server = Server::start().await;
    let finished = server.run(&small_job()).await;
    let link = finished["job"]["links"]["figure"].as_str().unwrap();
    for (query, places) in [
        ("?kind=pie&theme=pink", vec!["/kind", "/theme"]),
        ("?theme=pink&x=/dataset/samples&y=bits", vec!["/theme", "/x", "/y"]),
        ("?kind=capacity", vec!["/kind"]),
        ("?kind=capacity&x=a&y=b", vec!["/kind", "/x", "/y"]),
        ("?size=3", vec!["/size"]),
    ] {
        let answer = server.get(&format!("{link}{query}")).await;
        assert_eq!(
            (answer.status.as_u16(), answer.problem().as_str()),
            (400, "invalid-parameter"),
            "{query}"
        );
        assert_eq!(pointers(&answer.json()), places, "{query}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_without_results_is_drawn_without_points() {
    let server = Server::idle().await;
    let path = server.submit(&long_job()).await;
    let answer = server.get(&format!("{path}/figure.svg")).await;
    assert!(answer.text.contains("no result yet"), "{}", answer.text);
    let answer = server.get(&format!("{path}/figure.txt")).await;
    assert!(answer.text.contains("0 of 2 trials succeeded"), "{}", answer.text);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn knobs_are_drawn_on_one_axis_and_are_a_table() {
    let server = Server::start().await;
    let decay = |rate: f64| json!([{"kind": "weight_decay", "rate": rate}]);
    let noise = |scale: f64| json!([{"kind": "input_noise", "scale": scale}]);
    let finished = server
        .run(&json!({
            "name": "knobs",
            "dataset": {"kind": "linear_regression", "inputs": 10, "samples": 40, "noise": 1.0},
            "network": {"kind": "linear", "bias": false},
            "training": {"optimizer": {"kind": "sgd"}, "learning_rate": 0.1, "steps": 200, "schedule": "constant"},
            "sweep": [{"path": "/regularizers", "values": [[], decay(0.3), decay(3.0), noise(0.5), noise(1.7)]}],
            "estimators": [{"kind": "generalization_gap"}],
            "seeds": 3,
        }))
        .await;
    let spread = &finished["analysis"]["regularization"][0]["spreads"][0];
    assert_eq!(spread["knobs"], json!(["input_noise", "weight_decay"]));
    assert!(spread["says"].as_str().unwrap().contains("of 2 knobs differs by"), "{spread}");
    let path = finished["job"]["links"]["self"].as_str().unwrap();
    for query in ["", "?kind=regularization&theme=dark"] {
        let answer = server.get(&format!("{path}/figure.svg{query}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let document = Document::parse(&answer.text).unwrap();
        let words: Vec<&str> = document.descendants().filter_map(|node| node.text()).map(str::trim).collect();
        for word in ["weight_decay", "input_noise", "2 bits/n: optimism of projections"] {
            assert!(words.contains(&word), "{word} is not in {words:?}");
        }
    }
    let csv = server.get(&format!("{path}/regularization.csv")).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let lines: Vec<&str> = csv.text.lines().collect();
    assert!(
        lines.len() == 6
            && lines[0].starts_with("/regularizers,knob,strength,samples,trials_succeeded,noise_bits,"),
        "{}",
        csv.text
    );
    assert!(lines[4].contains(",weight_decay,0.3,40,3,"), "{}", csv.text);
    let answer = server.get(&format!("{path}/figure.svg?kind=regularization&y=noise_bits")).await;
    assert_eq!((answer.status.as_u16(), pointers(&answer.json())), (400, vec!["/y"]));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn generative_networks_of_several_sizes_are_drawn_against_their_parameters() {
    let server = Server::start().await;
    let sizes = |count: usize| {
        json!({
            "dataset": {"kind": "codebook", "information": 2, "length": 4, "samples": 20},
            "network": {"kind": "made", "hidden": [2]}, "training": {"steps": 5},
            "sweep": [
                {"path": "/network/hidden", "values": ([[2], [4], [8]][..count])},
                {"path": "noise", "cases": [
                    {"name": "none", "set": {}},
                    {"name": "dropout", "set": {"/regularizers": [{"kind": "dropout", "rate": 0.2}]}},
                ]},
            ],
            "estimators": [{"kind": "memorized_bits"}, {"kind": "generalization_gap"}, {"kind": "generated_samples", "draws": 20}],
            "seeds": 2,
        })
    };
    let finished = server.run(&sizes(3)).await;
    let link = finished["job"]["links"]["figure"].as_str().unwrap();
    let own = server.get(link).await;
    assert_eq!(
        (own.status.as_u16(), &own.text),
        (200, &server.get(&format!("{link}?kind=sizes")).await.text)
    );
    // a panel for each quantity, a curve for each noise
    for text in ["trainable parameters", "structure bits", "valid samples", "made, noise = dropout"] {
        assert!(own.text.contains(text), "{text}");
    }
    let asked = server.get(&format!("{link}?kind=sizes&x=noise")).await;
    assert_eq!((asked.status.as_u16(), pointers(&asked.json())), (400, vec!["/x"]));
    let finished = server.run(&sizes(2)).await;
    let link = finished["job"]["links"]["figure"].as_str().unwrap();
    assert_eq!(pointers(&server.get(&format!("{link}?kind=sizes")).await.json()), ["/kind"]);
    server.stop().await;
}
