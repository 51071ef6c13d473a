//! The description of the API. Paths and prose are written by hand in
//! `openapi.yaml`; its schemas are generated from the types that are sent.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use crate::api::{
    Analysis, Calibration, CalibrationRequest, CapacityList, ComparisonPage, DeletedJobs, ExtensionRequest,
    FinishedJob, Health, IssuedCertificate, JobDetail, JobList, JobPatch, JobView, MeasurementList,
    ProblemDocument, ResultList, TrialList, Verification, VerificationRequest, Version, WorkerList,
};
use crate::catalog::Catalog;
use crate::presets::{PresetList, PresetRequest};
use crate::spec::JobSpec;
use crate::spec::admission::Plan;

/// The whole description (`OpenAPI` 3.1).
pub const DOCUMENT: &str = include_str!("../../openapi.yaml");

/// The same as JSON; written by the test that holds it equal.
pub const JSON: &str = include_str!("../../openapi.json");

/// Every schema under `components.schemas`, by name.
#[must_use]
pub fn schemas() -> Map<String, Value> {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    // a field with a default may be left out of what is sent, but always comes back
    let mut sent = settings.clone().into_generator();
    sent.subschema_for::<JobSpec>();
    sent.subschema_for::<PresetRequest>();
    sent.subschema_for::<JobPatch>();
    sent.subschema_for::<ExtensionRequest>();
    sent.subschema_for::<VerificationRequest>();
    sent.subschema_for::<CalibrationRequest>();
    let mut generator = settings.for_serialize().into_generator();
    generator.subschema_for::<JobView>();
    generator.subschema_for::<JobDetail>();
    generator.subschema_for::<FinishedJob>();
    generator.subschema_for::<JobList>();
    generator.subschema_for::<Plan>();
    generator.subschema_for::<ResultList>();
    generator.subschema_for::<ComparisonPage>();
    generator.subschema_for::<DeletedJobs>();
    generator.subschema_for::<Verification>();
    generator.subschema_for::<MeasurementList>();
    generator.subschema_for::<CapacityList>();
    generator.subschema_for::<TrialList>();
    generator.subschema_for::<Analysis>();
    generator.subschema_for::<Calibration>();
    generator.subschema_for::<IssuedCertificate>();
    generator.subschema_for::<Catalog>();
    generator.subschema_for::<PresetList>();
    generator.subschema_for::<WorkerList>();
    generator.subschema_for::<Health>();
    generator.subschema_for::<Version>();
    generator.subschema_for::<ProblemDocument>();
    let mut schemas = sent.take_definitions(true);
    schemas.extend(generator.take_definitions(true));
    schemas
}
