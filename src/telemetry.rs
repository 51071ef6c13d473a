//! Logs: where they go and in which form. Knows nothing of what is logged.
//!
//! Lines wait in a queue for a thread that writes them: nobody who logs waits for the reader of
//! standard error, and none fails with it. Where the queue is full, lines are dropped.

mod faults;

use std::io::IsTerminal;

use clap::ValueEnum;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt, registry};

use faults::Faults;

/// Lines that wait to be written, at most.
const QUEUE: usize = 8192;

/// Form of the log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Holds the queue of lines; what waits is written when it is dropped, for a second at most.
#[must_use]
#[derive(Debug)]
pub struct Logging {
    _guard: WorkerGuard,
}

/// Sends logs to standard error: what `RUST_LOG` asks for, else `default`; each fault once.
/// A second call changes nothing.
pub fn start(format: LogFormat, default: &str) -> Logging {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let builder = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(QUEUE).thread_name("log");
    let (writer, guard) = builder.finish(std::io::stderr());
    let lines = fmt::layer().with_writer(writer).with_ansi(std::io::stderr().is_terminal());
    let lines = match format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    let _ = registry().with(filter).with(Faults::default()).with(lines).try_init();
    Logging { _guard: guard }
}
