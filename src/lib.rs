//! bitgauge measures, in bits, how much a neural network memorizes, and what
//! every kind of randomness does to that.
//!
//! The layers and what each may import are described in `ARCHITECTURE.md`
//! and held by `tests/tidy.rs`.
#![cfg_attr(
    test,
    expect(
        clippy::disallowed_methods,
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::float_cmp,
        clippy::approx_constant,
        reason = "tests compare with the platform's functions and count in small numbers"
    )
)]

pub mod api;
pub mod app;
pub mod calibration;
pub mod catalog;
pub mod certification;
pub mod cli;
pub mod client;
pub mod coordinator;
pub mod drawing;
pub mod engine;
pub mod evaluation;
pub mod evaluator;
pub mod export;
pub mod figure;
pub mod findings;
pub mod http;
pub mod job;
pub mod nats;
pub mod outcome;
pub mod presets;
pub mod report;
pub mod science;
pub mod search;
pub mod spec;
pub mod store;
pub mod table;
pub mod telemetry;
pub mod words;
pub mod work;
