//! What all tasks of a gateway share.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::flights::Flights;
use super::pace::Pace;
use super::stock::Stock;
use crate::nats::connection::Connection;
use crate::nats::fleet::Fleet;
use crate::nats::parts::Parts;

/// The name under which trials are claimed for the fleet.
pub const CLAIMED_FOR: &str = "nats";

/// How a gateway works.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Trials published ahead of who asks, for each slot of the fleet, at most.
    pub window: usize,
    /// How long a claim holds without a sign of life.
    pub lease: Duration,
    /// For how long it is believed that no trial waits.
    pub look_again: Duration,
    /// Time between two looks at what the streams hold.
    pub reconcile: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            window: 4,
            lease: Duration::from_secs(30),
            look_again: Duration::from_secs(1),
            reconcile: Duration::from_secs(30),
        }
    }
}

/// What all tasks of a gateway share, whatever the queue is.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) flights: Mutex<Flights>,
    pub(super) pace: Mutex<Pace>,
    pub(super) stock: Mutex<Stock>,
    pub(super) parts: Parts,
    /// Something changed that may let trials be published.
    pub(super) wake: Notify,
    pub(super) published: AtomicU64,
    pub(super) results: AtomicU64,
    pub(super) garbled: AtomicU64,
}

/// A gateway of this queue, for its tasks.
pub(super) struct Desk<Q> {
    pub(super) queue: Q,
    pub(super) connection: Connection,
    pub(super) fleet: Fleet,
    pub(super) shared: Arc<Shared>,
    pub(super) options: Options,
}

impl<Q: Clone> Clone for Desk<Q> {
    fn clone(&self) -> Self {
        Self {
            queue: self.queue.clone(),
            connection: self.connection.clone(),
            fleet: self.fleet.clone(),
            shared: Arc::clone(&self.shared),
            options: self.options,
        }
    }
}

/// What is behind these locks is whole after every statement.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
