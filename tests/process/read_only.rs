//! A data directory that cannot be written, and a server that only reads.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::SystemTime;

use serde_json::json;

use super::process::{Process, bitgauge, small_job};

/// A command that sees a directory on a read-only file system; `None` where this user may mount nothing.
pub fn on_read_only(directory: &Path) -> Option<Command> {
    let script = "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && exec \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]).arg(directory);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("BITGAUGE_")) {
        command.env_remove(name);
    }
    let mut tried = Command::new("unshare");
    tried.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]).arg(directory).arg("true");
    if tried.output().is_ok_and(|output| output.status.success()) {
        return Some(command);
    }
    eprintln!("not tried: this user may mount nothing");
    None
}

/// `serve` with these arguments, which is expected to end.
fn refused(mut command: Command, directory: &Path, arguments: &[&str]) -> String {
    command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(directory).args(arguments);
    let Output { status, stderr, .. } = command.output().unwrap();
    let text = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{text}");
    text
}

/// A server that only reads.
fn reading(mut command: Command, directory: &Path) -> Process {
    command.args(["serve", "--listen", "127.0.0.1:0", "--read-only", "--data-dir"]).arg(directory);
    Process::of(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
}

/// The program itself as the command that another one runs.
fn program(mut command: Command) -> Command {
    command.arg(bitgauge().get_program());
    command
}

/// Every file with its size and the time of its last change.
fn files(directory: &Path) -> BTreeMap<String, (u64, SystemTime)> {
    let entries = fs::read_dir(directory).unwrap().map(Result::unwrap);
    let of = |entry: fs::DirEntry| {
        let found = entry.metadata().unwrap();
        (entry.file_name().into_string().unwrap(), (found.len(), found.modified().unwrap()))
    };
    entries.map(of).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_read_only_file_system_holds_is_shown_and_nothing_changes() {
    let directory = tempfile::tempdir().unwrap();
    let process = Process::start(directory.path(), 2);
    let path = process.submit(&small_job()).await;
    process.ended(&path).await;
    let table = process.get(&format!("{path}/results.csv")).await;
    assert!(process.terminate().success());
    let before = files(directory.path());

    let Some(command) = on_read_only(directory.path()) else { return };
    let said = refused(program(command), directory.path(), &[]);
    assert!(said.contains("Read-only file system") && said.contains("serve --read-only"), "{said}");
    let process = reading(program(on_read_only(directory.path()).unwrap()), directory.path());
    assert_eq!(process.get(&format!("{path}/results.csv")).await, table);
    assert!(process.get(&format!("{path}/events")).await.contains("event: end"));
    for path in
        ["/readyz", "/metrics", "/v1/backups", "/v1/measurements", "/v1/workers", "/v1/calibration/run"]
    {
        let status = reqwest::get(format!("http://{}{path}", process.address())).await.unwrap().status();
        assert!(status.is_success() || path.ends_with("/run") && status == 404, "{path}: {status}");
    }
    for (target, body) in
        [("/v1/jobs", small_job()), ("/v1/backup", json!({})), (&*format!("{path}/cancel"), json!({}))]
    {
        let (status, problem) = process.post(target, &body).await;
        assert_eq!((status, &problem["type"]), (403, &json!("urn:bitgauge:problem:read-only")), "{target}");
    }
    assert!(process.terminate().success());
    assert_eq!(files(directory.path()), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_a_killed_server_is_read_or_missed_aloud() {
    let directory = tempfile::tempdir().unwrap();
    let process = Process::start(directory.path(), 0);
    let path = process.submit(&small_job()).await;
    process.kill();
    assert!(directory.path().join("bitgauge.sqlite-wal").metadata().unwrap().len() > 0);
    let Some(command) = on_read_only(directory.path()) else { return };
    let process = reading(program(command), directory.path());
    assert_eq!(process.json(&path).await["state"], "queued");
    assert!(process.terminate().success());
    fs::remove_file(directory.path().join("bitgauge.sqlite-shm")).unwrap();
    let command = program(on_read_only(directory.path()).unwrap());
    let said = refused(command, directory.path(), &["--read-only"]);
    assert!(said.contains("its last server was killed"), "{said}");
    // where it can be written, the log is read again
    let process = reading(bitgauge(), directory.path());
    assert_eq!(process.json(&path).await["state"], "queued");
    assert!(process.terminate().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_has_one_writer_or_several_readers() {
    let directory = tempfile::tempdir().unwrap();
    let said = refused(bitgauge(), directory.path(), &["--read-only"]);
    assert!(said.contains("holds no database"), "{said}");
    let writer = Process::start(directory.path(), 0);
    let said = refused(bitgauge(), directory.path(), &["--read-only"]);
    assert!(said.contains("another process has"), "{said}");
    assert!(writer.terminate().success());
    let readers = [reading(bitgauge(), directory.path()), reading(bitgauge(), directory.path())];
    for reader in &readers {
        assert_eq!(reader.json("/v1/jobs").await["items"], json!([]));
    }
    let said = refused(bitgauge(), directory.path(), &[]);
    assert!(said.contains("another process has"), "{said}");
    for reader in readers {
        assert!(reader.terminate().success());
    }
}
