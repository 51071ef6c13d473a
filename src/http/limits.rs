//! What one server bears at the same time, and what it logs of it.

use std::time::Duration;

/// Limits of the HTTP side. What is beyond them is turned away, with a problem that says so.
#[derive(Debug, Clone, Copy)]
pub struct HttpLimits {
    /// Connections open at the same time; on a few more, probes alone are answered.
    pub connections: usize,
    /// Requests handled at the same time.
    pub requests: usize,
    /// Requests that wait for a job's end (`Prefer: wait`); more are answered at once.
    pub waiters: usize,
    /// Streams of events open at the same time.
    pub streams: usize,
    /// Exports written at the same time: each has a thread.
    pub exports: usize,
    /// Bytes of answers that wait to be read by their clients, all together.
    pub unread_bytes: usize,
    /// How long a client may leave an answer unread.
    pub write_stall: Duration,
    /// Until the head of an answer is ready. Above the longest `Prefer: wait`.
    pub answer: Duration,
    /// From the first byte a client may send to the end of a request's head; an idle connection is closed
    /// after the same time.
    pub header: Duration,
    /// How long requests under way may take after the stop.
    pub drain: Duration,
    /// Until a request's body has arrived.
    pub body: Duration,
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// Bytes that must be free where the data are: with fewer no job is accepted, so that those
    /// that were can still be stored.
    pub free_bytes: u64,
    /// Backups that the service keeps; with one more the oldest goes.
    pub backups: usize,
    /// Whether each request has a line in the log.
    pub log_requests: bool,
    /// The log names requests whose answers do not begin within this time.
    pub slow: Duration,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            connections: 1200,
            requests: 512,
            waiters: 256,
            streams: 1000,
            exports: 32,
            unread_bytes: 256 << 20,
            write_stall: Duration::from_secs(30),
            answer: Duration::from_secs(90),
            header: Duration::from_secs(10),
            drain: Duration::from_secs(4),
            body: Duration::from_secs(30),
            body_bytes: 256 << 10,
            free_bytes: 256 << 20,
            backups: 3,
            log_requests: false,
            slow: Duration::from_secs(1),
        }
    }
}
