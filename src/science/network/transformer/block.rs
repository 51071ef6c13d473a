//! One layer: attention and a feed-forward branch, each added to what it reads.

use super::Transformer;
use super::attention::Attention;
use super::norm::Norm;
use crate::science::injection::Noise;
use crate::science::kernel::elementwise::{add_scaled, scaled};
use crate::science::kernel::isa::Isa;
use crate::science::kernel::product::padded;
use crate::science::kernel::real::Real;
use crate::science::layout::Layout;
use crate::science::network::dense::activation::Activation;
use crate::science::network::dense::stack::Stack;
use crate::science::seed::Stream;

/// `x <- x + attention(norm(x))`, then `x <- x + feed(norm(x))`.
#[derive(Debug)]
pub(super) struct Block<R> {
    isa: Isa,
    ld: usize,
    length: usize,
    norms: [Norm<R>; 2],
    /// Queries, keys and values side by side.
    project: Stack<R>,
    attention: Attention<R>,
    join: Stack<R>,
    feed: Stack<R>,
    /// This block's first branch, and branches of the whole network.
    branch: usize,
    of: usize,
    /// Noise of each branch [n]; ones without.
    factors: [Vec<R>; 2],
}

/// Buffers that all blocks share.
#[derive(Debug)]
pub(super) struct Shared<R> {
    /// Gradient in what a norm gave, and in what attention gave [n t, ld].
    normal: Vec<R>,
    attended: Vec<R>,
}

impl<R: Real> Shared<R> {
    pub(super) fn new(width: usize, rows: usize) -> Self {
        let zeros = || vec![R::ZERO; rows * padded(width)];
        Self { normal: zeros(), attended: zeros() }
    }
}

impl<R: Real> Block<R> {
    pub(super) fn new(
        isa: Isa,
        layout: &mut Layout,
        shape: &Transformer,
        number: usize,
        length: usize,
        samples: usize,
    ) -> Self {
        let (w, rows) = (shape.width, samples * length);
        let first = 4 * number;
        let dense = |layout: &mut Layout, first, inputs, units: &[_], bias| {
            Stack::new(isa, layout, first, inputs, units, bias, rows)
        };
        let norm = Norm::new(layout, &format!("block {number} attention norm"), w, rows);
        let project = dense(layout, first, w, &[(3 * w, Activation::Identity)], false);
        let join = dense(layout, first + 1, w, &[(w, Activation::Identity)], false);
        let second = Norm::new(layout, &format!("block {number} feed-forward norm"), w, rows);
        let units = [(shape.hidden(), Activation::Gelu), (w, Activation::Identity)];
        Self {
            isa,
            ld: padded(w),
            length,
            norms: [norm, second],
            project,
            attention: Attention::new(w, shape.heads, length, samples),
            join,
            feed: dense(layout, first + 2, w, &units, true),
            branch: 2 * number,
            of: 2 * shape.layers,
            factors: [vec![R::ONE; samples], vec![R::ONE; samples]],
        }
    }

    pub(super) fn initialize(&self, stream: &mut Stream, parameters: &mut [R]) {
        self.norms.iter().for_each(|norm| norm.initialize(parameters));
        for stack in [&self.project, &self.join, &self.feed] {
            stack.initialize(stream, parameters);
        }
    }

    /// Moves x [n t, ld].
    pub(super) fn forward(
        &mut self,
        parameters: &[R],
        samples: usize,
        x: &mut [R],
        noise: &mut impl Noise<R>,
    ) {
        let (isa, rows) = (self.isa, samples * self.length);
        for (branch, factors) in self.factors.iter_mut().enumerate() {
            if !noise.branch(self.branch + branch, self.of, &mut factors[..samples]) {
                factors[..samples].fill(R::ONE);
            }
        }
        self.norms[0].forward(isa, parameters, x);
        self.project.forward(parameters, self.norms[0].output(), rows, noise, false);
        self.attention.forward(isa, samples, self.project.output());
        self.join.forward(parameters, self.attention.output(), rows, noise, false);
        self.add(0, samples, self.join.output(), x);
        self.norms[1].forward(isa, parameters, x);
        self.feed.forward(parameters, self.norms[1].output(), rows, noise, false);
        self.add(1, samples, self.feed.output(), x);
    }

    /// x += factor * branch, one factor a sample.
    fn add(&self, branch: usize, samples: usize, output: &[R], x: &mut [R]) {
        let size = self.length * self.ld;
        add_scaled(self.isa, size, &self.factors[branch][..samples], output, x);
    }

    /// `dx` [n t, ld], the gradient after this block, becomes that before it.
    pub(super) fn backward(
        &mut self,
        parameters: &[R],
        samples: usize,
        dx: &mut [R],
        shared: &mut Shared<R>,
        gradients: &mut [R],
    ) {
        let (isa, rows) = (self.isa, samples * self.length);
        let size = rows * self.ld;
        let (normal, attended) = (&mut shared.normal[..size], &mut shared.attended[..size]);
        let branch_size = self.length * self.ld;

        scaled(isa, branch_size, &self.factors[1][..samples], dx, self.feed.output_and_gradient().1);
        self.feed.backward(parameters, self.norms[1].output(), rows, gradients, Some(normal));
        self.norms[1].backward(isa, parameters, normal, dx, gradients);

        scaled(isa, branch_size, &self.factors[0][..samples], dx, self.join.output_and_gradient().1);
        self.join.backward(parameters, self.attention.output(), rows, gradients, Some(attended));
        let (projected, below) = self.project.output_and_gradient();
        self.attention.backward(isa, samples, projected, attended, below);
        self.project.backward(parameters, self.norms[0].output(), rows, gradients, Some(normal));
        self.norms[0].backward(isa, parameters, normal, dx, gradients);
    }
}
