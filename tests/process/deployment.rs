//! How the service is deployed: the unit of systemd, and what the container promises.

use std::fs;
use std::os::unix::fs::chown;
use std::process::{Command, Stdio};

use serde_json::json;

use super::process::{Process, bitgauge, small_job};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn text(file: &str) -> String {
    fs::read_to_string(format!("{ROOT}/{file}")).unwrap()
}

#[test]
fn every_variable_of_the_unit_and_the_container_is_one_of_serve() {
    let help =
        |command| String::from_utf8(bitgauge().args([command, "--help"]).output().unwrap().stdout).unwrap();
    let help = help("serve") + &help("worker");
    let mut seen = 0;
    for file in [
        "deploy/bitgauge.service",
        "deploy/bitgauge-worker.service",
        "deploy/compose.yaml",
        "deploy/kubernetes/workers.yaml",
        "deploy/slurm.sh",
        "deploy/hyperqueue.sh",
        "Dockerfile",
        "docs/operation.md",
    ] {
        let text = text(file);
        for (at, _) in text.match_indices("BITGAUGE_") {
            let rest = &text[at..];
            let end = rest.find(|c: char| !c.is_ascii_uppercase() && c != '_').unwrap_or(rest.len());
            // secrets are shown without their value
            let is_flag =
                ['=', ']'].iter().any(|mark| help.contains(&format!("[env: {}{mark}", &rest[..end])));
            assert!(is_flag, "{file}: {}", &rest[..end]);
            seen += 1;
        }
    }
    assert!(seen >= 8);
}

#[test]
fn the_units_are_valid() {
    for (name, command) in [("bitgauge.service", "serve"), ("bitgauge-worker.service", "worker")] {
        unit_is_valid(name, command);
    }
}

fn unit_is_valid(name: &str, command: &str) {
    let unit = text(&format!("deploy/{name}"));
    let program = "/usr/local/bin/bitgauge";
    assert!(unit.contains(&format!("ExecStart={program} {command}\n")));
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join(name);
    // the program is looked for where it is here
    fs::write(&file, unit.replace(program, bitgauge().get_program().to_str().unwrap())).unwrap();
    let Ok(output) = Command::new("systemd-analyze").arg("verify").arg(&file).output() else {
        eprintln!("not tried: there is no systemd-analyze");
        return;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    let about_it: Vec<&str> = said.lines().filter(|line| line.contains(name)).collect();
    assert!(output.status.success() && about_it.is_empty(), "{said}");
}

/// As `docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges` does: a read-only
/// root, another user, no capability.
#[tokio::test(flavor = "multi_thread")]
async fn the_service_needs_neither_a_writable_root_nor_a_capability() {
    let directory = tempfile::tempdir().unwrap();
    let script = "mount --bind \"$0\" /mnt && mount -t tmpfs tmpfs /tmp && mount -o remount,bind,ro / && \
        ! touch /usr/touched 2>/dev/null && exec setpriv --no-new-privs --bounding-set -all --inh-caps -all \
        --reuid 10001 --regid 10001 --clear-groups \"$@\"";
    let confined = || {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", script]).arg(directory.path());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("BITGAUGE_")) {
            command.env_remove(name);
        }
        command
    };
    let is_possible = chown(directory.path(), Some(10_001), Some(10_001)).is_ok()
        && confined().arg("true").output().is_ok_and(|output| output.status.success());
    if !is_possible {
        eprintln!("not tried: this user may mount nothing");
        return;
    }
    // where the other user finds it
    fs::copy(bitgauge().get_program(), directory.path().join("program")).unwrap();
    let mut command = confined();
    command.args([
        "/mnt/program",
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--workers",
        "1",
        "--data-dir",
        "/mnt/data",
    ]);
    let process = Process::of(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let path = process.submit(&small_job()).await;
    process.ended(&path).await;
    assert!(process.get(&format!("{path}/results.parquet")).await.len() > 1000);
    assert_eq!(process.post("/v1/backup", &json!({})).await.0, 201);
    assert!(process.terminate().success());
}
