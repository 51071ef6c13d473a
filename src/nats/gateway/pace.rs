//! How many results came within the last moments: so many trials are published ahead.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Trials of so much time are published ahead. More would keep a small or an urgent job waiting.
const AHEAD: Duration = Duration::from_secs(2);
/// Results that are remembered at most.
const MOST: usize = 100_000;

#[derive(Debug, Default)]
pub(super) struct Pace(VecDeque<Instant>);

impl Pace {
    pub(super) fn came(&mut self, now: Instant) {
        self.forget(now);
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back(now);
    }

    /// Results of the last moments.
    pub(super) fn lately(&mut self, now: Instant) -> usize {
        self.forget(now);
        self.0.len()
    }

    fn forget(&mut self, now: Instant) {
        while self.0.front().is_some_and(|at| now.saturating_duration_since(*at) > AHEAD) {
            self.0.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_moments_count() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        for tenth in 0..50 {
            pace.came(start + Duration::from_millis(100 * tenth));
        }
        assert_eq!(pace.lately(start + Duration::from_millis(4900)), 21);
        assert_eq!(pace.lately(start + Duration::from_mins(1)), 0);
    }
}
