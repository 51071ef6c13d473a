//! A real NATS server of its own for a test, on a port that nobody else has.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server process; killed with this at the latest.
pub struct NatsServer {
    child: Child,
    port: u16,
    _directory: tempfile::TempDir,
}

/// The server that is installed: the one beside the tests in Python, else the system's.
fn program() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target"), PathBuf::from);
    let beside = target.join("python/bin/nats-server");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let of_system =
        std::env::split_paths(&path).chain(["/usr/sbin".into()]).map(|folder| folder.join("nats-server"));
    let found = std::iter::once(beside).chain(of_system).find(|file| file.is_file());
    found.expect("these tests need nats-server: scripts/test installs it")
}

impl NatsServer {
    pub fn start() -> Self {
        Self::with("")
    }

    /// With a configuration of its own.
    pub fn with(configuration: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("nats.conf");
        std::fs::write(&file, configuration).unwrap();
        let configuration = file.into_os_string();
        // a port that was free a moment ago: the server picks none that it tells
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new(program())
            .args(["-a", "127.0.0.1", "-p", &port.to_string(), "-js", "-sd"])
            .arg(directory.path())
            .args(["-c".into(), configuration])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { child, port, _directory: directory };
        server.wait();
        server
    }

    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    fn wait(&self) {
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "the NATS server does not come up");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended
        let _ = self.child.wait();
    }
}
