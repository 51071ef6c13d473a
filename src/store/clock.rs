//! Clocks: passed in, so that tests decide what time it is.
//!
//! The wall clock is for people and may jump. Whatever lasts is measured with a steady clock that never
//! does: leases, waits and the life of keys.

use std::fmt;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

type Hands = Arc<dyn Fn() -> i64 + Send + Sync>;

/// A wall clock and a steady one, in milliseconds.
#[derive(Clone)]
pub struct Clock {
    wall: Hands,
    steady: Hands,
}

impl Clock {
    /// A clock of your own, for both.
    pub fn new(now_ms: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        let both: Hands = Arc::new(now_ms);
        Self { wall: Arc::clone(&both), steady: both }
    }

    /// A wall clock and a steady one of your own.
    pub fn of(
        wall: impl Fn() -> i64 + Send + Sync + 'static,
        steady: impl Fn() -> i64 + Send + Sync + 'static,
    ) -> Self {
        Self { wall: Arc::new(wall), steady: Arc::new(steady) }
    }

    /// The machine's clocks.
    #[must_use]
    pub fn system() -> Self {
        let start = Instant::now();
        let wall = || {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        };
        Self::of(wall, move || i64::try_from(start.elapsed().as_millis()).unwrap_or(i64::MAX))
    }

    /// Now, in milliseconds since 1970.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        (self.wall)()
    }

    /// Milliseconds since some moment, the same one for as long as this clock lives.
    #[must_use]
    pub fn steady_ms(&self) -> i64 {
        (self.steady)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
