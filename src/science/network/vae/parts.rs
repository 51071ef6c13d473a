//! What a variational autoencoder is made of, and what it holds and computes, counted without building
//! it.

use crate::science::data::TargetShape;
use crate::science::network::dense::activation::Activation;
use crate::science::network::dense::footprint::CoderLayers;
use crate::science::network::footprint::{Footprint, Usage, Work, count, lanes};
use crate::science::network::head::{Head, head_footprint, head_width};

/// Draws of the code in an evaluation's importance-weighted bound.
pub(super) const EVALUATION_DRAWS: usize = 16;

/// What a spec states of a variational code.
#[derive(Debug)]
pub(in crate::science::network) struct Parts<'a> {
    /// Hidden units of the encoder; the decoder has them in reverse.
    pub(in crate::science::network) hidden: &'a [usize],
    /// Dimensions of the code.
    pub(in crate::science::network) code: usize,
    /// Activation of the hidden layers.
    pub(in crate::science::network) activation: Activation,
    /// Distribution of the targets given the code.
    pub(in crate::science::network) head: Option<&'a Head>,
}

impl Parts<'_> {
    /// What the running form holds and computes, with so many inputs beside the targets.
    pub(in crate::science::network) fn footprint(
        &self,
        inputs: usize,
        targets: TargetShape,
        usage: Usage,
    ) -> Footprint {
        let draws = count(EVALUATION_DRAWS);
        let (read, code) = (inputs.saturating_add(targets.encoded_width()), count(self.code));
        let outputs = head_width(self.head, targets);
        let coder = CoderLayers {
            inputs: read,
            hidden: self.hidden,
            top: self.code.saturating_mul(2),
            code: self.code.saturating_add(inputs),
            activation: self.activation,
            outputs,
            bias: true,
        };
        let [encoder, decoder] = coder.footprints(usage);
        let beside = if inputs > 0 { count(targets.encoded_width()) } else { 0.0 };
        let width = lanes(self.code.saturating_add(inputs));
        // of a pass: normal numbers, decoded outputs, and two code lengths of each draw
        let lengths = 4.0 * draws + 2.0 * count(outputs);
        let latent = Footprint {
            forward: width + 3.0 * code + lengths,
            backward: width + 1.0,
            reading: beside,
            ahead: Work { products: 0.0, elements: 30.0 * code },
            back: Work { products: 0.0, elements: 10.0 * code },
            ..Footprint::default()
        };
        let once = encoder.ahead.products / (encoder.ahead.products + decoder.ahead.products);
        let head = head_footprint(self.head, targets, usage);
        let all = encoder.and(decoder).and(latent).and(head);
        // code length, rate and distortion of each sample
        Footprint {
            outputs: 6.0,
            code: 1.0,
            encoding: draws * all.code,
            repeats: once + draws * (1.0 - once),
            ..all
        }
    }
}
