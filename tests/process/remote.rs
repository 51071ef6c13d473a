//! The command line as a client of a running service.

use std::io::Write;
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use super::process::{Process, bitgauge, long_job};

fn small_job() -> Value {
    json!({
        "name": "small",
        "tags": ["remote"],
        "dataset": {"kind": "random_labels", "inputs": 4},
        "network": {"kind": "linear"},
        "training": {"steps": 100},
        "sweep": [{"path": "/dataset/samples", "values": [4, 8, 32]}],
        "seeds": 3,
    })
}

/// `bitgauge ARGUMENTS` against this service, with this on standard input.
fn ask(service: &Process, arguments: &[&str], input: &Value) -> Output {
    let mut child = bitgauge()
        .args(arguments)
        .env("BITGAUGE_SERVER", format!("http://{}", service.address()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // a command that reads nothing may have ended
    let _ = child.stdin.take().unwrap().write_all(input.to_string().as_bytes());
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_submitted_watched_shown_and_exported() {
    let directory = tempfile::tempdir().unwrap();
    let service = Process::start(directory.path(), 2);
    let nothing = json!(null);
    let submitted = ask(
        &service,
        &["submit", "-", "--wait", "--set", "/seeds=2", "--set", "/name=changed"],
        &small_job(),
    );
    assert_eq!(submitted.status.code(), Some(0), "{}", text(&submitted.stderr));
    let shown = text(&submitted.stdout);
    assert!(shown.contains("changed: 6 of 6 trials succeeded") && shown.contains("capacity: "), "{shown}");
    // the same by other words
    assert_eq!(text(&ask(&service, &["show", "latest"], &nothing).stdout), shown);
    let job: Value =
        serde_json::from_slice(&ask(&service, &["show", "latest", "--json"], &nothing).stdout).unwrap();
    assert_eq!((&job["name"], &job["spec"]["seeds"]), (&json!("changed"), &json!(2)));
    let id = job["id"].as_str().unwrap();
    let listed = text(&ask(&service, &["list", "--tag", "remote"], &nothing).stdout);
    assert!(listed.contains(id) && listed.contains("succeeded") && listed.contains("6/6"), "{listed}");
    let list: Value =
        serde_json::from_slice(&ask(&service, &["list", "--json", "--state", "failed"], &nothing).stdout)
            .unwrap();
    assert_eq!(list["items"], json!([]));
    // a file is the table of the service, byte for byte
    let csv = service.get(&format!("/v1/jobs/{id}/results.csv")).await;
    assert_eq!(text(&ask(&service, &["export", id, "results.csv"], &nothing).stdout), csv);
    let file = directory.path().join("out.csv");
    let exported =
        ask(&service, &["export", id, "results.csv", "--output", file.to_str().unwrap()], &nothing);
    assert_eq!((exported.status.code(), std::fs::read_to_string(&file).unwrap()), (Some(0), csv));
    let watched = ask(&service, &["watch", id], &nothing);
    assert_eq!(text(&watched.stdout), format!("{id}: succeeded\n"));
    service.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_compared_verified_and_deleted() {
    let directory = tempfile::tempdir().unwrap();
    let service = Process::start(directory.path(), 2);
    let nothing = json!(null);
    let id = |changes: &[&str]| {
        let submitted = ask(&service, &[&["submit", "-"], changes].concat(), &small_job());
        text(&submitted.stdout).trim().to_owned()
    };
    let (first, second) = (id(&[]), id(&["--set", "/training/steps=200"]));
    for job in [&first, &second] {
        assert_eq!(ask(&service, &["watch", job], &nothing).status.code(), Some(0));
    }
    let compared =
        text(&ask(&service, &["compare", &first, &second, "--quantity", "memorized_bits"], &nothing).stdout);
    assert!(compared.contains("/training/steps: 100 against 200"), "{compared}");
    assert!(
        compared.contains("difference (paired)") && compared.contains("/dataset/samples=32"),
        "{compared}"
    );
    let verified = ask(&service, &["verify", &first, "--sample", "2", "--json"], &nothing);
    let found: Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert_eq!(
        (verified.status.code(), &found["verdict"], &found["equal"]),
        (Some(0), &json!("equal"), &json!(2))
    );
    assert_eq!(ask(&service, &["retry", &first], &nothing).status.code(), Some(2), "nothing failed");
    assert_eq!(ask(&service, &["delete", &first], &nothing).status.code(), Some(0));
    assert_eq!(ask(&service, &["show", &first], &nothing).status.code(), Some(2));
    service.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn events_come_a_line_each_and_a_cancelled_job_is_a_failure() {
    let directory = tempfile::tempdir().unwrap();
    let service = Process::start(directory.path(), 1);
    let nothing = json!(null);
    let submitted = ask(&service, &["submit", "-"], &long_job());
    let id = text(&submitted.stdout).trim().to_owned();
    assert_eq!(submitted.status.code(), Some(0), "{}", text(&submitted.stderr));
    let cancelled = ask(&service, &["cancel", &id], &nothing);
    assert_eq!(text(&cancelled.stdout), format!("{id}: cancelled\n"), "{}", text(&cancelled.stderr));
    let watched = ask(&service, &["watch", &id, "--json"], &nothing);
    assert_eq!(watched.status.code(), Some(1));
    let events: Vec<Value> =
        text(&watched.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events[0]["event"], "accepted");
    assert_eq!(events.last().unwrap()["event"], "end");
    assert_eq!(events.last().unwrap()["data"]["details"]["state"], "cancelled");
    service.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_service_refuses_is_told_fault_by_fault() {
    let directory = tempfile::tempdir().unwrap();
    let service = Process::start(directory.path(), 0);
    let nothing = json!(null);
    let refused =
        ask(&service, &["submit", "-", "--set", "/seeds=0", "--set", "/training/steps=0"], &small_job());
    assert_eq!(refused.status.code(), Some(2));
    let told = text(&refused.stderr);
    assert!(told.contains("/seeds: ") && told.contains("/training/steps: "), "{told}");
    let unknown = ask(&service, &["show", "01890000-0000-7000-8000-000000000000"], &nothing);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("no such job"), "{}", text(&unknown.stderr));
    assert_eq!(ask(&service, &["show", "latest"], &nothing).status.code(), Some(1), "there is none");
    assert_eq!(ask(&service, &["show", "../version"], &nothing).status.code(), Some(1));
    let plan: Value =
        serde_json::from_slice(&ask(&service, &["submit", "-", "--dry-run", "--json"], &small_job()).stdout)
            .unwrap();
    assert_eq!(plan["trials"], 9);
    let address = format!("http://{}", service.address());
    service.kill();
    let gone = bitgauge().args(["list", "--server", &address]).output().unwrap();
    assert_eq!(gone.status.code(), Some(1));
    assert!(text(&gone.stderr).contains(&address), "{}", text(&gone.stderr));
    let tls = bitgauge().args(["list", "--server", "https://example.org"]).output().unwrap();
    assert!(text(&tls.stderr).contains("TLS"), "{}", text(&tls.stderr));
}

#[test]
fn shells_complete_and_presets_fit_a_terminal() {
    let completion = bitgauge().args(["completion", "bash"]).output().unwrap();
    assert!(
        text(&completion.stdout).contains("bitgauge__submit") || text(&completion.stdout).contains("submit")
    );
    let presets = text(&bitgauge().arg("presets").output().unwrap().stdout);
    assert!(presets.lines().all(|line| line.chars().count() <= 100), "{presets}");
    let listed = text(&bitgauge().args(["findings", "--list"]).output().unwrap().stdout);
    assert!(listed.contains("binary-units.md"), "{listed}");
    let checked = bitgauge()
        .args(["run", "--preset", "binary-units", "--figure", "/nowhere/at/all.svg"])
        .output()
        .unwrap();
    assert_eq!(checked.status.code(), Some(1));
    assert!(text(&checked.stderr).contains("/nowhere/at/all.svg"), "{}", text(&checked.stderr));
}
