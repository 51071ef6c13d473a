//! Titles, and what points and bars are.

use super::subject::Subject;
use crate::spec::{Fault, ValidJobSpec};

/// Faults of a request that names axes of a figure whose axes are fixed.
pub fn fixed_axes(subject: &Subject, kind: &str) -> Vec<Fault> {
    let asked = [("/x", subject.x), ("/y", subject.y)].into_iter().filter(|(_, asked)| asked.is_some());
    let detail =
        format!("the axes of a figure of kind {kind} are fixed: omit the parameter or use kind=measurement");
    asked.map(|(place, _)| Fault::new(place, detail.clone())).collect()
}

/// The job's name, or what the figure shows.
pub fn title(job: &ValidJobSpec, otherwise: &str) -> String {
    let name = &job.common().name;
    if name.trim().is_empty() { otherwise.to_owned() } else { name.clone() }
}

/// What the points and bars are: over how many replicates of each cell there are results.
pub fn seeds(subject: &Subject) -> String {
    let results = subject.evaluation.results.iter();
    let counts = || results.clone().map(|result| result.trials.succeeded).filter(|count| *count > 0);
    match (counts().min(), counts().max()) {
        _ if subject.job().search().is_some() => "mean and 95 % interval over replicates".to_owned(),
        (Some(1), Some(1)) => "one replicate".to_owned(),
        (Some(least), Some(most)) if least < most => {
            format!("mean and 95 % interval over {least} to {most} replicates")
        }
        (_, most) => {
            let most = most.unwrap_or(subject.job().common().seeds.into());
            format!("mean and 95 % interval over {most} replicates")
        }
    }
}
