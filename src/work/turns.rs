//! Whose turn it is where several jobs of one priority wait for workers.
//!
//! Half of the time goes to the oldest job and half to the job that has had the least time so far. The
//! oldest goes on however many small jobs come after it, so that every job ends; and a small job behind
//! a large one starts at once, since it has had nothing yet. Time is counted in seconds of workers, not
//! in trials: a job of long trials gets no more than one of short ones. (The two rules are first come
//! first served and least attained service, Kleinrock 1976, Queueing Systems II, sections 3.4 and 4.7.)

/// Time that the two halves were given since both wanted a worker at once.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Turns {
    /// Seconds of trials of the oldest job.
    pub oldest_seconds: f64,
    /// Seconds of trials of the job with the least time.
    pub least_seconds: f64,
}

/// One of the two jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// The job that was accepted first.
    Oldest,
    /// The job that has had the least time.
    Least,
}

impl Turns {
    /// Whose turn it is, for a trial that is expected to take so many seconds under each.
    pub fn take(&mut self, oldest: f64, least: f64) -> Turn {
        if self.least_seconds <= self.oldest_seconds {
            self.least_seconds += least;
            Turn::Least
        } else {
            self.oldest_seconds += oldest;
            Turn::Oldest
        }
    }

    /// Both are one job: nobody owes anybody anything.
    pub fn settle(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_half_gets_half_of_the_time_however_long_its_trials_are() {
        let mut turns = Turns::default();
        let mut given = [0.0_f64, 0.0];
        for _ in 0..10_000 {
            match turns.take(7.0, 0.1) {
                Turn::Oldest => given[0] += 7.0,
                Turn::Least => given[1] += 0.1,
            }
        }
        assert!((given[0] / given[1] - 1.0).abs() < 0.02, "{given:?}");
    }

    #[test]
    fn one_that_has_had_nothing_comes_first_and_old_debts_are_forgotten() {
        let mut turns = Turns::default();
        assert_eq!(turns.take(1.0, 1.0), Turn::Least);
        assert_eq!(turns.take(1.0, 1.0), Turn::Oldest);
        assert_eq!(turns.take(1.0, 100.0), Turn::Least);
        turns.settle();
        assert_eq!(turns.take(1.0, 1.0), Turn::Least);
    }
}
