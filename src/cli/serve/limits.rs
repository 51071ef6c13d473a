//! The limits of a server as flags: each with its default, which README.md repeats.

use std::time::Duration;

use clap::Args;

use crate::http::HttpLimits;
use crate::spec::admission::Limits;

/// Limits of what is borne at the same time, and what is logged of it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct LimitFlags {
    /// Connections open at the same time; on 64 more, probes alone are answered
    #[arg(long, env = "BITGAUGE_MAX_CONNECTIONS", default_value_t = HttpLimits::default().connections, value_name = "NUMBER", value_parser = positive)]
    max_connections: usize,
    /// Requests handled at the same time
    #[arg(long, env = "BITGAUGE_MAX_REQUESTS", default_value_t = HttpLimits::default().requests, value_name = "NUMBER", value_parser = positive)]
    max_requests: usize,
    /// Requests that wait for a job's end at the same time; more are answered at once
    #[arg(long, env = "BITGAUGE_MAX_WAITERS", default_value_t = HttpLimits::default().waiters, value_name = "NUMBER", value_parser = positive)]
    max_waiters: usize,
    /// Streams of events open at the same time
    #[arg(long, env = "BITGAUGE_MAX_STREAMS", default_value_t = HttpLimits::default().streams, value_name = "NUMBER", value_parser = positive)]
    max_streams: usize,
    /// Exports written at the same time
    #[arg(long, env = "BITGAUGE_MAX_EXPORTS", default_value_t = HttpLimits::default().exports, value_name = "NUMBER", value_parser = positive)]
    max_exports: usize,
    /// Bytes of answers that wait to be read by their clients, all together
    #[arg(long, env = "BITGAUGE_MAX_UNREAD_BYTES", default_value_t = HttpLimits::default().unread_bytes, value_name = "BYTES", value_parser = positive)]
    max_unread_bytes: usize,
    /// Seconds that a client may leave an answer unread
    #[arg(long, env = "BITGAUGE_WRITE_STALL_SECONDS", default_value_t = HttpLimits::default().write_stall.as_secs(), value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    write_stall_seconds: u64,
    /// Seconds until the head of an answer is ready; requests that take longer get 503. Above the 60 s that `Prefer: wait` may ask for
    #[arg(long, env = "BITGAUGE_ANSWER_SECONDS", default_value_t = HttpLimits::default().answer.as_secs(), value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(61..=86_400))]
    answer_seconds: u64,
    /// Seconds until the head of a request has arrived, and that an open connection may be idle
    #[arg(long, env = "BITGAUGE_HEADER_SECONDS", default_value_t = HttpLimits::default().header.as_secs(), value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    header_seconds: u64,
    /// Seconds until the body of a request has arrived
    #[arg(long, env = "BITGAUGE_BODY_SECONDS", default_value_t = HttpLimits::default().body.as_secs(), value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    body_seconds: u64,
    /// Seconds that requests under way may take after the server was told to stop
    #[arg(long, env = "BITGAUGE_DRAIN_SECONDS", default_value_t = HttpLimits::default().drain.as_secs(), value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(0..=86_400))]
    drain_seconds: u64,
    /// Bytes of a request's body
    #[arg(long, env = "BITGAUGE_MAX_BODY_BYTES", default_value_t = HttpLimits::default().body_bytes, value_name = "BYTES", value_parser = positive)]
    max_body_bytes: usize,
    /// Bytes that must be free where the data are; with fewer no job is accepted
    #[arg(long, env = "BITGAUGE_MIN_FREE_BYTES", default_value_t = HttpLimits::default().free_bytes, value_name = "BYTES")]
    min_free_bytes: u64,
    /// Trials of one job
    #[arg(long, env = "BITGAUGE_MAX_TRIALS", default_value_t = Limits::default().trials, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..=u64::from(u32::MAX)))]
    max_trials: u64,
    /// Cells of one job
    #[arg(long, env = "BITGAUGE_MAX_CELLS", default_value_t = Limits::default().cells, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    max_cells: u64,
    /// Backups that `POST /v1/backup` keeps; with one more the oldest goes
    #[arg(long, env = "BITGAUGE_KEEP_BACKUPS", default_value_t = HttpLimits::default().backups, value_name = "NUMBER", value_parser = positive)]
    keep_backups: usize,
    /// Seconds after which an answer that has not begun is named in the log; those to `Prefer: wait` may take longer
    #[arg(long, env = "BITGAUGE_SLOW_REQUEST_SECONDS", default_value_t = HttpLimits::default().slow.as_secs_f64(), value_name = "SECONDS", value_parser = seconds)]
    slow_request_seconds: f64,
    /// Write a line for each request into the log
    #[arg(long, env = "BITGAUGE_ACCESS_LOG")]
    access_log: bool,
}

impl LimitFlags {
    /// As the server takes them.
    pub(super) fn http(&self) -> HttpLimits {
        HttpLimits {
            connections: self.max_connections,
            requests: self.max_requests,
            waiters: self.max_waiters,
            streams: self.max_streams,
            exports: self.max_exports,
            unread_bytes: self.max_unread_bytes,
            write_stall: Duration::from_secs(self.write_stall_seconds),
            body_bytes: self.max_body_bytes,
            free_bytes: self.min_free_bytes,
            answer: Duration::from_secs(self.answer_seconds),
            header: Duration::from_secs(self.header_seconds),
            body: Duration::from_secs(self.body_seconds),
            drain: Duration::from_secs(self.drain_seconds),
            backups: self.keep_backups,
            slow: Duration::from_secs_f64(self.slow_request_seconds),
            log_requests: self.access_log,
        }
    }
}

impl LimitFlags {
    /// How large a job may be.
    pub(super) fn admission(&self) -> Limits {
        Limits { trials: self.max_trials, cells: self.max_cells, ..Limits::default() }
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.0..=86_400.0).contains(&seconds) => Ok(seconds),
        Ok(_) => Err("from 0 to 86400".to_owned()),
        Err(error) => Err(format!("{error}")),
    }
}

fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least 1".to_owned()),
        Ok(number) => Ok(number),
        Err(error) => Err(format!("{error}")),
    }
}
