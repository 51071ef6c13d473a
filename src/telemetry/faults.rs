//! Each fault is logged once: a warning or an error whose `error` was told not long ago, by whoever met it
//! first, is left out. One that goes on is told again every hour.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// A fault that was not met for so long is over.
const OVER: Duration = Duration::from_mins(1);
/// One that goes on is told again after so long.
const AGAIN: Duration = Duration::from_hours(1);
/// Faults that are remembered at most.
const MOST: usize = 1024;

/// What was told.
#[derive(Debug, Default)]
pub(super) struct Faults(Mutex<BTreeMap<u64, Met>>);

#[derive(Debug, Clone, Copy)]
struct Met {
    told: Instant,
    last: Instant,
}

impl<S: Subscriber> Layer<S> for Faults {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        if *event.metadata().level() > Level::WARN {
            return true;
        }
        let mut fault = Fault::default();
        event.record(&mut fault);
        !fault.has_error || self.is_new(fault.key(), Instant::now())
    }
}

impl Faults {
    fn is_new(&self, key: u64, now: Instant) -> bool {
        // the map is whole after every statement, so a panic elsewhere cannot have broken it
        let mut met = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = met.get_mut(&key) {
            let goes_on = now.duration_since(before.last) < OVER;
            before.last = now;
            if goes_on && now.duration_since(before.told) < AGAIN {
                return false;
            }
            before.told = now;
            return true;
        }
        if met.len() >= MOST {
            met.retain(|_, before| now.duration_since(before.last) < OVER);
        }
        if met.len() < MOST {
            met.insert(key, Met { told: now, last: now });
        }
        true
    }
}

/// What an event says of a fault: all of its fields but the words around them, and who met it.
#[derive(Default)]
struct Fault {
    has_error: bool,
    text: String,
}

impl Fault {
    fn key(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.text.hash(&mut hasher);
        hasher.finish()
    }
}

impl Visit for Fault {
    /// A text is the same with and without quotes around it.
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if ["message", "worker"].contains(&field.name()) {
            return;
        }
        self.has_error |= field.name() == "error";
        let _ = write!(self.text, "{}={value:?};", field.name()); // a String takes everything
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::{fmt, registry};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_fault_is_told_by_who_meets_it_first() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = registry()
            .with(Faults::default())
            .with(fmt::layer().with_ansi(false).with_writer(move || writer.clone()));
        tracing::subscriber::with_default(subscriber, || {
            for worker in ["a", "b"] {
                let error = "disk full";
                tracing::warn!(error, worker, "first");
                tracing::error!(%error, "second");
                tracing::error!(error, job = 1, "of a job");
                tracing::error!("without an error");
                tracing::info!(error, "a line");
            }
        });
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let count = |word: &str| text.matches(word).count();
        let counts = ["first", "second", "of a job", "without an error", "a line"].map(count);
        assert_eq!(counts, [1, 0, 1, 2, 2], "{text}");
    }

    #[test]
    fn a_fault_is_told_again_when_it_was_over_and_every_hour() {
        let faults = Faults::default();
        let start = Instant::now();
        let told: Vec<u64> =
            (0..8000).step_by(30).filter(|s| faults.is_new(1, start + Duration::from_secs(*s))).collect();
        assert_eq!(told, [0, 3600, 7200]);
        assert!(faults.is_new(1, start + Duration::from_mins(150)));
        for key in 0..5000 {
            faults.is_new(key, start + Duration::from_secs(10_000));
        }
        assert!(faults.0.lock().unwrap().len() <= MOST);
    }
}
