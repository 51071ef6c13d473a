//! A step of training allocates nothing: an allocator that counts watches
//! between two looks of the control.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ops::ControlFlow;

use bitgauge::science::training::Control;
use bitgauge::science::trial;
use bitgauge::spec::ValidJobSpec;
use bitgauge::spec::admission::Limits;
use serde_json::{Value, json};

struct Counting;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

#[expect(unsafe_code, reason = "an allocator is unsafe to write; this one only counts")]
// SAFETY: every call is passed on to the system's allocator as it came
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promises are passed on
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promises are passed on
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Notes the count at every look.
#[derive(Default)]
struct Looks {
    first: Option<(u64, u64)>,
    last: (u64, u64),
}

impl Control for Looks {
    fn step(&mut self, done: u64, _of: u64, _save: &dyn Fn() -> Option<Vec<u8>>) -> ControlFlow<()> {
        let now = (done, COUNT.with(Cell::get));
        // buffers for noise appear in the first step
        if done > 0 {
            self.first.get_or_insert(now);
        }
        self.last = now;
        ControlFlow::Continue(())
    }
}

fn allocations(spec: &Value) -> (u64, u64) {
    let job = ValidJobSpec::parse(spec.to_string().as_bytes(), &Limits::default()).unwrap();
    let mut looks = Looks::default();
    trial::run(&job.trial(0), &mut looks).unwrap();
    let first = looks.first.expect("several looks");
    (looks.last.0 - first.0, looks.last.1 - first.1)
}

#[test]
fn steps_allocate_nothing() {
    let labels = json!({"kind": "random_labels", "inputs": 9, "samples": 300, "classes": 3});
    let strings = json!({"kind": "random_strings", "length": 6, "alphabet": 3, "samples": 200});
    let noises = json!([{"kind": "dropout", "rate": 0.2}, {"kind": "gaussian_dropout", "rate": 0.1}, {"kind": "input_noise", "scale": 0.1}, {"kind": "input_dropout", "rate": 0.1},
        {"kind": "weight_noise", "scale": 0.01}, {"kind": "gradient_noise", "eta": 0.01}, {"kind": "l1", "rate": 0.01},
        {"kind": "max_norm", "norm": 3.0}, {"kind": "stochastic_depth", "survival": 0.5}]);
    for (dataset, network, regularizers) in [
        (&labels, json!({"kind": "linear"}), json!([])),
        (&labels, json!({"kind": "mlp", "hidden": [40, 30], "activation": "tanh"}), json!([])),
        (
            &labels,
            json!({"kind": "mlp", "hidden": [40, 40, 40], "residual": true, "activation": "gelu"}),
            noises,
        ),
        (
            &labels,
            json!({"kind": "mlp", "hidden": [40]}),
            json!([{"kind": "binarize", "weights": true, "activations": true}]),
        ),
        (
            &strings,
            json!({"kind": "transformer", "width": 8, "heads": 2}),
            json!([{"kind": "dropout", "rate": 0.2}, {"kind": "stochastic_depth", "survival": 0.5}]),
        ),
        (
            &strings,
            json!({"kind": "rnn", "units": 8, "cell": "lstm"}),
            json!([{"kind": "dropout", "rate": 0.2}]),
        ),
        (&strings, json!({"kind": "made", "hidden": [40]}), json!([{"kind": "dropout", "rate": 0.2}])),
        (
            &strings,
            json!({"kind": "vae", "hidden": [40], "code": 3}),
            json!([{"kind": "latent_noise", "target_bits": 2.0}]),
        ),
        (
            &strings,
            json!({"kind": "autoencoder", "hidden": [40], "code": 3}),
            json!([{"kind": "latent_noise", "scale": 0.2}]),
        ),
    ] {
        for training in [
            json!({"steps": 2100, "batch_size": 64}),
            json!({"steps": 2100, "batch_size": 64, "optimizer": {"kind": "sgd", "momentum": 0.9}, "learning_rate": 0.001}),
            json!({"steps": 2100, "optimizer": {"kind": "delayed_sgd", "delay": 4, "staleness": "uniform"}, "learning_rate": 0.001}),
            json!({"steps": 2100, "optimizer": {"kind": "langevin", "temperature": 1e-6}, "learning_rate": 0.001}),
        ] {
            let spec = json!({"dataset": dataset, "network": network, "regularizers": regularizers, "training": training});
            let (steps, count) = allocations(&spec);
            assert!(steps > 1000, "{steps}");
            assert_eq!(count, 0, "{count} allocations in {steps} steps of {spec}");
        }
    }
}
