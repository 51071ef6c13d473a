//! Wire types: what the HTTP API takes and gives, with both directions of serde, for the
//! service, the command line as its client, and whoever else reads it. Knows nothing of how an
//! answer is made or sent.

pub mod across;
pub mod backups;
pub mod calibration;
pub mod comparison;
pub mod figures;
pub mod health;
pub mod jobs;
pub mod problem;
pub mod results;
pub mod trials;
pub mod verification;
pub mod workers;

pub use across::{CapacityList, MeasurementList, ResultOrigin, StoredCapacityView, StoredMeasurementView};
pub use backups::{BackupList, BackupView};
pub use calibration::{Calibration, CalibrationLinks, CalibrationRequest, IssuedCertificate};
pub use comparison::ComparisonPage;
pub use figures::{FigureList, FigureView};
pub use health::{CallerAccess, Health, Version};
pub use jobs::{
    DeletedJobs, ExtensionRequest, FinishedJob, JobDetail, JobList, JobPatch, JobView, Links, Origin,
    Progress, RunningTrial, SpecPatch, Stated, TrialsByState,
};
pub use problem::ProblemDocument;
pub use results::{ResultList, page_of_texts};
pub use trials::{TrialList, TrialView};
pub use verification::{Agreement, Difference, LeftOut, Verification, VerificationRequest};
pub use workers::{MemoryView, NatsView, WorkerList, WorkerPlace, WorkerTrial, WorkerView};
