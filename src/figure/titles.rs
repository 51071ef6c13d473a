//! Titles, and what points and bars are.

use crate::spec::ValidJobSpec;

/// The job's name, or what the figure shows.
pub fn title(job: &ValidJobSpec, otherwise: &str) -> String {
    let name = &job.common().name;
    if name.trim().is_empty() { otherwise.to_owned() } else { name.clone() }
}

/// What the points and bars are.
pub fn seeds(job: &ValidJobSpec) -> String {
    match job.common().seeds {
        _ if job.search().is_some() => "mean and 95 % interval over replicates".to_owned(),
        1 => "one replicate".to_owned(),
        seeds => format!("mean and 95 % interval over {seeds} replicates"),
    }
}
