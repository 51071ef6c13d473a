//! Trainings whose end is known.

use ndarray::{Array2, Axis};

use super::*;
use crate::science::data::{Dataset, Targets};
use crate::science::eigen::symmetric;
use crate::science::evaluation::Prediction;
use crate::science::family::Item;
use crate::science::kernel::isa::Isa;
use crate::science::network::autoencoder::Autoencoder;
use crate::science::network::gradient_check::normal;
use crate::science::seed::Streams;

#[test]
fn a_linear_autoencoder_finds_the_principal_subspace() {
    // independent columns of falling spread: the first two axes are principal up
    // to sampling error, and the least error is the rest of the variance
    let spreads = [3.0f32, 2.0, 0.5, 0.3, 0.2];
    let mut values = normal(400, 5, 7);
    values.columns_mut().into_iter().zip(spreads).for_each(|(mut column, spread)| column *= spread);
    let values = &values - &values.mean_axis(Axis(0)).unwrap();
    let data = Dataset { inputs: Array2::zeros((400, 0)), targets: Targets::Reals(values.clone()) };
    let network =
        Network::Autoencoder(Autoencoder { hidden: vec![], code: 2, bias: false, ..Autoencoder::example() });
    let training =
        Training { learning_rate: 0.02, steps: 3000, batch_size: BatchSize::Full, ..Training::default() };
    let task = Task {
        dataset: &data,
        validation: None,
        training: &training,
        regularizers: &[],
        streams: Streams { seed: 3, replicate: 0 },
        isa: Isa::detect(),
        snapshots: &[],
        held: None,
    };
    let mut trained = train(&network, &task, &mut ()).unwrap();
    let Prediction::Gaussian { mean, .. } = trained.network.predict(&trained.parameters, &data) else {
        unreachable!()
    };
    let error = (&mean - &values).mapv(|x| f64::from(x).powi(2)).sum() / 400.0;
    let covariance = values.t().dot(&values) / 400.0;
    let spectrum = symmetric(&covariance.mapv(f64::from)).values;
    let least: f64 = spectrum[2..].iter().sum();
    assert!((error / least - 1.0).abs() < 1e-3, "{error} {least}");
}
