//! Figures of every kind and in every form, and the report of a job.

use reqwest::Method;
use roxmltree::Document;
use serde_json::{Value, json};

use crate::harness::{Server, small_job};

const NAME: &str = "<img src=x onerror=alert(1)>";

fn sizes() -> Value {
    json!({
        "name": NAME,
        "question": "does <script>alert(2)</script> run?",
        "tags": ["<b>tag</b>"],
        "dataset": {"kind": "random_labels", "inputs": 6, "samples": 8},
        "network": {"kind": "mlp", "hidden": [1]},
        "training": {"steps": 30, "learning_rate": 0.05, "batch_size": 4},
        "sweep": [
            {"path": "/dataset/samples", "values": [8, 32, 64]},
            {"path": "/network/hidden", "values": [[1], [2], [4]]},
        ],
        "estimators": [{"kind": "memorized_bits"}, {"kind": "gradient_quality"}],
        "claims": [
            {"says": "errors of a quarter", "quantity": "train_error", "relation": "equal", "expected": 0.25,
             "tolerance": 0.1},
        ],
        "seeds": 3,
    })
}

fn words(svg: &str) -> Vec<String> {
    let document = Document::parse(svg).unwrap();
    let texts = document.descendants().filter(|node| node.has_tag_name("text"));
    texts.map(|node| node.text().unwrap_or_default().trim().to_owned()).collect()
}

fn pointers(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"].as_array().unwrap();
    errors.iter().map(|fault| fault["pointer"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn kinds_show_what_they_are_about_or_say_what_is_missing() {
    let server = Server::start().await;
    let finished = server.run(&sizes()).await;
    let link = finished["job"]["links"]["figure"].as_str().unwrap();
    for (query, wanted) in [
        ("kind=scaling", vec!["parameters", "capacity (bits)", "linear fit"]),
        ("kind=compare&y=memorized_bits", vec!["difference (bits)", "no difference"]),
        ("kind=gradients&x=/dataset/samples", vec!["dataset samples", "gradient noise scale (samples)"]),
        ("kind=measurement&y=train_error", vec!["expected (shaded: its tolerance)"]),
        ("x=log&kind=capacity", vec!["dataset (bits)"]),
    ] {
        let answer = server.get(&format!("{link}?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text);
        let words = words(&answer.text);
        for word in wanted {
            assert!(words.iter().any(|known| known == word), "{query}: {word} is not in {words:?}");
        }
    }
    for kind in ["exploration", "rate-distortion", "regularization", "sizes"] {
        let answer = server.get(&format!("{link}?kind={kind}")).await;
        let is_there = kind == "sizes";
        assert_eq!(answer.status.as_u16(), if is_there { 200 } else { 400 }, "{kind}: {}", answer.text);
        assert!(is_there || pointers(&answer.json()) == ["/kind"], "{kind}");
    }
    let faults = server.get(&format!("{link}?width=10&x_scale=cubic&y_scale=log&theme=pink")).await;
    assert_eq!(pointers(&faults.json()), ["/theme", "/width", "/x_scale"]);
    for width in ["400", "2000"] {
        let answer = server.get(&format!("{link}?width={width}")).await;
        assert!(answer.text.starts_with(&format!("<svg width=\"{width}\"")), "{width}");
    }
    // a logarithmic axis moves what is drawn, and its ticks
    let linear = server.get(&format!("{link}?kind=measurement&y_scale=linear")).await;
    let log = server.get(&format!("{link}?kind=measurement&y_scale=log")).await;
    assert!(linear.status == 200 && log.status == 200 && linear.text != log.text);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_of_series_is_spread_over_panels_without_a_colour_twice() {
    let server = Server::start().await;
    let mut spec = small_job();
    let rates: Vec<f64> = (0..19).map(|i| f64::from(i) / 20.0).collect();
    spec["regularizers"] = json!([{"kind": "weight_decay", "rate": 0.0}]);
    spec["sweep"] = json!([
        {"path": "/dataset/samples", "values": [4, 8]},
        {"path": "/regularizers/0/rate", "values": rates},
    ]);
    spec["seeds"] = json!(1);
    let finished = server.run(&spec).await;
    assert_eq!(finished["job"]["state"], "succeeded", "{finished:#}");
    let link = finished["job"]["links"]["figure"].as_str().unwrap();
    let answer = server.get(&format!("{link}?kind=measurement&x=/dataset/samples")).await;
    let words = words(&answer.text);
    assert_eq!(words.iter().filter(|word| *word == "dataset samples").count(), 4);
    for rate in ["0.05", "0.5", "0.9"] {
        assert_eq!(words.iter().filter(|word| *word == rate).count(), 1, "{rate}: {words:?}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_pixels_and_pages_too() {
    let server = Server::start().await;
    let finished = server.run(&sizes()).await;
    let path = finished["job"]["links"]["self"].as_str().unwrap();
    for (form, media_type, start) in
        [("png", "image/png", &b"\x89PNG\r\n"[..]), ("pdf", "application/pdf", b"%PDF-1")]
    {
        let request = server.request(Method::GET, &format!("{path}/figure.{form}?theme=dark&width=500"));
        let response = request.send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["content-type"]),
            (200, &media_type.parse().unwrap())
        );
        let tag = response.headers()["etag"].clone();
        let bytes = response.bytes().await.unwrap();
        assert!(bytes.starts_with(start) && bytes.len() > 5000, "{form}: {} bytes", bytes.len());
        if form == "png" {
            // two pixels for each of the figure
            assert_eq!(u32::from_be_bytes(bytes[16..20].try_into().unwrap()), 1000);
        }
        let again = server.request(Method::GET, &format!("{path}/figure.{form}?theme=dark&width=500"));
        assert_eq!(again.header("if-none-match", tag).send().await.unwrap().status(), 304);
        let refused = server.get(&format!("{path}/figure.{form}?kind=pie")).await;
        assert_eq!(pointers(&refused.json()), ["/kind"]);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_is_one_file_that_runs_and_loads_nothing() {
    let server = Server::start().await;
    let finished = server.run(&sizes()).await;
    let job = &finished["job"];
    let path = job["links"]["self"].as_str().unwrap();
    let answer = server.get(&format!("{path}/report.html")).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/html; charset=utf-8"));
    let text = &answer.text;
    for part in ["Verdicts", "Figures", "Results", "Ledger", "Limits", "Spec", "Certificate", "Receipt"] {
        assert!(text.contains(&format!("<h2>{part}</h2>")), "{part}");
    }
    // what tells the job from others is there
    let trials = server.get(&format!("{path}/trials")).await.json();
    let digest = trials["items"][0]["digest"].as_str().unwrap();
    for known in [job["id"].as_str().unwrap(), job["stated"]["spec_digest"].as_str().unwrap(), digest] {
        assert!(text.contains(known), "{known}");
    }
    // words of users are words
    assert!(text.contains("<h1>&lt;img src=x onerror=alert(1)&gt;</h1>"));
    for markup in ["<img", "<script", "<b>", "onerror=\"", "href=", "src=\"", "style=\"", "url(", "@import"] {
        assert!(!text.contains(markup), "{markup}");
    }
    // the policy allows exactly the style that is in the file
    let style = text.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    let (head, _) = policy.split_once("; frame-ancestors").unwrap();
    assert!(text.contains(&format!("http-equiv=\"Content-Security-Policy\" content=\"{head}\"")));
    assert!(style.contains("prefers-color-scheme: dark") && style.contains("@media print"));
    let again = server.request(Method::GET, &format!("{path}/report.html"));
    let again = server.send(again.header("if-none-match", answer.header("etag"))).await;
    assert_eq!(again.status, 304);
    // a job that runs has a report of what there is
    let idle = Server::idle().await;
    let waiting = idle.submit(&sizes()).await;
    assert_eq!(idle.get(&format!("{waiting}/report.html")).await.status, 200);
    idle.stop().await;
    server.stop().await;
}
