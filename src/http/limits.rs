//! What one server bears at the same time.

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
    /// Until a request's body has arrived.
    pub body: Duration,
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// Bytes that must be free where the data are: with fewer no job is accepted, so that those
    /// that were can still be stored.
    pub free_bytes: u64,
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
            body: Duration::from_secs(30),
            body_bytes: 256 << 10,
            free_bytes: 256 << 20,
        }
    }
}
