//! Estimates against closed forms, and how they grow.

use serde_json::json;

use super::*;
use crate::science::network::footprint::count;
use crate::spec::JobSpec;

fn spec(value: serde_json::Value) -> JobSpec {
    serde_json::from_value(value).unwrap()
}

#[test]
fn the_work_of_a_benchmark_is_that_of_its_products() {
    let spec = spec(json!({
        "dataset": {"kind": "random_labels", "inputs": 32, "classes": 16, "samples": 4096},
        "network": {"kind": "mlp", "hidden": [64, 64]},
        "training": {"steps": 2000, "batch_size": 256}, "seeds": 4,
    }));
    let plan = plan(std::iter::once(spec.cell()), spec.seeds);
    // three products a layer, but for the gradient of the inputs, two operations each
    let products = 2.0 * f64::from(2 * 32 * 64 + 3 * 64 * 64 + 3 * 64 * 16) * 256.0 * 2000.0 * 4.0;
    assert!((plan.estimated_flop / products - 1.0).abs() < 0.05, "{}", plan.estimated_flop / products);
    assert_eq!(plan.parameters.max, 33 * 64 + 65 * 64 + 65 * 16);
    assert!((plan.dataset_bits.max - 4.0 * 4096.0).abs() < 1e-9);
}

#[test]
fn absurd_specs_are_refused_with_the_limit_and_without_overflow() {
    let spec = spec(json!({
        "dataset": {"kind": "random_labels", "inputs": 65536, "classes": 65536, "samples": 10_000_000},
        "network": {"kind": "mlp", "hidden": vec![65536; 64]},
        "training": {"steps": 1_000_000_000},
    }));
    let found = faults(&spec.cell().cost(), &spec.budget, &Limits::default());
    assert_eq!(found.len(), 2);
    assert!(
        found[0].fault.detail.contains("4294967296") && found[1].fault.detail.contains("600"),
        "{found:?}"
    );
}

#[test]
fn a_draw_of_many_numbers_is_refused() {
    let spec = spec(json!({
        "dataset": {"kind": "gaussian_vectors", "variances": vec![1.0; 4096], "samples": 10_000_000},
        "network": {"kind": "autoencoder", "code": 1},
        "training": {"steps": 1, "batch_size": 1},
    }));
    let cost = spec.cell().cost();
    // one draw takes 4 bytes a number
    assert!(cost.bytes > 4 * 4096 * 10_000_000, "{}", cost.bytes);
    assert!(faults(&cost, &spec.budget, &Limits::default())[0].fault.detail.contains("4294967296"));
}

/// Costs by name: each spec of the process tests that measure the truth.
fn measured() -> serde_json::Map<String, serde_json::Value> {
    serde_json::from_str(include_str!("../../../tests/process/admission.json")).unwrap()
}

fn bytes(value: serde_json::Value) -> f64 {
    count(usize::try_from(spec(value).cell().cost().bytes).unwrap())
}

#[track_caller]
fn assert_within(estimated: f64, expected: f64, share: f64) {
    assert!((estimated / expected - 1.0).abs() < share, "{estimated} against {expected}");
}

#[test]
fn memory_of_simple_shapes_is_what_their_buffers_sum_up_to() {
    // a neuron on many samples: two draws of 161 numbers, the network's copy of 160 and the target, a
    // pass of 160 and 16, gradients of 16, three numbers of the loss, two outputs and two code lengths
    let neuron = bytes(json!({
        "dataset": {"kind": "random_labels", "inputs": 160, "samples": 100_000},
        "network": {"kind": "linear"}, "training": {"steps": 5},
    }));
    assert_within(neuron, 4e5 * (2.0 * 161.0 + 161.0 + 176.0 + 16.0 + 3.0 + 2.0 + 4.0), 0.02);
    // many parameters: themselves, gradients and Adam's two slots
    let wide = |steps: u64| {
        bytes(json!({
            "dataset": {"kind": "random_labels", "inputs": 1024, "samples": 100},
            "network": {"kind": "mlp", "hidden": [4096, 4096]},
            "training": {"steps": steps, "batch_size": 64},
        }))
    };
    let parameters = f64::from(1025 * 4096 + 4097 * 4096 + 4097);
    assert_within(wide(5), 16.0 * parameters, 0.1);
    // a training that lasts is saved: parameters and slots, encoded and twice in the database
    assert_within(wide(5000) - wide(5), 3.0 * 12.0 * parameters, 0.01);
    // walkers: place and gradient, step of escape and its copies, a snapshot, and what both draws are told
    let walkers = bytes(json!({
        "dataset": {"kind": "no_data"}, "network": {"kind": "landscape", "walkers": 1_000_000},
        "training": {"steps": 5, "optimizer": {"kind": "langevin", "temperature": 0.1}}, "estimators": [{"kind": "exploration"}],
    }));
    assert_within(walkers, 1e6 * (4.0 + 16.0 + 20.0 + 16.0 + 40.0), 0.05);
}

/// Fields that say how much there is of something.
const SIZES: [&str; 21] = [
    "samples",
    "inputs",
    "classes",
    "length",
    "alphabet",
    "hidden",
    "units",
    "width",
    "layers",
    "code",
    "steps",
    "batch_size",
    "features",
    "components",
    "draws",
    "walkers",
    "references",
    "key",
    "value",
    "information",
    "feed_forward",
];

/// Pointers to every number below a value whose field is a size.
fn sizes(value: &serde_json::Value, pointer: &str, is_size: bool, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            sizes(value, &format!("{pointer}/{name}"), SIZES.contains(&name.as_str()), found);
        }),
        serde_json::Value::Array(items) => items.iter().enumerate().for_each(|(i, value)| {
            sizes(value, &format!("{pointer}/{i}"), is_size, found);
        }),
        value if is_size && value.is_u64() => found.push(pointer.to_owned()),
        _ => {}
    }
}

#[test]
fn estimates_grow_with_every_size() {
    for (name, value) in measured() {
        let mut found = Vec::new();
        sizes(&value, "", false, &mut found);
        assert!(found.len() > 1, "{name}");
        // of layers with noise a share of the samples is read that depends on their units
        let is_noisy = name.starts_with("vae") || name.ends_with("noise");
        let before = spec(value.clone()).cell().cost();
        for pointer in found {
            let mut larger = value.clone();
            let field = larger.pointer_mut(&pointer).unwrap();
            *field = json!(2 * field.as_u64().unwrap());
            let after = spec(larger).cell().cost();
            let (took, takes) = (before.work.reference_seconds(), after.work.reference_seconds());
            assert!(
                after.bytes >= before.bytes || is_noisy,
                "{name}{pointer}: {} {}",
                before.bytes,
                after.bytes
            );
            assert!(takes >= 0.999 * took || is_noisy, "{name}{pointer}: {took} {takes}");
            assert!(after.bytes > before.bytes || takes > took, "{name}{pointer} costs nothing");
        }
    }
}

#[test]
fn a_plan_follows_the_machine() {
    let spec = spec(json!({
        "dataset": {"kind": "random_labels", "inputs": 64, "samples": 4096},
        "network": {"kind": "mlp", "hidden": [256, 256]}, "seeds": 8,
    }));
    let rough = plan(std::iter::once(spec.cell()), spec.seeds);
    assert_eq!(rough.estimated_on, EstimatedOn::ReferenceMachine);
    let speed = Speed { products: 2.0, steps: 2.0, evaluation: 2.0, crowded: 1.25 };
    let machine = Machine { workers: 4, memory: u64::MAX, speed: Some(speed) };
    let slow = rough.clone().on(&machine);
    assert_within(slow.estimated_seconds, 2.0 * rough.estimated_seconds, 1e-9);
    assert_within(slow.estimated_trial_seconds, 2.0 * rough.estimated_trial_seconds, 1e-9);
    assert_within(slow.estimated_wall_seconds, slow.estimated_seconds * 1.25 / 4.0, 1e-9);
    assert_eq!(slow.estimated_on, EstimatedOn::ThisMachine);
    // room for two trials at a time, whatever the workers
    let small = rough.clone().on(&Machine { memory: 2 * rough.estimated_bytes, ..machine });
    assert_within(small.estimated_wall_seconds, slow.estimated_seconds * 1.25 / 2.0, 1e-9);
    let lone = rough.clone().on(&Machine { workers: 1, ..machine });
    assert_within(lone.estimated_wall_seconds, slow.estimated_seconds, 1e-9);
}
