//! The noise of all regularizers together, each from its own stream.

use super::Regularizer;
use crate::science::injection::{Noise, Site};
use crate::science::kernel::isa::Isa;
use crate::science::kernel::normal::fill_normal;
use crate::science::layout::Layout;
use crate::science::seed::{Purpose, Stream, Streams};

/// What regularizers do inside and around a forward pass.
pub struct RegularizerNoise<'a> {
    isa: Isa,
    acting: Vec<(&'a Regularizer, Stream)>,
    /// The network's own noise.
    own: Stream,
    scratch: Vec<f32>,
    /// Weights with noise on them.
    weights: Vec<f32>,
}

impl<'a> RegularizerNoise<'a> {
    /// For a network of so many parameters.
    #[must_use]
    pub fn new(isa: Isa, regularizers: &'a [Regularizer], streams: Streams, parameters: usize) -> Self {
        let stream = |number| streams.stream(Purpose::Regularizer(number));
        let acting: Vec<_> =
            regularizers.iter().enumerate().map(|(i, regularizer)| (regularizer, stream(i))).collect();
        let noisy_weights = regularizers.iter().any(|r| r.disturbs_weights());
        Self {
            isa,
            acting,
            own: streams.stream(Purpose::NetworkNoise),
            scratch: Vec::new(),
            weights: vec![0.0; if noisy_weights { parameters } else { 0 }],
        }
    }

    /// All streams, for checkpoints.
    #[must_use]
    pub fn streams(&self) -> Vec<Stream> {
        self.acting.iter().map(|(_, stream)| stream).chain([&self.own]).cloned().collect()
    }

    /// Puts such streams back; there must be as many.
    pub fn restore(&mut self, streams: Vec<Stream>) {
        let all = self.acting.iter_mut().map(|(_, stream)| stream).chain([&mut self.own]);
        all.zip(streams).for_each(|(stream, restored)| *stream = restored);
    }

    /// Puts noise on a copy of the weights; `false` when there is none.
    pub fn disturb_weights(&mut self, layout: &Layout, parameters: &[f32]) -> bool {
        if self.weights.is_empty() {
            return false;
        }
        self.weights.copy_from_slice(parameters);
        for (regularizer, stream) in self.acting.iter_mut().filter(|(r, _)| r.disturbs_weights()) {
            regularizer.weights(self.isa, stream, layout, &mut self.weights);
        }
        true
    }

    /// Hands out the disturbed weights together with the rest of the noise.
    pub fn with_weights<T>(&mut self, call: impl FnOnce(&[f32], &mut Self) -> T) -> T {
        let weights = std::mem::take(&mut self.weights);
        let result = call(&weights, self);
        self.weights = weights;
        result
    }

    /// Adds noise to the gradient of the step after `taken` steps.
    pub fn disturb_gradients(&mut self, taken: u64, gradients: &mut [f32]) {
        for (regularizer, stream) in &mut self.acting {
            regularizer.gradient_noise(self.isa, stream, taken, gradients);
        }
    }

    /// Lets every regularizer at `site` fill the factors, and multiplies them.
    fn factors(
        &mut self,
        site: Site,
        factors: &mut [f32],
        fill: impl Fn(&Regularizer, &mut Stream, &mut [f32]),
    ) -> bool {
        let mut acted = false;
        for (regularizer, stream) in self.acting.iter_mut().filter(|(r, _)| r.site() == Some(site)) {
            if acted {
                // grows on the first step only: later layers and steps reuse it
                self.scratch.resize(self.scratch.len().max(factors.len()), 0.0);
                let more = &mut self.scratch[..factors.len()];
                fill(regularizer, stream, more);
                factors.iter_mut().zip(more).for_each(|(factor, other)| *factor *= *other);
            } else {
                fill(regularizer, stream, factors);
                acted = true;
            }
        }
        acted
    }

    /// Lets every regularizer at `site` add to the numbers.
    fn add(
        &mut self,
        site: Site,
        numbers: &mut [f32],
        add: impl Fn(&Regularizer, &mut Stream, &mut [f32]),
    ) -> bool {
        let acting = self.acting.iter_mut().filter(|(r, _)| r.site() == Some(site));
        acting.map(|(regularizer, stream)| add(regularizer, stream, numbers)).count() > 0
    }
}

impl Noise<f32> for RegularizerNoise<'_> {
    fn is_silent(&self) -> bool {
        self.acting.iter().all(|(regularizer, _)| regularizer.site() != Some(Site::Hidden))
    }

    fn hidden(&mut self, _layer: usize, factors: &mut [f32]) -> bool {
        let isa = self.isa;
        self.factors(Site::Hidden, factors, |regularizer, stream, out| regularizer.hidden(isa, stream, out))
    }

    fn inputs(&mut self, inputs: &mut [f32]) -> bool {
        let isa = self.isa;
        self.add(Site::Inputs, inputs, |regularizer, stream, out| regularizer.inputs(isa, stream, out))
    }

    fn branch(&mut self, branch: usize, of: usize, factors: &mut [f32]) -> bool {
        self.factors(Site::Branches, factors, |regularizer, stream, out| {
            regularizer.branch(stream, branch, of, out);
        })
    }

    fn latent(&mut self, code: &mut [f32]) -> bool {
        let isa = self.isa;
        self.add(Site::Latent, code, |regularizer, stream, out| regularizer.latent(isa, stream, out))
    }

    fn normal(&mut self, out: &mut [f32]) {
        fill_normal(self.isa, &mut self.own, out);
    }
}
