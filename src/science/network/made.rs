//! MADE: a masked autoencoder whose outputs are the conditionals of each symbol
//! given those before it.

use garde::Validate;
use ndarray::Array2;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::criterion::{Criterion, Rows};
use super::dense::activation::{Activation, HiddenActivation};
use super::dense::fed::Fed;
use super::dense::footprint::{Layers, input_rows};
use super::dense::rows::pass_rows;
use super::dense::stack::Stack;
use super::footprint::{Footprint, Usage, count};
use super::head::{head_footprint, head_width};
use super::model::Batch;
use super::strings::strings_incompatibility;
use super::supervised::{Pass, Supervised};
use super::{Architecture, Build, Plan, Size};
use crate::science::data::{DataShape, Dataset, TargetShape};
use crate::science::family::Item;
use crate::science::injection::{Noise, Silence, Site};
use crate::science::kernel::real::Real;
use crate::science::layout::Layout;
use crate::science::seed::Stream;

/// Dense layers under masks, so that output t depends on symbols before t only:
/// an exact likelihood in one pass (Germain et al. 2015). Symbols are taken in
/// their natural order; hidden degrees go round from 1 to t - 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Made {
    /// Units of each hidden layer.
    #[garde(length(min = 1, max = 32), inner(range(min = 1, max = 65_536)))]
    pub hidden: Vec<usize>,
    /// Activation of the hidden layers.
    #[serde(default)]
    #[garde(skip)]
    pub activation: HiddenActivation,
}

impl Item for Made {
    const SUMMARY: &'static str =
        "masked autoregressive network over strings, exact likelihood (Germain et al. 2015)";

    fn example() -> Self {
        Self { hidden: vec![32], activation: HiddenActivation::Relu }
    }
}

impl Made {
    /// For each layer the degree of what it reads and of its units: unit j may
    /// read unit i where `may(reads[i], units[j])`.
    fn degrees(&self, length: usize, per_input: usize, per_output: usize) -> Vec<Vec<usize>> {
        let repeat = |each: usize| (1..=length).flat_map(move |t| std::iter::repeat_n(t, each)).collect();
        let hidden = |units: &usize| (0..*units).map(|unit| 1 + unit % (length - 1).max(1)).collect();
        let inner = self.hidden.iter().map(hidden);
        [repeat(per_input)].into_iter().chain(inner).chain([repeat(per_output)]).collect()
    }

    /// Of each hidden layer the greatest degree of a unit that any output follows from: a
    /// unit above that narrower layers leave no reader is dead, and so is all that only it reads.
    fn limits(&self, length: usize) -> Vec<usize> {
        let cycle = (length - 1).max(1);
        let mut limit = length - 1;
        let mut limits: Vec<usize> = Vec::new();
        for &units in self.hidden.iter().rev() {
            limits.push(limit);
            limit = limit.min(units).min(cycle);
        }
        limits.reverse();
        limits
    }

    /// Which parameters of each layer are read: weights, row-major [reads, units], and
    /// biases [units].
    fn masks(&self, data: TargetShape) -> Vec<(Vec<bool>, Vec<bool>)> {
        let TargetShape::Symbols { length, .. } = data else { unreachable!("refused at admission") };
        let (inputs, outputs) = (data.encoded_width() / length, head_width(None, data) / length);
        let degrees = self.degrees(length, inputs, outputs);
        let limits = self.limits(length).into_iter().chain([usize::MAX]);
        let last = degrees.len() - 2;
        let layers = degrees.windows(2).zip(limits).enumerate();
        layers
            .map(|(layer, (pair, limit))| {
                let may = |below: usize, above: usize| {
                    above <= limit && if layer == last { above > below } else { above >= below }
                };
                let weights =
                    pair[0].iter().flat_map(|&below| pair[1].iter().map(move |&above| may(below, above)));
                (weights.collect(), pair[1].iter().map(|&above| above <= limit).collect())
            })
            .collect()
    }
}

impl Architecture for Made {
    fn incompatibility(&self, data: &DataShape) -> Option<String> {
        strings_incompatibility(data) // hidden units say nothing of the first symbol
    }

    fn size(&self, data: &DataShape) -> Size {
        let TargetShape::Symbols { length, .. } = data.targets else {
            return Size { parameters: 0, multiply_adds: 0, activations: 0 };
        };
        // counted from degrees, since masks may be too large to be made for admission
        let count = |width: usize| (width / length) as u64;
        let (inputs, outputs) = (count(data.targets.encoded_width()), count(head_width(None, data.targets)));
        let all = length as u64;
        let cycle = (all - 1).max(1);
        // units of a hidden layer of degree g, g from 1
        let units_of = |units: usize, g: u64| (units as u64 + cycle - g) / cycle;
        let mut below: Vec<u64> = vec![inputs; length];
        let index = |g: u64| usize::try_from(g - 1).expect("groups are few");
        let mut size = Size { parameters: 0, multiply_adds: 0, activations: inputs * all };
        let mut fan_in = inputs * all;
        for (&units, limit) in self.hidden.iter().zip(self.limits(length)) {
            let mut read = 0u64;
            let alive = cycle.min(limit as u64);
            let mut weights = 0u64;
            let mut above = vec![0u64; length];
            for g in 1..=all {
                read = read.saturating_add(below[index(g)]);
                let here = if g <= alive { units_of(units, g) } else { 0 };
                above[index(g)] = here;
                weights = weights.saturating_add(here.saturating_mul(read));
            }
            size.parameters = size.parameters.saturating_add(weights).saturating_add(above.iter().sum());
            size.multiply_adds = size.multiply_adds.saturating_add(fan_in.saturating_mul(units as u64));
            size.activations = size.activations.saturating_add(units as u64);
            (below, fan_in) = (above, units as u64);
        }
        let mut read = 0u64;
        for g in 1..=all {
            size.parameters =
                size.parameters.saturating_add(outputs.saturating_mul(read)).saturating_add(outputs);
            read = read.saturating_add(below[index(g)]);
        }
        let outputs = outputs.saturating_mul(all);
        size.multiply_adds = size.multiply_adds.saturating_add(fan_in.saturating_mul(outputs));
        size.activations = size.activations.saturating_add(outputs);
        size
    }

    fn footprint(&self, data: &DataShape, usage: Usage) -> Footprint {
        let (read, outputs) = (data.targets.encoded_width(), head_width(None, data.targets));
        let layers = Layers {
            inputs: read,
            hidden: &self.hidden,
            activation: self.activation.into(),
            outputs,
            bias: true,
            residual: false,
            passes_on: false,
        };
        let stack = layers.footprint(usage);
        let all = stack.parameters;
        // masks as numbers, masked weights, and places of what is never read, about half of them
        let masks = Footprint {
            weights: 3.0 * all,
            // masks as bytes, each layer's and all
            building: 0.75 * all,
            packing: 3.0 * all,
            reading: count(read),
            ..Footprint::default()
        };
        stack.and(input_rows(read, usage)).and(masks).and(head_footprint(None, data.targets, usage))
    }

    fn widest_hidden(&self) -> usize {
        self.hidden.iter().copied().max().unwrap_or(0)
    }

    fn first_hidden(&self) -> usize {
        self.hidden.first().copied().unwrap_or(0)
    }

    fn samples(&self) -> bool {
        true
    }

    fn has(&self, site: Site) -> bool {
        site == Site::Hidden
    }
}

/// A stack on masked copies of its weights.
#[derive(Debug)]
pub struct Masked<R> {
    stack: Fed<R>,
    /// One for what is read, zero for the rest [p].
    mask: Vec<R>,
    weights: Vec<R>,
}

impl Build for Made {
    type Model<R: Real> = Supervised<R, Masked<R>>;

    fn build<R: Real>(&self, plan: &Plan) -> Self::Model<R> {
        let targets = &plan.dataset.targets;
        let encoded = targets.encoded();
        let capacity = pass_rows(plan.batch, plan.dataset.len());
        let criterion = Criterion::planned(None, plan, Rows::Samples, capacity);
        let mut layout = Layout::default();
        let hidden = self.hidden.iter().map(|&units| (units, self.activation.into()));
        let units: Vec<_> = hidden.chain([(criterion.width(), Activation::Identity)]).collect();
        let stack = Stack::new(plan.isa, &mut layout, 0, encoded.ncols(), &units, true, capacity);
        let masks = self.masks(targets.shape()).into_iter();
        let is_read: Vec<bool> = masks.flat_map(|(weights, biases)| [weights, biases].concat()).collect();
        layout.hide_unless(&is_read);
        let mask = is_read.iter().map(|is_read| if *is_read { R::ONE } else { R::ZERO }).collect();
        let weights = vec![R::ZERO; layout.len()];
        let pass = Masked { stack: Fed::new(stack, &encoded, capacity), mask, weights };
        Supervised { isa: plan.isa, layout, criterion, pass }
    }
}

impl<R: Real> Masked<R> {
    fn mask(&mut self, parameters: &[R]) {
        for ((masked, weight), mask) in self.weights.iter_mut().zip(parameters).zip(&self.mask) {
            *masked = *weight * *mask;
        }
    }
}

impl<R: Real> Pass<R> for Masked<R> {
    fn initialize(&self, stream: &mut Stream, parameters: &mut [R]) {
        self.stack.stack().initialize(stream, parameters);
        parameters.iter_mut().zip(&self.mask).for_each(|(weight, mask)| *weight = *weight * *mask);
    }

    /// Noise on the inputs would let a symbol be read through its neighbours' noise.
    fn take(&mut self, batch: Batch, _noise: &mut impl Noise<R>) {
        self.stack.take(batch, &mut Silence);
    }

    fn forward(&mut self, parameters: &[R], samples: usize, noise: &mut impl Noise<R>) {
        self.mask(parameters);
        self.stack.forward(&self.weights, samples, noise);
    }

    fn outputs(&mut self) -> (&[R], &mut [R], usize) {
        let ld = self.stack.stack().ld();
        let (outputs, gradient) = self.stack.output_and_gradient();
        (outputs, gradient, ld)
    }

    fn backward(&mut self, _parameters: &[R], samples: usize, gradients: &mut [R]) {
        self.stack.backward(&self.weights, samples, gradients);
        gradients.iter_mut().zip(&self.mask).for_each(|(gradient, mask)| *gradient = *gradient * *mask);
    }

    fn predict(&mut self, parameters: &[R], data: &Dataset) -> Array2<f32> {
        self.mask(parameters);
        self.stack.outputs(&self.weights, &data.targets.encoded())
    }

    fn is_autoregressive(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::data::Targets;
    use crate::science::evaluation::Evaluation;
    use crate::science::network::gradient_check::{check, dataset, normal, plan, stream};
    use crate::science::network::model::Model;

    fn every_string(length: usize, alphabet: u32) -> Targets {
        let count = alphabet.pow(u32::try_from(length).unwrap());
        let symbols = Array2::from_shape_fn((count as usize, length), |(i, j)| {
            u32::try_from(i).unwrap() / alphabet.pow(u32::try_from(j).unwrap()) % alphabet
        });
        Targets::Symbols { symbols, alphabet: alphabet as usize }
    }

    #[test]
    fn gradients_equal_central_differences() {
        for (length, alphabet) in [(1, 2), (4, 2), (3, 4), (1, 3)] {
            let data = dataset(9, 0, TargetShape::Symbols { length, alphabet });
            for hidden in [vec![5], vec![17, 6]] {
                check(&Made { hidden, ..Made::example() }, &data);
            }
        }
    }

    #[test]
    fn likelihoods_over_all_strings_sum_to_one() {
        for (length, alphabet) in [(8, 2), (4, 3), (1, 5)] {
            let targets = every_string(length, alphabet);
            let Targets::Symbols { symbols, .. } = &targets else { unreachable!() };
            let data = Dataset { inputs: Array2::zeros((symbols.nrows(), 0)), targets: targets.clone() };
            let made = Made { hidden: vec![20, 11], ..Made::example() };
            let mut model = made.build::<f32>(&plan(&data));
            // any weights at all, hidden ones too: the masks must hold them back
            let parameters: Vec<f32> = normal(1, model.layout.len(), 9).into_iter().collect();
            let lengths = Evaluation::new(model.predict(&parameters, &data), &targets).code_lengths();
            let total: f64 = lengths.iter().map(|length| (-length.0).exp()).sum();
            assert!((total - 1.0).abs() < 1e-6, "{total}");
        }
    }

    #[test]
    fn parameters_are_those_that_no_mask_hides() {
        for (length, alphabet, hidden) in [
            (8, 2, vec![32]),
            (5, 3, vec![7, 12]),
            (1, 4, vec![3]),
            (2, 2, vec![4, 4]),
            (9, 2, vec![20, 3, 11]),
        ] {
            let shape = TargetShape::Symbols { length, alphabet };
            let data = dataset(3, 0, shape);
            let made = Made { hidden, ..Made::example() };
            let model = made.build::<f32>(&plan(&data));
            let size = made.size(&DataShape { samples: 3, inputs: 0, targets: shape });
            assert_eq!(size.parameters, model.layout.trainable() as u64, "{made:?} {length} {alphabet}");
        }
    }

    #[test]
    fn those_parameters_are_read_that_change_a_prediction() {
        // a narrow second layer leaves units of the first without a reader
        for (length, hidden) in [(6, vec![7]), (6, vec![9, 2]), (5, vec![8, 2, 6]), (1, vec![3])] {
            let data = Dataset { inputs: Array2::zeros((1 << length, 0)), targets: every_string(length, 2) };
            let made = Made { hidden, activation: HiddenActivation::Tanh };
            let mut model = made.build::<f32>(&plan(&data));
            let mut parameters: Vec<f32> = normal(1, model.layout.len(), 5).into_iter().collect();
            let before = model.pass.predict(&parameters, &data);
            let changes: Vec<bool> = (0..parameters.len())
                .map(|i| {
                    let weight = std::mem::replace(&mut parameters[i], 3.0);
                    let after = model.pass.predict(&parameters, &data);
                    parameters[i] = weight;
                    after != before
                })
                .collect();
            let mut kept = vec![1.0; parameters.len()];
            model.layout.clear_unread(&mut kept);
            let is_kept: Vec<bool> = kept.iter().map(|w| *w == 1.0).collect();
            assert_eq!(is_kept, changes, "{made:?}");
            assert_eq!(model.layout.trainable(), changes.iter().filter(|c| **c).count());
        }
    }

    #[test]
    fn hidden_weights_never_move() {
        let data = dataset(9, 0, TargetShape::Symbols { length: 4, alphabet: 3 });
        let mut model = Made::example().build::<f32>(&plan(&data));
        let mut parameters = vec![0.0; model.layout.len()];
        let mut gradients = parameters.clone();
        model.initialize(&mut stream(1), &mut parameters);
        model.gradient(&parameters, Batch::All, &mut Silence, &mut gradients);
        let hidden =
            model.pass.mask.iter().zip(&gradients).zip(&parameters).filter(|((mask, _), _)| **mask == 0.0);
        assert!(hidden.clone().count() > 0);
        assert!(hidden.into_iter().all(|((_, gradient), weight)| *gradient == 0.0 && *weight == 0.0));
    }
}
