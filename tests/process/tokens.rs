//! A file of tokens: what is refused at the start, and how tokens come and go while the server runs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use super::process::{Process, bitgauge, signal};

const FIRST: &str = "the-first-token-of-all";
const SECOND: &str = "the-second-token-of-all";

fn write(file: &Path, text: &str) {
    fs::write(file, text).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}

/// The status of a request with this token.
async fn status(process: &Process, token: &str) -> u16 {
    let request =
        reqwest::Client::new().get(format!("http://{}/v1/jobs", process.address())).bearer_auth(token);
    request.send().await.unwrap().status().as_u16()
}

/// Waits until a request with this token has this status.
async fn until(process: &Process, token: &str, wanted: u16) {
    let begun = Instant::now();
    while status(process, token).await != wanted {
        assert!(begun.elapsed() < Duration::from_secs(20), "{token} is not answered with {wanted}");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// Waits until the log has a line with this text.
async fn until_logged(log: &Path, text: &str) -> String {
    let begun = Instant::now();
    loop {
        let lines = fs::read_to_string(log).unwrap();
        if lines.contains(text) {
            return lines;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{text} is not in {lines}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[test]
fn a_file_that_is_not_valid_is_refused_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("tokens");
    for (text, mode, said) in [
        (format!("ada full {FIRST}\n"), 0o644, "mode 644"),
        (format!("ada full {FIRST}\n"), 0o660, "mode 660"),
        ("ada full short\n".to_owned(), 0o600, "line 1: the token has 5 characters"),
        (
            format!("ada full {FIRST}\nada read {SECOND}\n"),
            0o600,
            "line 2: the name stands in an earlier line",
        ),
        ("# nobody\n".to_owned(), 0o600, "there is no token"),
    ] {
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let output = bitgauge()
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(directory.path().join("data"))
            .arg("--token-file")
            .arg(&file)
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && stderr.contains(said), "{stderr}");
        assert!(!stderr.contains(FIRST), "{stderr}");
    }
    let both = bitgauge().args(["serve", "--token", FIRST, "--token-file", "tokens"]).output().unwrap();
    assert_eq!(both.status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_come_and_go_without_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let (file, log) = (directory.path().join("tokens"), directory.path().join("log"));
    write(&file, &format!("ada full {FIRST}\n"));
    // while this waits it sends many that are wrong
    let arguments = ["--token-file", file.to_str().unwrap(), "--max-token-failures", "1000"];
    let process = Process::start_logging(&directory.path().join("data"), 0, &arguments, &log);
    assert_eq!((status(&process, FIRST).await, status(&process, SECOND).await), (200, 401));
    write(&file, &format!("grace read {SECOND}\n"));
    until(&process, SECOND, 200).await;
    assert_eq!(status(&process, FIRST).await, 401);

    // what is not valid changes nothing, and is told once
    write(&file, "grace read\n");
    let refused = "those from before stay valid";
    until_logged(&log, refused).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!((status(&process, SECOND).await, status(&process, FIRST).await), (200, 401));
    let lines = fs::read_to_string(&log).unwrap();
    assert_eq!(lines.matches(refused).count(), 1, "{lines}");

    write(&file, &format!("ada full {FIRST}\n"));
    signal(&process.child, "HUP");
    until(&process, FIRST, 200).await;
    assert!(process.terminate().success());
    let lines = fs::read_to_string(&log).unwrap();
    assert!(!lines.contains(FIRST) && !lines.contains(SECOND), "{lines}");
}
