//! Names: streams, consumers and subjects.

use crate::job::JobId;
use crate::science::trial::NUMERIC_PROFILE;
use crate::work::Lease;

/// The stream of trials in flight.
pub(super) const TRIALS: &str = "BITGAUGE_TRIALS";
/// The stream of results that are not stored yet.
pub(super) const RESULTS: &str = "BITGAUGE_RESULTS";
/// The consumer of results.
pub(super) const SERVICE: &str = "service";
/// Hints for workers.
pub(super) const NOTICE: &str = "bitgauge.notice";
/// Every trial, every result, everything that is asked.
pub(super) const ALL_TRIALS: &str = "bitgauge.trial.>";
pub(super) const ALL_RESULTS: &str = "bitgauge.result.>";
pub(super) const ALL_ASKED: &str = "bitgauge.ask.>";

/// The consumer of trials that this program's arithmetic can run.
pub(super) fn workers() -> String {
    format!("workers-{NUMERIC_PROFILE}")
}

/// The trials that this program's arithmetic can run.
pub(super) fn of_this_arithmetic() -> String {
    format!("bitgauge.trial.{NUMERIC_PROFILE}.>")
}

pub(super) fn trial(job: JobId, number: u32) -> String {
    format!("bitgauge.trial.{NUMERIC_PROFILE}.{job}.{number}")
}

/// All trials of a job.
pub(super) fn trials_of(job: JobId) -> String {
    format!("bitgauge.trial.*.{job}.>")
}

pub(super) fn result(lease: Lease) -> String {
    format!("bitgauge.result.{}.{}", lease.job, lease.number)
}

pub(super) fn ask(kind: &str) -> String {
    format!("bitgauge.ask.{kind}")
}

/// What is asked under this subject.
pub(super) fn kind_of(subject: &str) -> Option<&str> {
    subject.strip_prefix("bitgauge.ask.")
}

/// The trial that a subject names.
pub(super) fn trial_of(subject: &str) -> Option<(JobId, u32)> {
    let mut parts = subject.strip_prefix("bitgauge.trial.")?.split('.').skip(1);
    let (job, number) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    parts.next().is_none().then_some((job, number))
}

/// Where workers await answers begins with this.
pub(super) const INBOX_OF_WORKERS: &str = "_INBOX_WORKER";
/// Bytes of such a place, at most; the server ends the connection of who names a longer one than it reads.
const LONGEST_INBOX: usize = 256;

/// Whether a worker may await an answer there. The service may publish more than a worker: it must not do so in
/// its name.
pub(super) fn is_inbox_of_a_worker(subject: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let rest = subject.strip_prefix(INBOX_OF_WORKERS).and_then(|rest| rest.strip_prefix('.'));
    let tokens = |rest: &str| rest.split('.').all(|token| !token.is_empty() && token.bytes().all(is_plain));
    subject.len() <= LONGEST_INBOX && rest.is_some_and(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_go_to_inboxes_of_workers_alone() {
        assert!(is_inbox_of_a_worker("_INBOX_WORKER.Xy1.2"));
        for other in [
            "",
            "_INBOX_WORKER",
            "_INBOX_WORKER.",
            "_INBOX_WORKER.a..b",
            "_INBOX_WORKER.a b",
            "_INBOX_WORKER.>",
            "_INBOX_WORKER.*",
            "_INBOX_WORKERS.a",
            "_INBOX_SERVICE.a",
            "$JS.API.STREAM.DELETE.BITGAUGE_TRIALS",
            "bitgauge.notice",
        ] {
            assert!(!is_inbox_of_a_worker(other), "{other}");
        }
        assert!(!is_inbox_of_a_worker(&format!("_INBOX_WORKER.{}", "a".repeat(300))));
    }

    fn job() -> JobId {
        "0198f0c5-0000-7000-8000-000000000001".parse().unwrap()
    }

    #[test]
    fn a_subject_names_its_trial() {
        let job = job();
        assert_eq!(trial_of(&trial(job, 12)), Some((job, 12)));
        for other in ["bitgauge.trial.p", "bitgauge.trial.p.x.1", "bitgauge.result.p.x.1", ""] {
            assert_eq!(trial_of(other), None, "{other}");
        }
        let longer = format!("{}.1", trial(job, 12));
        assert_eq!(trial_of(&longer), None);
        assert!(!NUMERIC_PROFILE.contains(['.', '*', '>', ' ']), "one token");
    }
}
