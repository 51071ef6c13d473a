//! Ends a computation from outside, wherever it is: loops that may take long look at a flag of their
//! thread now and then, and once it is set the computation unwinds to where it began.
//!
//! What was computed by then is dropped: an interrupted computation has no result. Between two steps of a training
//! there is a gentler way, [`Control`](super::training::Control), which keeps what was trained.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

thread_local! {
    static FLAG: RefCell<Option<Flag>> = const { RefCell::new(None) };
}

/// Set to end the computation that looks at it.
pub type Flag = Arc<AtomicBool>;

/// What the stack is unwound with.
struct Unwound;

/// The computation was ended by its flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended;

/// Computes on this thread, looking at `flag`. A panic passes through.
///
/// # Errors
/// When the flag was set before the computation was done.
pub fn interruptible<T>(flag: &Flag, compute: impl FnOnce() -> T) -> Result<T, Ended> {
    let before = FLAG.replace(Some(Arc::clone(flag)));
    let outcome = catch_unwind(AssertUnwindSafe(compute));
    FLAG.set(before);
    outcome.map_err(|panic| if panic.is::<Unwound>() { Ended } else { resume_unwind(panic) })
}

/// The flag that this thread looks at, for threads that compute a part of the same.
#[must_use]
pub fn current() -> Option<Flag> {
    FLAG.with_borrow(Clone::clone)
}

/// Ends the computation if it was told to. Costs a few nanoseconds: to be called where a millisecond
/// or so has passed since the last time.
pub fn check() {
    let is_set = |flag: &Option<Flag>| flag.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed));
    if FLAG.with_borrow(is_set) {
        // no panic: nothing went wrong, and no hook is to hear of it
        resume_unwind(Box::new(Unwound));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_ends_once_its_flag_is_set_and_the_thread_is_as_before() {
        let flag = Flag::default();
        let mut rounds = 0;
        let ended = interruptible(&flag, || {
            loop {
                check();
                rounds += 1;
                flag.store(rounds == 10, Ordering::Relaxed);
            }
        });
        assert_eq!((ended, rounds), (Err::<(), _>(Ended), 10));
        check();
        assert!(current().is_none());
        assert_eq!(interruptible(&Flag::default(), || current().is_some()), Ok(true));
    }

    #[test]
    fn one_inside_another_looks_at_its_own_flag() {
        let (outer, inner) = (Flag::default(), Flag::default());
        inner.store(true, Ordering::Relaxed);
        let ended = interruptible(&outer, || (interruptible(&inner, check), check()));
        assert_eq!(ended, Ok((Err(Ended), ())));
    }

    #[test]
    fn a_panic_passes_through() {
        let panicked = catch_unwind(|| interruptible(&Flag::default(), || panic!("of its own")));
        assert_eq!(panicked.unwrap_err().downcast_ref::<&str>(), Some(&"of its own"));
    }
}
