//! The fleet: workers elsewhere, as their signs tell. In memory: who is gone is forgotten.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::ask::{LANGUAGE, Sign, Task, Welcome};
use crate::job::JobId;
use crate::science::trial::NUMERIC_PROFILE;

/// Workers give a sign this often.
pub(super) const SIGN: Duration = Duration::from_secs(2);
/// One that gave none for so long takes no trials.
const SILENT: Duration = Duration::from_secs(10);
/// And after so long it is shown no more.
const GONE: Duration = Duration::from_mins(10);
/// Workers that are remembered at most.
const MOST: usize = 10_000;

/// The workers elsewhere. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Fleet(Arc<Mutex<BTreeMap<String, Member>>>);

/// A worker elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Its last sign.
    pub sign: Sign,
    /// When that came.
    pub seen: Instant,
    /// Why it takes no trials, where it does not.
    pub refused: Option<String>,
    /// Results of it that differ from those that others gave.
    pub alarms: u64,
}

impl Member {
    fn is_live(&self) -> bool {
        self.refused.is_none() && self.seen.elapsed() < SILENT
    }
}

impl Fleet {
    /// A worker gave a sign: whether it may take trials.
    pub(super) fn seen(&self, sign: Sign) -> Welcome {
        let mut all = self.lock();
        all.retain(|_, member| member.seen.elapsed() < GONE);
        if sign.leaves {
            all.remove(&sign.worker);
            return Welcome::Accepted;
        }
        let before = all.get(&sign.worker);
        let alarms = before.map_or(0, |member| member.alarms);
        if before.is_none() && all.len() >= MOST {
            return Welcome::Refused(format!("there are {MOST} workers already"));
        }
        let refused = reason_against(&sign);
        if let Some(reason) = refused.as_ref().filter(|_| before.is_none_or(|was| was.refused.is_none())) {
            tracing::warn!(worker = sign.worker, reason, "a worker was refused");
        }
        let welcome = refused.clone().map_or(Welcome::Accepted, Welcome::Refused);
        all.insert(sign.worker.clone(), Member { sign, seen: Instant::now(), refused, alarms });
        welcome
    }

    /// A worker gave another result than others for the same trial.
    pub(super) fn disagreed(&self, worker: &str) {
        if let Some(member) = self.lock().get_mut(worker) {
            member.alarms += 1;
        }
    }

    /// Trials that all live workers run at the same time.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.lock().values().filter(|member| member.is_live()).map(|member| member.sign.slots as usize).sum()
    }

    /// Bytes that a trial may need to run on any live worker.
    pub(super) fn room_everywhere(&self) -> Option<u64> {
        let all = self.lock();
        all.values().filter(|member| member.is_live()).map(|member| member.sign.memory).min()
    }

    /// Everybody, by name.
    #[must_use]
    pub fn all(&self) -> Vec<Member> {
        let mut all = self.lock();
        all.retain(|_, member| member.seen.elapsed() < GONE);
        all.values().cloned().collect()
    }

    /// What runs of a job.
    #[must_use]
    pub fn running(&self, job: JobId) -> Vec<Task> {
        let all = self.lock();
        let tasks = all.values().filter(|member| member.is_live()).flat_map(|member| &member.sign.running);
        tasks.filter(|task| task.lease.job == job).copied().collect()
    }

    /// The map is whole after every statement under the lock.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Member>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a worker may not take trials.
fn reason_against(sign: &Sign) -> Option<String> {
    if sign.language != LANGUAGE {
        return Some(format!(
            "speaks another language (version {}) than this service ({})",
            sign.version,
            env!("CARGO_PKG_VERSION")
        ));
    }
    if sign.numeric_profile != NUMERIC_PROFILE {
        return Some(format!(
            "computes with {}, this service with {NUMERIC_PROFILE}: digests would differ",
            sign.numeric_profile
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> JobId {
        "0198f0c5-0000-7000-8000-000000000001".parse().unwrap()
    }
    use crate::work::Lease;

    fn sign(worker: &str) -> Sign {
        Sign {
            worker: worker.into(),
            host: "h".into(),
            version: "0".into(),
            language: LANGUAGE,
            numeric_profile: NUMERIC_PROFILE.into(),
            instruction_set: "scalar".into(),
            slots: 4,
            memory: 100,
            running: Vec::new(),
            ended_last_hour: 0,
            observed_seconds: 0.0,
            fault: None,
            leaves: false,
        }
    }

    #[test]
    fn who_is_there_counts_and_who_computes_otherwise_does_not() {
        let fleet = Fleet::default();
        assert_eq!((fleet.slots(), fleet.room_everywhere()), (0, None));
        let task = Task { lease: Lease { job: job(), number: 2, epoch: 3 }, step: 4, steps: 5 };
        let busy = Sign { running: vec![task], memory: 50, ..sign("b") };
        assert_eq!(fleet.seen(busy.clone()), Welcome::Accepted);
        assert_eq!(fleet.seen(sign("a")), Welcome::Accepted);
        let other = Sign { numeric_profile: "other".into(), ..sign("c") };
        assert!(matches!(fleet.seen(other), Welcome::Refused(why) if why.contains("computes with other")));
        let stranger = Sign { language: LANGUAGE + 1, ..sign("d") };
        assert!(matches!(fleet.seen(stranger), Welcome::Refused(why) if why.contains("language")));
        assert_eq!((fleet.slots(), fleet.room_everywhere()), (8, Some(50)));
        assert_eq!(
            (fleet.running(job()), fleet.running("0198f0c5-0000-7000-8000-000000000002".parse().unwrap())),
            (vec![task], vec![])
        );
        assert_eq!(fleet.all().len(), 4);
        fleet.disagreed("b");
        assert_eq!(fleet.seen(busy.clone()), Welcome::Accepted);
        assert_eq!(fleet.all()[1].alarms, 1, "a later sign keeps them");
        fleet.seen(Sign { leaves: true, ..busy });
        assert_eq!((fleet.slots(), fleet.all().len()), (4, 3));
    }
}
