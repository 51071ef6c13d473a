//! The API on a real listener with a real database; every answer is held
//! against `openapi.yaml`.

mod across;
mod backups;
mod bad_specs;
mod calibration;
mod compare;
mod contract;
mod docs;
mod examples;
mod feed;
mod guards;
mod harness;
mod jobs;
mod metrics;
mod openapi;
mod presets;
mod site;
mod stated;
mod workers;
