//! Threads without locks still learn, count their steps together and stop.

use serde_json::json;

use super::*;
use crate::science::data::Dataset;
use crate::science::evaluation::Evaluation;
use crate::science::kernel::isa::Isa;
use crate::science::network::Network;
use crate::science::seed::{Purpose, Streams};
use crate::science::source::Source;
use crate::science::training::{self, Training};

const STREAMS: Streams = Streams { seed: 2, replicate: 0 };

fn dataset() -> Dataset {
    let source = json!({"kind": "random_labels", "inputs": 20, "samples": 60});
    let source: Source = serde_json::from_value(source).unwrap();
    let distribution = source.process().distribution(&mut STREAMS.stream(Purpose::Rule));
    distribution.draw(&mut STREAMS.stream(Purpose::TrainingData))
}

fn train(
    threads: usize,
    rate: f64,
    norm: f64,
    control: &mut dyn Control,
) -> Result<(Trained, Dataset), Interrupted> {
    let dataset = dataset();
    let network: Network = serde_json::from_value(json!({"kind": "mlp", "hidden": [24]})).unwrap();
    let training: Training = serde_json::from_value(json!({
        "optimizer": {"kind": "hogwild", "threads": threads}, "learning_rate": rate, "steps": 20000, "batch_size": 10,
    }))
    .unwrap();
    let regularizers = serde_json::from_value::<Vec<_>>(json!([{"kind": "max_norm", "norm": norm}])).unwrap();
    let task = Task {
        dataset: &dataset,
        validation: None,
        training: &training,
        regularizers: &regularizers,
        streams: STREAMS,
        isa: Isa::detect(),
        snapshots: &[],
        held: None,
    };
    let trained = training::train(&network, &task, control)?;
    Ok((trained, dataset))
}

#[test]
fn threads_without_locks_learn_the_labels() {
    for threads in [1, 2, 4] {
        let (mut trained, dataset) = train(threads, 0.1, 8.0, &mut ()).unwrap();
        assert_eq!(trained.ending, Ending::Completed { steps: 20000, is_held: false });
        let prediction = trained.network.predict(&trained.parameters, &dataset);
        let loss = Evaluation::new(prediction, &dataset.targets).cross_entropy().0;
        assert!(loss < 0.05, "{threads} threads: {loss} nats a sample");
    }
}

#[test]
fn one_thread_alone_is_plain_descent() {
    let (a, _) = train(1, 0.1, 8.0, &mut ()).unwrap();
    let (b, _) = train(1, 0.1, 8.0, &mut ()).unwrap();
    assert_eq!(a.parameters, b.parameters);
}

#[test]
fn divergence_is_an_ending() {
    let (trained, _) = train(3, 1e36, 1e300, &mut ()).unwrap();
    assert!(matches!(trained.ending, Ending::Diverged { .. }), "{:?}", trained.ending);
}

#[test]
fn all_threads_stop_when_told() {
    struct StopAt(u64);
    impl Control for StopAt {
        fn step(&mut self, done: u64, _of: u64, save: &dyn Fn() -> Option<Vec<u8>>) -> ControlFlow<()> {
            assert_eq!(save(), None, "no moment of it can be gone on from");
            if done >= self.0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
    }
    assert!(train(3, 0.1, 8.0, &mut StopAt(3000)).is_err());
}
