//! The command line: what it prints and how it ends.

use std::io::Write;
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use super::process::{Process, bitgauge, long_job, signal};

fn small_job() -> Value {
    json!({
        "name": "small",
        "dataset": {"kind": "random_labels", "inputs": 4},
        "network": {"kind": "linear"},
        "training": {"steps": 100},
        "sweep": [{"path": "/dataset/samples", "values": [4, 8, 32]}],
        "seeds": 3,
    })
}

/// `bitgauge run - FLAGS` with this on standard input.
fn run(input: &str, flags: &[&str]) -> Output {
    let mut child = bitgauge()
        .args(["run", "-"])
        .args(flags)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_run_ends_in_a_table_and_a_capacity() {
    let output = run(&small_job().to_string(), &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    for expected in
        ["small: 9 of 9 trials succeeded", "samples", "memorized_bits", "capacity: ", "bits/parameter"]
    {
        assert!(text.contains(expected), "{expected} is not in\n{text}");
    }
    // the header and its rows are aligned
    let lines: Vec<&str> = text.lines().skip(2).take(4).collect();
    assert!(lines.iter().all(|line| line.chars().count() == lines[0].chars().count()), "{text}");
}

#[test]
fn json_and_csv_hold_the_same_results() {
    let report: Value = serde_json::from_str(&stdout(&run(&small_job().to_string(), &["--json"]))).unwrap();
    assert_eq!(report["job"]["state"], "succeeded");
    let seconds = report["timing"]["training_seconds"].as_f64().unwrap();
    assert!(seconds > 0.0 && seconds < 60.0);
    assert_eq!(report["analysis"]["capacity"].as_array().unwrap().len(), 1);
    let csv = stdout(&run(&small_job().to_string(), &["--csv"]));
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let column = reader.headers().unwrap().iter().position(|name| name == "memorized_bits").unwrap();
    for (record, item) in reader.records().zip(report["results"].as_array().unwrap()) {
        let value: f64 = record.unwrap()[column].parse().unwrap();
        assert_eq!(Some(value), item["measurements"]["memorized_bits"]["mean"].as_f64());
    }
}

#[test]
fn a_job_that_measured_nothing_fails_and_says_why() {
    let mut spec = small_job();
    spec["training"] = json!({"optimizer": {"kind": "sgd"}, "learning_rate": 1e6, "steps": 2000});
    spec["network"] = json!({"kind": "mlp", "hidden": [8]});
    spec["regularizers"] = json!([{"kind": "weight_decay", "rate": 100.0}]);
    let output = run(&spec.to_string(), &["--json"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("every training diverged"), "{}", stderr(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["job"]["state"], "diverged");
}

#[test]
fn faults_are_listed_and_exit_with_2() {
    let mut spec = small_job();
    spec["seeds"] = json!(0);
    spec["network"]["kind"] = json!("perceptron");
    let output = run(&spec.to_string(), &[]);
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(text.contains("/seeds: ") && text.contains("/network/kind: "), "{text}");
    assert_eq!(run("{", &[]).status.code(), Some(2));
    let missing = bitgauge().args(["run", "no-such-file.json"]).output().unwrap();
    assert_eq!(missing.status.code(), Some(1));
    assert!(stderr(&missing).contains("no-such-file.json"));
    assert_eq!(bitgauge().args(["run", "-", "--json", "--csv"]).output().unwrap().status.code(), Some(2));
}

#[test]
fn an_interrupt_stops_a_run_and_what_is_kept_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = bitgauge()
        .args(["run", "-", "--data-dir"])
        .arg(directory.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(long_job().to_string().as_bytes()).unwrap();
    // it listens for signals once its database is there
    while !directory.path().join("bitgauge.sqlite-wal").exists() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    std::thread::sleep(std::time::Duration::from_millis(300));
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(stderr(&output).contains("resumes job"), "{}", stderr(&output));
}

#[test]
fn small_commands_do_what_they_say() {
    let version = bitgauge().arg("--version").output().unwrap();
    assert_eq!(stdout(&version).trim(), format!("bitgauge {}", env!("CARGO_PKG_VERSION")));
    let description = bitgauge().arg("openapi").output().unwrap();
    assert_eq!(stdout(&description), bitgauge::http::openapi::DOCUMENT);
    assert_eq!(bitgauge().output().unwrap().status.code(), Some(2));
    let nobody = bitgauge().args(["healthcheck", "--listen", "127.0.0.1:1"]).output().unwrap();
    assert_eq!(nobody.status.code(), Some(1));
}

#[test]
fn the_health_check_asks_a_server() {
    let directory = tempfile::tempdir().unwrap();
    let process = Process::start(directory.path(), 0);
    let address = process.address();
    let check = bitgauge().env("BITGAUGE_LISTEN", &address).arg("healthcheck").status().unwrap();
    assert!(check.success());
    assert!(process.terminate().success());
    let check = bitgauge().env("BITGAUGE_LISTEN", &address).arg("healthcheck").status().unwrap();
    assert!(!check.success());
}

#[test]
fn other_machines_need_a_token() {
    let directory = tempfile::tempdir().unwrap();
    for (flags, listen) in [
        (vec![], "0.0.0.0:0"),
        (vec![], "[::]:0"),
        (vec!["--token", " "], "127.0.0.1:0"),
        (vec!["--token", "nineteen-characters"], "127.0.0.1:0"),
        (vec!["--token", "two words of some length"], "127.0.0.1:0"),
    ] {
        let output = bitgauge()
            .args(["serve", "--listen", listen, "--data-dir"])
            .arg(directory.path())
            .args(flags)
            .output();
        assert_eq!(output.unwrap().status.code(), Some(1), "{listen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_quick_suite_is_met_and_its_certificate_is_served() {
    let directory = tempfile::tempdir().unwrap();
    let output = bitgauge()
        .args(["calibrate", "--quick", "--json", "--data-dir"])
        .arg(directory.path())
        .output()
        .unwrap();
    let text = stdout(&output);
    assert!(output.status.success(), "{text} {}", stderr(&output));
    let printed: Value = serde_json::from_str(&text).unwrap();
    let rows = printed["rows"].as_array().unwrap();
    assert!(rows.len() >= 15 && rows.iter().all(|row| row["met"] == true), "{text}");

    let process = Process::start(directory.path(), 0);
    let served = process.json("/v1/calibration").await;
    assert!(served["issued_at"].is_string());
    for field in ["rows", "met", "quick", "numeric_profile", "version"] {
        assert_eq!(served[field], printed[field]);
    }
    // its jobs are jobs like any other
    let jobs = process.json("/v1/jobs?tag=calibration").await;
    let quick = bitgauge::calibration::suite().iter().filter(|case| case.quick).count();
    assert_eq!(jobs["items"].as_array().unwrap().len(), quick);
    assert_eq!(jobs["items"][0]["links"]["calibration"], "/v1/calibration");
    assert!(process.terminate().success());
}

#[test]
fn a_run_draws_what_it_measured() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("figure.svg");
    let file = path.to_str().unwrap();
    let spec = small_job().to_string();
    let output = run(&spec, &["--figure", file, "--csv"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let capacity = std::fs::read_to_string(&path).unwrap();
    assert!(capacity.starts_with("<svg ") && capacity.contains("memorized (bits)"), "{capacity}");
    let output = run(&spec, &["--figure", file, "--figure-y", "train_error", "--figure-theme", "dark"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(std::fs::read_to_string(&path).unwrap().contains("train error (fraction)"));
    for (ending, magic) in [("png", &b"\x89PNG"[..]), ("PDF", b"%PDF-")] {
        let path = directory.path().join(format!("figure.{ending}"));
        let output = run(&spec, &["--figure", path.to_str().unwrap(), "--csv"]);
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(std::fs::read(&path).unwrap().starts_with(magic), "{ending}");
    }
    // a wrong name costs no training
    let output = run(&spec, &["--figure", directory.path().join("figure.jpg").to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("must end in .svg, .png, .pdf"), "{}", stderr(&output));
    let output = run(&spec, &["--figure", file, "--figure-x", "samples", "--figure-y", "bits"]);
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(said.contains("--figure-x: ") && said.contains("--figure-y: "), "{said}");
    assert!(stdout(&output).is_empty());
}

/// Flags of a help text: name, variable, default.
fn flags(help: &str) -> Vec<(String, Option<String>, Option<String>)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in help.lines() {
        let text = line.trim_start();
        // after a short name, or in the column of long ones
        let long = text.strip_prefix("-h, ").or_else(|| text.strip_prefix("-V, ")).unwrap_or(text);
        let is_flag = line.starts_with("  ") && long.starts_with("--") && line.len() - text.len() <= 6;
        match (is_flag, found.last_mut()) {
            (true, _) => found.push((long.split([' ', '=']).next().unwrap().to_owned(), long.to_owned())),
            (false, Some((_, about))) => *about += text,
            (false, None) => {}
        }
    }
    let after = |text: &str, mark: &str| {
        let (_, rest) = text.split_once(mark)?;
        Some(rest.split([']', '=']).next()?.to_owned())
    };
    let of = |(name, about): (String, String)| (name, after(&about, "[env: "), after(&about, "[default: "));
    found.into_iter().map(of).collect()
}

#[test]
fn readme_has_every_flag_of_serve_with_its_variable_and_default() {
    let help = stdout(&bitgauge().args(["serve", "--help"]).output().unwrap());
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let (_, table) = readme.split_once("## Configuration").unwrap();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .take_while(|line| !line.starts_with('#'))
        .filter(|line| line.starts_with("| `--"))
        .map(|line| line.split(" | ").map(|cell| cell.trim_matches(['|', ' '])).collect())
        .collect();
    let flags: Vec<_> =
        flags(&help).into_iter().filter(|(name, ..)| !["--help", "--version"].contains(&&**name)).collect();
    assert!(flags.len() >= 20, "{help}");
    for (name, variable, default) in &flags {
        let row = rows.iter().find(|row| row[0] == format!("`{name}`"));
        let row = row.unwrap_or_else(|| panic!("README.md has no row for {name}"));
        let variable = variable.as_ref().unwrap_or_else(|| panic!("{name} has no variable"));
        assert_eq!(row[1], format!("`{variable}`"), "{name}");
        let states = default.as_ref().is_none_or(|default| row[2].trim_matches('`').starts_with(&**default));
        assert!(
            states || name == "--listen" && row[2].contains("127.0.0.1:8080"),
            "{name}: {default:?} {row:?}"
        );
    }
    for row in rows {
        assert!(flags.iter().any(|(name, ..)| row[0] == format!("`{name}`")), "{} is no flag", row[0]);
    }
}
