//! Sizes of networks, counted without building them.

/// Size of a network, for admission. Sums saturate instead of wrapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Trainable parameters.
    pub parameters: u64,
    /// Multiply-adds of one sample's forward pass.
    pub multiply_adds: u64,
    /// Numbers that one sample's forward pass keeps for the backward pass.
    pub activations: u64,
}

/// Size of a dense stack with these hidden widths.
#[must_use]
pub fn dense_size(inputs: usize, hidden: &[usize], outputs: usize, bias: bool) -> Size {
    let mut size = Size { parameters: 0, multiply_adds: 0, activations: inputs as u64 };
    let mut fan_in = inputs as u64;
    for &units in hidden.iter().chain([&outputs]) {
        let units = units as u64;
        let weights = fan_in.saturating_mul(units);
        let biases = if bias { units } else { 0 };
        size.parameters = size.parameters.saturating_add(weights).saturating_add(biases);
        size.multiply_adds = size.multiply_adds.saturating_add(weights);
        size.activations = size.activations.saturating_add(units);
        fan_in = units;
    }
    size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_follow_the_formula() {
        // (20+1)*32 + (32+1)*32 + (32+1)*1
        assert_eq!(dense_size(20, &[32, 32], 1, true).parameters, 1761);
        assert_eq!(dense_size(20, &[], 16, false).parameters, 320);
        assert_eq!(dense_size(20, &[16, 16], 1, true).multiply_adds, 320 + 256 + 16);
    }

    #[test]
    fn absurd_sizes_saturate() {
        let size = dense_size(20, &[usize::MAX, usize::MAX], 1, true);
        assert_eq!(size.parameters, u64::MAX);
    }
}
