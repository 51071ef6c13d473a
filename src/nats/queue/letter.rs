//! What a message of the stream says. Anybody with the right to publish may have written it.

use std::panic::catch_unwind;

use async_nats::jetstream::Message;

use crate::nats::ask::{LEASE, read};
use crate::nats::subject::trial_of;
use crate::work::{Assignment, Lease};

/// A message, as far as it was understood.
pub(super) enum Letter {
    /// A trial to run.
    Readable { assignment: Box<Assignment>, is_repeated: bool },
    /// Nothing that this version can run; the lease if the service wrote it.
    Unreadable { lease: Option<Lease>, why: String },
}

impl Letter {
    pub(super) fn of(message: &Message) -> Self {
        let lease = message.headers.as_ref().and_then(|headers| headers.get(LEASE));
        let lease = lease.and_then(|lease| read(lease.as_str().as_bytes()).ok());
        let is_repeated = message.info().is_ok_and(|info| info.delivered > 1);
        match assignment(&message.subject, &message.payload) {
            Ok(assignment) => Self::Readable { assignment: Box::new(assignment), is_repeated },
            Err(why) => Self::Unreadable { lease, why: format!("{}: {why}", message.subject) },
        }
    }
}

/// The assignment under this subject, if it can be run here.
fn assignment(subject: &str, payload: &[u8]) -> Result<Assignment, String> {
    let assignment: Assignment = read(payload)?;
    let lease = assignment.lease;
    if trial_of(subject) != Some((lease.job, lease.number)) {
        return Err("tells of another trial than its subject".into());
    }
    if assignment.trial_seconds.is_nan() || assignment.trial_seconds <= 0.0 {
        return Err("a trial that may take no time".into());
    }
    // numbers that no spec admits must not end the worker
    catch_unwind(|| assignment.trial.cost()).map_err(|_| "a trial whose numbers make no sense")?;
    Ok(assignment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_not_run() {
        let subject = crate::nats::subject::trial("0198f0c5-0000-7000-8000-000000000001".parse().unwrap(), 2);
        for payload in [&b""[..], b"{", b"[1]", b"\xff\xfe", br#"{"lease":{}}"#] {
            assert!(assignment(&subject, payload).is_err());
        }
    }
}
