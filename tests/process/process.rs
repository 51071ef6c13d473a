//! A server process of its own, with a client.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};

pub struct Process {
    pub child: Child,
    base: String,
    client: Client,
}

pub fn bitgauge() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bitgauge"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("BITGAUGE_")) {
        command.env_remove(name);
    }
    command
}

impl Process {
    /// Starts a server on a directory and waits until it says where it listens.
    pub fn start(directory: &Path, workers: u16) -> Self {
        Self::start_with(directory, workers, &[])
    }

    /// The same with further arguments.
    pub fn start_with(directory: &Path, workers: u16, arguments: &[&str]) -> Self {
        let child = bitgauge()
            .args(["serve", "--listen", "127.0.0.1:0", "--workers", &workers.to_string(), "--data-dir"])
            .arg(directory)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self::of(child)
    }

    /// The same, with its log in a file.
    pub fn start_logging(directory: &Path, workers: u16, arguments: &[&str], log: &Path) -> Self {
        let child = bitgauge()
            .args(["serve", "--listen", "127.0.0.1:0", "--workers", &workers.to_string(), "--data-dir"])
            .arg(directory)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(log).unwrap())
            .spawn()
            .unwrap();
        Self::of(child)
    }

    /// A server that was started otherwise, with a pipe for its output.
    pub fn of(mut child: Child) -> Self {
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let base = line.trim().strip_prefix("bitgauge serves ").expect("a line with the address").to_owned();
        Self { child, base, client: Client::new() }
    }

    /// Host and port.
    pub fn address(&self) -> String {
        self.base.trim_start_matches("http://").to_owned()
    }

    pub async fn get(&self, path: &str) -> String {
        let response = self.client.get(format!("{}{path}", self.base)).send().await.unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
        response.text().await.unwrap()
    }

    /// A table of a job as CSV, without what tells the job from others of the same spec: its id, and how
    /// long each trial took.
    pub async fn table(&self, path: &str, name: &str) -> String {
        let id = path.rsplit('/').next().unwrap();
        let text = self.get(&format!("{path}/{name}.csv")).await.replace(id, "JOB");
        let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
        let seconds = rows[0].iter().position(|name| name == "seconds");
        let mut kept = csv::Writer::from_writer(Vec::new());
        for row in &rows {
            let fields = row.iter().enumerate().filter(|(i, _)| Some(*i) != seconds);
            kept.write_record(fields.map(|(_, field)| field)).unwrap();
        }
        String::from_utf8(kept.into_inner().unwrap()).unwrap()
    }

    pub async fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.get(path).await).unwrap()
    }

    /// The status of an answer to GET.
    pub async fn status(&self, path: &str) -> u16 {
        self.client.get(format!("{}{path}", self.base)).send().await.unwrap().status().as_u16()
    }

    /// DELETEs; the status of the answer.
    pub async fn delete(&self, path: &str) -> u16 {
        self.client.delete(format!("{}{path}", self.base)).send().await.unwrap().status().as_u16()
    }

    /// POSTs JSON.
    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let response = self.client.post(format!("{}{path}", self.base)).json(body).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// The most memory that the process has held.
    pub fn peak_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
    }

    /// POSTs a job; `None` when the process ended before it answered.
    pub async fn try_submit(&self, spec: &Value) -> Option<String> {
        let response = self.client.post(format!("{}/v1/jobs", self.base)).json(spec).send().await.ok()?;
        assert_eq!(response.status(), 202);
        Some(response.headers()["location"].to_str().unwrap().to_owned())
    }

    pub async fn submit(&self, spec: &Value) -> String {
        self.try_submit(spec).await.expect("the server answers")
    }

    /// Waits until a job has ended, by its stream of events.
    pub async fn ended(&self, path: &str) {
        let text = tokio::time::timeout(Duration::from_mins(2), self.get(&format!("{path}/events"))).await;
        assert!(text.unwrap().contains("event: end"));
    }

    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, then the exit status.
    pub fn terminate(mut self) -> ExitStatus {
        signal(&self.child, "TERM");
        self.child.wait().unwrap()
    }
}

pub fn signal(child: &Child, name: &str) {
    let command = format!("kill -{name} {}", child.id());
    assert!(Command::new("sh").args(["-c", &command]).status().unwrap().success());
}

/// A sweep of trials of a few hundredths of a second each.
pub fn sweep() -> Value {
    json!({
        "dataset": {"kind": "random_labels", "inputs": 12},
        "network": {"kind": "mlp", "hidden": [16, 16], "activation": "tanh"},
        "regularizers": [{"kind": "dropout", "rate": 0.1}],
        "training": {"steps": 400, "batch_size": 64},
        "sweep": [{"path": "/dataset/samples", "values": [64, 128, 256, 400]}],
        "seeds": 10,
        // these tests are about training
        "reuse": false,
    })
}

/// The smallest job that measures something.
pub fn small_job() -> Value {
    json!({
        "dataset": {"kind": "random_labels", "inputs": 4, "samples": 8},
        "network": {"kind": "linear"},
        "training": {"steps": 20},
        "seeds": 2,
        "reuse": false,
    })
}

/// A job whose trials are long enough to be caught running.
pub fn long_job() -> Value {
    json!({
        "dataset": {"kind": "random_labels", "inputs": 20, "samples": 1000},
        "network": {"kind": "mlp", "hidden": [32, 32]},
        "training": {"steps": 1_000_000},
        "budget": {"trial_seconds": 600_000},
        "seeds": 2,
    })
}
