//! A server in this process, and a client that checks every answer against the
//! description of the API.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::LazyLock;

use bitgauge::app::{App, Options, Serving};
pub use bitgauge::http::Access;
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub struct Server {
    pub address: SocketAddr,
    pub client: Client,
    pub store: bitgauge::store::Store,
    directory: TempDir,
    stop: watch::Sender<bool>,
    served: JoinHandle<anyhow::Result<()>>,
}

/// An answer, already held against the description.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Server {
    /// A server whose jobs run.
    pub async fn start() -> Self {
        Self::with(2, Access::default()).await
    }

    /// A server whose jobs wait for ever.
    pub async fn idle() -> Self {
        Self::with(0, Access::default()).await
    }

    pub async fn with(workers: usize, access: Access) -> Self {
        Self::on(tempfile::tempdir().unwrap(), workers, access).await
    }

    /// A server on what another one left.
    pub async fn on(directory: TempDir, workers: usize, access: Access) -> Self {
        let app = App::start(directory.path(), Options { workers, ..Options::default() }).await.unwrap();
        let store = app.store.clone();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopping) = watch::channel(false);
        let served = tokio::spawn(app.serve(listener, Serving { access, ..Serving::default() }, stopping));
        Self { address, client: Client::new(), store, directory, stop, served }
    }

    /// Stops it as a signal would; its directory stays.
    pub async fn stop(self) -> TempDir {
        let _ = self.stop.send(true);
        drop((self.client, self.store));
        self.served.await.unwrap().unwrap();
        self.directory
    }

    pub fn tell_to_stop(&self) {
        let _ = self.stop.send(true);
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.address))
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(body)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let request = request.build().unwrap();
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let response = self.client.execute(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let answer = Answer { status, headers, text: response.text().await.unwrap() };
        if method != Method::HEAD {
            check(&method, &path, &answer);
        }
        answer
    }

    /// POSTs a job and waits until it has ended.
    pub async fn run(&self, spec: &Value) -> Value {
        let request = self.request(Method::POST, "/v1/jobs").json(spec).header("prefer", "wait=60");
        let answer = self.send(request).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// Waits until the results of all ended jobs are stored as rows.
    pub async fn evaluated(&self) {
        let mut happened = self.store.subscribe();
        let version = bitgauge::evaluator::Evaluator::VERSION;
        while !self.store.jobs_to_evaluate(version, 1).await.unwrap().is_empty() {
            // any hint, or a while without one
            let _ = tokio::time::timeout(std::time::Duration::from_millis(20), happened.recv()).await;
        }
    }

    /// POSTs a job and returns its path.
    pub async fn submit(&self, spec: &Value) -> String {
        let answer = self.post("/v1/jobs", spec).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
        answer.header("location").to_owned()
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The last word of a problem's type.
    pub fn problem(&self) -> String {
        let kind = self.json()["type"].as_str().unwrap().to_owned();
        kind.strip_prefix("urn:bitgauge:problem:").unwrap().to_owned()
    }
}

/// The smallest job that measures something.
pub fn small_job() -> Value {
    json!({
        "dataset": {"kind": "random_labels", "inputs": 4, "samples": 8},
        "network": {"kind": "linear"},
        "training": {"steps": 20},
        "seeds": 2,
    })
}

/// A job that takes long enough to be caught running.
pub fn long_job() -> Value {
    json!({
        "dataset": {"kind": "random_labels", "inputs": 20, "samples": 1000},
        "network": {"kind": "mlp", "hidden": [32, 32]},
        "training": {"steps": 1_000_000},
        "budget": {"trial_seconds": 600_000},
        "seeds": 2,
    })
}

pub static DESCRIPTION: LazyLock<Value> =
    LazyLock::new(|| serde_yaml_ng::from_str(bitgauge::http::openapi::DOCUMENT).unwrap());

/// The types of problems of which the description has an example.
static KINDS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let responses = DESCRIPTION["components"]["responses"].as_object().unwrap();
    let examples = responses
        .values()
        .filter_map(|response| response.pointer("/content/application~1problem+json/examples")?.as_object());
    let types = examples.flatten().filter_map(|(_, example)| example["value"]["type"].as_str());
    types.map(|kind| kind.strip_prefix("urn:bitgauge:problem:").unwrap().to_owned()).collect()
});

/// Holds an answer against the description: a documented status of a documented
/// path, with a body of the documented shape.
fn check(method: &Method, path: &str, answer: &Answer) {
    let media_type = answer.header("content-type").split(';').next().unwrap().to_owned();
    if answer.status.is_client_error() || answer.status.is_server_error() {
        assert_eq!(media_type, "application/problem+json", "{method} {path}: {answer:?}");
        validate(&json!({"$ref": "#/components/schemas/ProblemDocument"}), &answer.json());
        assert!(KINDS.contains(&answer.problem()), "{method} {path}: no example has the type {answer:?}");
    }
    let Some(operation) = operation(method, path) else {
        let status = answer.status.as_u16();
        assert!(
            [400, 404, 405, 401, 413, 421].contains(&status),
            "{method} {path} is not documented: {answer:?}"
        );
        return;
    };
    let responses = &operation["responses"];
    let documented = responses
        .get(answer.status.as_str())
        .or_else(|| responses.get("default").filter(|_| answer.status.as_u16() >= 400));
    let documented =
        documented.unwrap_or_else(|| panic!("{method} {path}: {} is not documented", answer.status));
    let documented = resolve(documented);
    if let Some(content) = documented.get("content") {
        let schema = &content[&media_type]["schema"];
        assert!(schema.is_object(), "{method} {path}: {media_type} is not documented");
        if media_type.ends_with("/json") || media_type.ends_with("+json") {
            validate(schema, &answer.json());
        }
    } else {
        assert!(answer.text.is_empty(), "{method} {path}: a body is not documented");
    }
}

fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let paths = DESCRIPTION["paths"].as_object().unwrap();
    let segments: Vec<&str> = path.split('/').collect();
    let matches = |template: &str| {
        let wanted: Vec<&str> = template.split('/').collect();
        wanted.len() == segments.len()
            && wanted.iter().zip(&segments).all(|(w, s)| w == s || (w.starts_with('{') && !s.is_empty()))
    };
    let (_, item) = paths.iter().find(|(template, _)| matches(template))?;
    item.get(method.as_str().to_ascii_lowercase())
}

/// What a reference leads to; anything else is itself.
pub fn resolve(value: &'static Value) -> &'static Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(reference) => DESCRIPTION.pointer(reference.strip_prefix('#').unwrap()).unwrap(),
        None => value,
    }
}

/// Validates against a schema of the description.
pub fn validate(schema: &Value, value: &Value) {
    let mut whole = schema.clone();
    whole["components"] = DESCRIPTION["components"].clone();
    let validator = jsonschema::validator_for(&whole).unwrap();
    let faults: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(faults.is_empty(), "{faults:#?} in {value:#}");
}

/// Query parameters as a map, for requests that state them one by one.
pub fn pairs(list: &[(&'static str, &'static str)]) -> BTreeMap<&'static str, &'static str> {
    list.iter().copied().collect()
}
