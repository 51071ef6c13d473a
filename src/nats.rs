//! Work over NATS: one room for both ends of it. A [`Gateway`] beside a service publishes trials of any
//! [`WorkQueue`](crate::work::WorkQueue) and takes their results; a [`NatsQueue`] is that queue for workers on
//! other machines. Whatever NATS holds is work in flight: it may be wiped at any moment, for what is claimed,
//! saved and completed is in the queue behind the gateway.
//!
//! Trials and results go through streams of `JetStream`, everything else is asked and answered:
//!
//! | subject | from, to | what |
//! |---|---|---|
//! | `bitgauge.trial.PROFILE.JOB.TRIAL` | gateway, workers of that arithmetic | an assignment; stream `BITGAUGE_TRIALS` |
//! | `bitgauge.result.JOB.TRIAL` | workers, gateway | how a trial ended; stream `BITGAUGE_RESULTS` |
//! | `bitgauge.ask.KIND` | workers, gateway | wishes, signs of life, leases, checkpoints in parts |
//! | `bitgauge.notice` | gateway, workers | hints: there is work, a job was cancelled or paused |
//!
//! `docs/adr/0026-workers-over-nats.md` says why.

mod ask;
mod connection;
mod fleet;
mod gateway;
mod parts;
mod queue;
mod subject;

pub use ask::{LANGUAGE, Sign, Task};
pub use connection::{Access, Connection, ConnectionError, Endpoint, Role};
pub use fleet::{Fleet, Member};
pub use gateway::{CLAIMED_FOR, Counts, Gateway, Options, Watch};
pub use queue::{Identity, NatsQueue};
