//! The running form of a landscape.

use super::{Landscape, Surface};
use crate::science::data::Dataset;
use crate::science::evaluation::{Prediction, Walk};
use crate::science::injection::Noise;
use crate::science::kernel::real::Real;
use crate::science::layout::{Layout, Role};
use crate::science::network::build::{Build, Plan};
use crate::science::network::model::{Adapted, Batch, Model};
use crate::science::seed::Stream;

/// Walkers whose places are the parameters; remembers when each first escaped.
#[derive(Debug)]
pub struct Walkers<R> {
    surface: Surface,
    start: f64,
    layout: Layout,
    /// Standard deviation of the gradient of a batch.
    gradient_sd: f64,
    draws: Vec<R>,
    /// Steps that were looked at.
    steps: u64,
    /// Steps after which each walker had escaped.
    escapes: Vec<Option<u64>>,
}

impl<R: Real> Walkers<R> {
    #[expect(clippy::cast_precision_loss, reason = "a batch is far below 2^53")]
    pub(super) fn new(landscape: &Landscape, batch: usize) -> Self {
        let mut layout = Layout::default();
        layout.push("walkers", Role::Weight, 1, landscape.walkers);
        let gradient_sd = libm::sqrt(landscape.gradient_variance / batch as f64);
        Self {
            surface: landscape.surface,
            start: landscape.start.unwrap_or(landscape.surface.minimum()),
            layout,
            gradient_sd,
            draws: vec![R::ZERO; if gradient_sd > 0.0 { landscape.walkers } else { 0 }],
            steps: 0,
            escapes: vec![None; landscape.walkers],
        }
    }

    fn watch(&mut self, places: &[R]) {
        if let Some(escape) = self.surface.escape().map(R::from_f64) {
            for (passed, place) in self.escapes.iter_mut().zip(places) {
                if passed.is_none() && *place >= escape {
                    *passed = Some(self.steps);
                }
            }
        }
        self.steps += 1;
    }
}

impl Build for Landscape {
    type Model<R: Real> = Walkers<R>;

    fn build<R: Real>(&self, plan: &Plan) -> Walkers<R> {
        Walkers::new(self, plan.batch)
    }
}

impl<R: Real> Model<R> for Walkers<R> {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn initialize(&self, _stream: &mut Stream, parameters: &mut [R]) {
        parameters.fill(R::from_f64(self.start));
    }

    /// The mean loss over walkers, and of each walker the gradient of its own loss.
    #[expect(clippy::cast_precision_loss, reason = "walkers are far below 2^53")]
    fn gradient(
        &mut self,
        parameters: &[R],
        _batch: Batch,
        noise: &mut impl Noise<R>,
        gradients: &mut [R],
    ) -> R {
        self.watch(parameters);
        let loss = match self.surface {
            Surface::Quadratic { curvature } => {
                let (h, half) = (R::from_f64(curvature), R::from_f64(0.5 * curvature));
                gradients.iter_mut().zip(parameters).for_each(|(g, x)| *g = h * *x);
                parameters.iter().fold(R::ZERO, |sum, x| sum + half * *x * *x)
            }
            Surface::DoubleWell { barrier } => {
                let (b, four) = (R::from_f64(barrier), R::from_f64(4.0 * barrier));
                let well = |x: R| x * x - R::ONE;
                gradients.iter_mut().zip(parameters).for_each(|(g, x)| *g = four * *x * well(*x));
                parameters.iter().fold(R::ZERO, |sum, x| sum + b * well(*x) * well(*x))
            }
        };
        if self.gradient_sd > 0.0 {
            let sd = R::from_f64(self.gradient_sd);
            noise.normal(&mut self.draws);
            gradients.iter_mut().zip(&self.draws).for_each(|(g, e)| *g = *g + sd * *e);
        }
        loss * R::from_f64(1.0 / parameters.len() as f64)
    }

    #[expect(clippy::cast_possible_truncation, reason = "predictions are kept in f32")]
    fn predict(&mut self, parameters: &[R], _data: &Dataset) -> Prediction {
        let curvature = match self.surface {
            Surface::Quadratic { curvature } => Some(curvature),
            Surface::DoubleWell { .. } => None,
        };
        Prediction::Walk(Walk {
            places: parameters.iter().map(|x| x.to_f64() as f32).collect(),
            curvature,
            escapes: self.surface.escape().map(|_| self.escapes.clone()),
            steps: self.steps,
        })
    }

    fn adapted(&self) -> Adapted {
        Adapted::Walkers { steps: self.steps, escapes: self.escapes.clone() }
    }

    fn restore(&mut self, adapted: Adapted) {
        if let Adapted::Walkers { steps, escapes } = adapted {
            (self.steps, self.escapes) = (steps, escapes);
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::science::data::Targets;
    use crate::science::injection::Silence;

    #[test]
    fn gradients_equal_central_differences_of_each_walkers_loss() {
        for surface in [Surface::Quadratic { curvature: 3.0 }, Surface::DoubleWell { barrier: 0.7 }] {
            let landscape = Landscape { surface, walkers: 1, start: None, gradient_variance: 0.0 };
            let mut model: Walkers<f64> = Walkers::new(&landscape, 1);
            for x in [-1.5, -1.0, -0.3, 0.0, 0.4, 2.0] {
                let (mut gradient, mut unused) = ([0.0], [0.0]);
                let mut at = |x: f64, out: &mut [f64]| model.gradient(&[x], Batch::All, &mut Silence, out);
                at(x, &mut gradient);
                let difference = (at(x + 1e-6, &mut unused) - at(x - 1e-6, &mut unused)) / 2e-6;
                assert!((gradient[0] - difference).abs() < 1e-6, "{x} {gradient:?} {difference}");
            }
        }
    }

    #[test]
    fn an_escape_is_counted_once_and_survives_a_checkpoint() {
        let landscape =
            Landscape { surface: Surface::default(), walkers: 2, start: None, gradient_variance: 0.0 };
        let mut model: Walkers<f32> = Walkers::new(&landscape, 1);
        let mut gradients = [0.0; 2];
        for places in [[-1.0, -1.0], [1.2, 0.9], [0.0, 0.9], [1.5, 0.9]] {
            model.gradient(&places, Batch::All, &mut Silence, &mut gradients);
        }
        let adapted = Model::<f32>::adapted(&model);
        let mut other: Walkers<f32> = Walkers::new(&landscape, 1);
        Model::<f32>::restore(&mut other, adapted);
        let nothing =
            Dataset { inputs: Array2::zeros((1, 0)), targets: Targets::Reals(Array2::zeros((1, 0))) };
        let Prediction::Walk(walk) = other.predict(&[0.0, 0.0], &nothing) else { unreachable!() };
        assert_eq!((walk.steps, walk.escapes), (4, Some(vec![Some(1), None])));
    }
}
