//! A server under stress says how it is, and answers who asks.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use super::process::{Process, bitgauge, long_job, signal, sweep};

/// Sends a request and reads the answer to the end of the connection.
fn asked(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

fn get(address: &str, path: &str) -> String {
    asked(address, &format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"))
}

fn post(address: &str, body: &str, more: &str) -> String {
    let head = format!(
        "POST /v1/jobs HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\n"
    );
    asked(address, &format!("{head}content-length: {}\r\n{more}\r\n{body}", body.len()))
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("no answer")
}

/// Waits until a path answers with this status, and gives the answer.
fn until(address: &str, path: &str, wanted: &str, within: Duration) -> String {
    let begun = Instant::now();
    loop {
        let answer = get(address, path);
        if status(&answer) == wanted {
            return answer;
        }
        assert!(begun.elapsed() < within, "{path} does not become {wanted}: {answer}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_that_nobody_reads_keep_nobody_waiting() {
    for shell in ["exec \"$0\" \"$@\" 2>&-", "exec \"$0\" \"$@\""] {
        let directory = tempfile::tempdir().unwrap();
        let mut command = std::process::Command::new("sh");
        let program = bitgauge().get_program().to_owned();
        command.args(["-c", shell]).arg(program);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--workers", "1", "--data-dir"])
            .arg(directory.path());
        // every request is logged several times over, into a pipe that nobody reads
        command.env("RUST_LOG", "trace").stderr(Stdio::piped()).stdout(Stdio::piped());
        let process = Process::of(command.spawn().unwrap());
        let path = process.submit(&sweep()).await;
        process.ended(&path).await;
        for _ in 0..50 {
            process.get("/livez").await;
        }
        assert_eq!(status(&get(&process.address(), "/readyz")), "200");
        assert!(process.terminate().success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn probes_are_answered_when_nobody_else_is() {
    let directory = tempfile::tempdir().unwrap();
    let limits = ["--max-connections", "3", "--max-requests", "1", "--token", "a-token-of-enough-characters"];
    let process = Process::start_with(directory.path(), 0, &limits);
    let address = process.address();
    // without a token, and while more connections are open than there are places, spare ones included
    let taken: Vec<TcpStream> = (0..300).map(|_| TcpStream::connect(&address).unwrap()).collect();
    let begun = Instant::now();
    for probe in ["/livez", "/readyz"] {
        assert_eq!(status(&get(&address, probe)), "200");
    }
    let other = get(&address, "/v1/version");
    assert!(status(&other) == "503" && other.contains("too many connections"), "{other}");
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    drop(taken);
    until(&address, "/v1/version", "401", Duration::from_secs(5));
    assert!(process.terminate().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_not_read_is_given_up() {
    let directory = tempfile::tempdir().unwrap();
    let process = Process::start_with(directory.path(), 0, &["--write-stall-seconds", "1"]);
    let address = process.address();
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // answers of more than any buffer holds
    let requests = 400;
    let request = format!("GET /openapi.yaml HTTP/1.1\r\nhost: {address}\r\n\r\n");
    stream.write_all(request.repeat(requests).as_bytes()).unwrap();
    let whole = get(&address, "/openapi.yaml").len() * requests;
    std::thread::sleep(Duration::from_secs(3));
    let (mut read, mut buffer) = (0, vec![0; 1 << 20]);
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        read += count;
    }
    assert!(read < whole, "{read} of {whole} bytes came after all");
    // a slow reader that does read is served
    assert_eq!(status(&get(&address, "/openapi.yaml")), "200");
    assert!(process.terminate().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_a_job_is_answered_at_the_stop_and_beyond_the_limit() {
    let directory = tempfile::tempdir().unwrap();
    let process = Process::start_with(directory.path(), 0, &["--max-waiters", "1"]);
    let address = process.address();
    let spec = long_job().to_string();
    let waits = std::thread::spawn({
        let (address, spec) = (address.clone(), spec.clone());
        move || post(&address, &spec, "prefer: wait=50\r\n")
    });
    let begun = Instant::now();
    while process.json("/v1/jobs").await["items"].as_array().unwrap().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
    // one waits: whoever comes now does not
    let answer = post(&address, &spec, "prefer: wait=50\r\n");
    assert!(status(&answer) == "202" && answer.contains("location: /v1/jobs/"), "{answer}");
    assert!(!answer.contains("preference-applied") && begun.elapsed() < Duration::from_secs(20), "{answer}");
    assert!(process.terminate().success());
    let answer = waits.join().unwrap();
    assert!(status(&answer) == "202" && answer.contains("location: /v1/jobs/"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_the_process_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let mut process = Process::start(directory.path(), 0);
    // a request whose body does not come keeps the server for some seconds
    let address = process.address();
    let mut stream = TcpStream::connect(&address).unwrap();
    let head = format!("POST /v1/jobs HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n");
    stream.write_all(format!("{head}content-length: 100\r\n\r\n{{").as_bytes()).unwrap();
    until(&address, "/readyz", "200", Duration::from_secs(5));
    signal(&process.child, "TERM");
    let begun = Instant::now();
    while TcpStream::connect(&address).is_ok() {
        assert!(begun.elapsed() < Duration::from_secs(3), "still listening");
    }
    signal(&process.child, "TERM");
    let code = process.child.wait().unwrap().code();
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(code, Some(143));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_another_process_locks_is_not_ready_until_it_is_free() {
    let directory = tempfile::tempdir().unwrap();
    let process = Process::start(directory.path(), 0);
    let address = process.address();
    let file = directory.path().join("bitgauge.sqlite");
    let mut other = SqliteConnectOptions::new().filename(&file).connect().await.unwrap();
    sqlx::query("begin immediate").execute(&mut other).await.unwrap();
    let reason = until(&address, "/readyz", "503", Duration::from_secs(10));
    assert!(reason.contains("not-ready") && reason.contains("the database"), "{reason}");
    assert_eq!(status(&get(&address, "/livez")), "200");
    // reading goes on, and writing fails once the writer has waited
    assert_eq!(status(&get(&address, "/v1/jobs")), "200");
    let begun = Instant::now();
    let answer = post(&address, &json!(sweep()).to_string(), "");
    assert!(status(&answer) == "503" && answer.contains("retry-after"), "{answer}");
    assert!(begun.elapsed() < Duration::from_secs(12), "{:?}", begun.elapsed());
    sqlx::query("rollback").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    until(&address, "/readyz", "200", Duration::from_secs(10));
    process.submit(&sweep()).await;
    assert!(process.terminate().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_refused_before_there_is_no_room_to_store_them() {
    let directory = tempfile::tempdir().unwrap();
    let most = u64::MAX.to_string();
    let process = Process::start_with(directory.path(), 0, &["--min-free-bytes", &most]);
    let address = process.address();
    let answer = post(&address, &json!(sweep()).to_string(), "");
    assert!(status(&answer) == "507" && answer.contains("storage-full"), "{answer}");
    let reason = get(&address, "/readyz");
    assert!(status(&reason) == "503" && reason.contains("bytes are free"), "{reason}");
    assert!(process.terminate().success());
}
