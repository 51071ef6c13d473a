//! The description of the API. Paths and prose are written by hand in
//! `openapi.yaml`; its schemas are generated from the types that are sent.

mod plain;

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::api::{
    BackupList, BackupView, Calibration, CalibrationRequest, CapacityList, ComparisonPage, DeletedJobs,
    ExtensionRequest, FigureList, FinishedJob, Health, IssuedCertificate, JobDetail, JobList, JobPatch,
    JobView, MeasurementList, ProblemDocument, ResultList, SpecPatch, TrialList, Verification,
    VerificationRequest, Version, WorkerList,
};
use crate::catalog::{Catalog, kind_names};
use crate::evaluation::Analysis;
use crate::presets::{PresetList, PresetRequest};
use crate::science::estimator::all_quantities;
use crate::science::network::Network;
use crate::science::optimizer::Optimizer;
use crate::science::regularizer::Regularizer;
use crate::science::source::Source;
use crate::spec::JobSpec;
use crate::spec::admission::Plan;

/// The whole description (`OpenAPI` 3.1).
pub const DOCUMENT: &str = include_str!("../../openapi.yaml");

/// The same as JSON; written by the test that holds it equal.
pub const JSON: &str = include_str!("../../openapi.json");

/// Every schema under `components.schemas`, by name.
#[must_use]
pub fn schemas() -> Map<String, Value> {
    let mut schemas = definitions(settings(), sent);
    // a field with a default may be left out of what is sent, but always comes back
    schemas.extend(definitions(settings().for_serialize(), answered));
    schemas.extend(names());
    schemas.values_mut().for_each(plain::plain);
    schemas
}

/// Names that filters take, from the lists of the families.
fn names() -> impl Iterator<Item = (String, Value)> {
    let mut regularizers = kind_names::<Regularizer>();
    regularizers.push("none".to_owned());
    let quantities = all_quantities().iter().map(|(_, quantity)| quantity.name.to_owned()).collect();
    let all: [(&str, &str, Vec<String>); 5] = [
        ("SourceKind", "Kind of a source.", kind_names::<Source>()),
        ("NetworkKind", "Kind of a network.", kind_names::<Network>()),
        ("OptimizerKind", "Kind of an optimizer.", kind_names::<Optimizer>()),
        ("RegularizerChoice", "Kind of a regularizer; `none` stands for results without any.", regularizers),
        ("QuantityName", "Name of a measured quantity.", quantities),
    ];
    let schema =
        |about: &str, names: Vec<String>| json!({"description": about, "type": "string", "enum": names});
    all.into_iter().map(move |(name, about, names)| (name.to_owned(), schema(about, names)))
}

fn settings() -> SchemaSettings {
    SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    })
}

fn definitions(settings: SchemaSettings, add: impl Fn(&mut SchemaGenerator)) -> Map<String, Value> {
    let mut generator = settings.into_generator();
    add(&mut generator);
    generator.take_definitions(true)
}

/// What clients send.
fn sent(generator: &mut SchemaGenerator) {
    generator.subschema_for::<JobSpec>();
    generator.subschema_for::<PresetRequest>();
    generator.subschema_for::<JobPatch>();
    generator.subschema_for::<ExtensionRequest>();
    generator.subschema_for::<VerificationRequest>();
    generator.subschema_for::<CalibrationRequest>();
    generator.subschema_for::<SpecPatch>();
}

/// What they are answered.
fn answered(generator: &mut SchemaGenerator) {
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
    generator.subschema_for::<FigureList>();
    generator.subschema_for::<Analysis>();
    generator.subschema_for::<Calibration>();
    generator.subschema_for::<IssuedCertificate>();
    generator.subschema_for::<Catalog>();
    generator.subschema_for::<PresetList>();
    generator.subschema_for::<WorkerList>();
    generator.subschema_for::<BackupView>();
    generator.subschema_for::<BackupList>();
    generator.subschema_for::<Health>();
    generator.subschema_for::<Version>();
    generator.subschema_for::<ProblemDocument>();
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_types_have_one_name() {
        // one generator tells types of one name apart, and would give one of them another name
        let all = definitions(settings(), |generator| {
            sent(generator);
            answered(generator);
        });
        let names = |schemas: &Map<String, Value>| schemas.keys().cloned().collect::<BTreeSet<_>>();
        let of_filters = super::names().map(|(name, _)| name);
        assert_eq!(names(&all).into_iter().chain(of_filters).collect::<BTreeSet<_>>(), names(&schemas()));
        for name in all.keys() {
            let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
            assert!(stem == name || !all.contains_key(stem), "{stem} and {name}: two types have one name");
        }
    }

    #[test]
    fn what_is_sent_and_answered_has_one_schema() {
        let answered = definitions(settings().for_serialize(), answered);
        for (name, schema) in definitions(settings(), sent) {
            assert!(answered.get(&name).is_none_or(|other| *other == schema), "{name}");
        }
    }
}
