//! What is known of the trials that wait.

use std::time::{Duration, Instant};

/// The window stays closed for so long after a trial was passed over: whoever has room for it asks.
const LARGE_FIRST: Duration = Duration::from_secs(1);

/// What is known of the trials that wait.
#[derive(Debug, Default)]
pub(super) struct Stock {
    /// Since when none waits that needs at most so much room.
    nothing_within: Option<(Instant, u64)>,
    /// Until when nothing is published ahead.
    closed_until: Option<Instant>,
}

impl Stock {
    /// There may be trials.
    pub(super) fn unknown(&mut self) {
        self.nothing_within = None;
    }

    /// None waits that needs at most so much room.
    pub(super) fn nothing_within(&mut self, room: u64) {
        self.nothing_within = Some((Instant::now(), room));
    }

    pub(super) fn is_empty(&self, room: u64, for_at_most: Duration) -> bool {
        self.nothing_within.is_some_and(|(since, within)| room <= within && since.elapsed() < for_at_most)
    }

    /// A trial was passed over, for it needs more room than every worker has.
    pub(super) fn close(&mut self) {
        self.closed_until = Some(Instant::now() + LARGE_FIRST);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed_until.is_some_and(|until| Instant::now() < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_of_a_room_and_grows_old() {
        let mut stock = Stock::default();
        assert!(!stock.is_empty(1, Duration::MAX) && !stock.is_closed());
        stock.nothing_within(10);
        assert!(stock.is_empty(10, Duration::MAX) && !stock.is_empty(11, Duration::MAX));
        assert!(!stock.is_empty(10, Duration::ZERO));
        stock.unknown();
        assert!(!stock.is_empty(10, Duration::MAX));
        stock.close();
        assert!(stock.is_closed());
    }
}
