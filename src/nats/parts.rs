//! Checkpoints in parts: they may be hundreds of megabytes, and a message at most one. Each part is asked for
//! or acknowledged before the next one goes, so that neither end holds more than one copy.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::ask::Part;
use crate::work::{CheckpointReference, Lease};

/// Bytes of one part.
pub(super) const PART: usize = 512 << 10;

/// Bytes of all checkpoints on their way at the same time, at most.
const MOST_BYTES: usize = 2 << 30;

/// A checkpoint whose next part does not come for so long is forgotten.
const PATIENCE: Duration = Duration::from_mins(1);

/// Checkpoints on their way, in either direction.
#[derive(Debug, Default)]
pub(super) struct Parts {
    coming: Mutex<HashMap<(Lease, u64), OnItsWay>>,
    going: Mutex<HashMap<CheckpointReference, OnItsWay>>,
}

#[derive(Debug)]
struct OnItsWay {
    bytes: Vec<u8>,
    length: usize,
    seen: Instant,
}

impl Parts {
    /// Adds a part to a checkpoint that comes; returns it once it is whole.
    ///
    /// # Errors
    /// Why it cannot be taken.
    pub(super) fn add(&self, part: Part, bytes: &[u8]) -> Result<Option<Vec<u8>>, String> {
        let mut coming = lock(&self.coming);
        coming.retain(|_, other| other.seen.elapsed() < PATIENCE);
        let key = (part.lease, part.step);
        if part.from == 0 {
            let others: usize = coming.iter().filter(|(at, _)| **at != key).map(|(_, one)| one.length).sum();
            if part.length > MOST_BYTES.saturating_sub(others) {
                return Err("too many bytes of checkpoints are on their way".into());
            }
            let begun = OnItsWay { bytes: Vec::new(), length: part.length, seen: Instant::now() };
            coming.insert(key, begun);
        }
        let one = coming.get_mut(&key).ok_or("a part without those before it")?;
        let is_next = part.from == one.bytes.len() && part.length == one.length;
        if !is_next || bytes.len() > one.length - one.bytes.len() {
            coming.remove(&key);
            return Err("a part that does not follow those before it".into());
        }
        one.bytes.extend_from_slice(bytes);
        one.seen = Instant::now();
        let is_whole = one.bytes.len() == one.length;
        Ok(if is_whole { coming.remove(&key).map(|one| one.bytes) } else { None })
    }

    /// A part of a checkpoint that goes, and its whole length; nothing where it is not held.
    pub(super) fn part(&self, of: CheckpointReference, from: usize) -> Option<(Vec<u8>, usize)> {
        let mut going = lock(&self.going);
        going.retain(|_, other| other.seen.elapsed() < PATIENCE);
        let one = going.get_mut(&of)?;
        one.seen = Instant::now();
        let end = from.saturating_add(PART).min(one.length);
        let part = one.bytes.get(from..end)?.to_vec();
        let length = one.length;
        if end == length {
            going.remove(&of);
        }
        Some((part, length))
    }

    /// Holds a checkpoint while its parts are asked for.
    pub(super) fn hold(&self, of: CheckpointReference, bytes: Vec<u8>) {
        let length = bytes.len();
        lock(&self.going).insert(of, OnItsWay { bytes, length, seen: Instant::now() });
    }
}

/// The maps are whole after every statement under their locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> JobId {
        "0198f0c5-0000-7000-8000-000000000001".parse().unwrap()
    }
    use crate::job::JobId;

    fn part(from: usize, length: usize) -> Part {
        Part { lease: Lease { job: job(), number: 2, epoch: 3 }, step: 4, from, length }
    }

    #[test]
    fn parts_make_a_whole_in_their_order_alone() {
        let parts = Parts::default();
        assert_eq!(parts.add(part(0, 5), b"ab").unwrap(), None);
        assert_eq!(parts.add(part(2, 5), b"cd").unwrap(), None);
        assert_eq!(parts.add(part(4, 5), b"e").unwrap(), Some(b"abcde".to_vec()));
        // nothing is left of it
        assert!(parts.add(part(4, 5), b"e").is_err());
        for wrong in [part(1, 5), part(2, 6), part(3, 5)] {
            assert_eq!(parts.add(part(0, 5), b"ab").unwrap(), None);
            assert!(parts.add(wrong, b"cd").is_err());
        }
        assert_eq!(parts.add(part(0, 5), b"ab").unwrap(), None);
        assert!(parts.add(part(2, 5), b"more than is left").is_err());
        // from its beginning again
        assert_eq!(parts.add(part(0, 2), b"ab").unwrap(), Some(b"ab".to_vec()));
        assert!(parts.add(part(0, usize::MAX), b"ab").is_err());
        assert_eq!(parts.add(part(0, 0), b"").unwrap(), Some(Vec::new()));
    }

    #[test]
    fn what_goes_is_asked_for_part_by_part() {
        let parts = Parts::default();
        let of = CheckpointReference { job: job(), number: 2, step: 3 };
        assert_eq!(parts.part(of, 0), None);
        let bytes: Vec<u8> = (0..PART + 7).map(|byte| byte as u8).collect();
        parts.hold(of, bytes.clone());
        assert_eq!(parts.part(of, 0), Some((bytes[..PART].to_vec(), PART + 7)));
        assert_eq!(parts.part(of, PART + 8), None);
        assert_eq!(parts.part(of, PART), Some((bytes[PART..].to_vec(), PART + 7)));
        assert_eq!(parts.part(of, PART), None, "nothing is held that was fetched");
    }
}
