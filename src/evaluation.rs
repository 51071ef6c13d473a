//! Evaluation: everything that follows from a job's spec and the outcomes of its trials, made
//! once by one pure function. Knows nothing of who asks for it, and how it is shown.

pub mod analysis;
pub mod compare;
mod document;
mod holds;
mod parts;
pub mod results;
pub mod strongest;
pub mod tables;
pub mod verdicts;
mod wanted;

use std::sync::Arc;

use crate::outcome::TrialOutcome;
use crate::spec::ValidJobSpec;
pub use analysis::{Analyses, CellRegularization, Headline};
pub use document::Analysis;
pub use holds::Holds;
pub use parts::Parts;
pub use results::CellResult;
pub use verdicts::Verdict;
pub use wanted::IsWanted;

/// Version of all that follows from outcomes: raised where equal outcomes come to other numbers,
/// verdicts or documents, so that what is stored of jobs is made again.
pub const ANALYSIS_VERSION: u32 = 3;

/// A job with all that follows from its trials, as far as they have come.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// What was asked for.
    pub spec: Arc<ValidJobSpec>,
    /// What the trials gave, by number.
    pub outcomes: Vec<TrialOutcome>,
    /// What was measured in each cell, in sweep order.
    pub results: Vec<CellResult>,
    /// What the cells say together.
    pub analyses: Analyses,
    /// What the results say of the job's claims.
    pub verdicts: Vec<Verdict>,
}

impl Evaluation {
    /// Evaluates a job.
    ///
    /// # Panics
    /// Never: it is wanted throughout.
    #[must_use]
    pub fn of(spec: Arc<ValidJobSpec>, outcomes: Vec<TrialOutcome>) -> Self {
        Self::while_wanted(spec, outcomes, &|| true).expect("it is wanted throughout")
    }

    /// Evaluates a job as long as somebody waits for it; `None` once nobody does.
    #[must_use]
    pub fn while_wanted(
        spec: Arc<ValidJobSpec>,
        outcomes: Vec<TrialOutcome>,
        is_wanted: IsWanted,
    ) -> Option<Self> {
        let results = results::results(&spec, &outcomes, is_wanted)?;
        let analyses = analysis::analyze(&spec, &outcomes, is_wanted)?;
        let verdicts = verdicts::verdicts(&spec, &outcomes, &results, &analyses, is_wanted)?;
        Some(Self { spec, outcomes, results, analyses, verdicts })
    }
}
