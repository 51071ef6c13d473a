//! Bernoulli masks from a random stream.

use rand::Rng;

use crate::science::seed::Stream;

/// Fills `factors` with 0 with probability `rate`, else `1 / (1 - rate)`.
///
/// Exact to 2^-40 and cheap: one random byte decides unless it equals the
/// threshold's first byte; only then are four more drawn.
pub fn fill_dropout(stream: &mut Stream, rate: f64, factors: &mut [f32]) {
    #[expect(clippy::cast_possible_truncation, reason = "training is in f32")]
    let kept = (1.0 / (1.0 - rate)) as f32;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rate below 1 times 2^40 fits"
    )]
    let threshold = (rate * f64::from(1u32 << 20) * f64::from(1u32 << 20)) as u64;
    #[expect(clippy::cast_possible_truncation, reason = "eight bits, and thirty-two")]
    let (first, rest) = ((threshold >> 32) as u8, (threshold & 0xffff_ffff) as u32);
    let mut bytes = [0u8; 256];
    for chunk in factors.chunks_mut(bytes.len()) {
        let drawn = &mut bytes[..chunk.len()];
        stream.fill_bytes(drawn);
        let mut ties = false;
        for (factor, byte) in chunk.iter_mut().zip(&*drawn) {
            *factor = if *byte < first { 0.0 } else { kept };
            ties |= *byte == first;
        }
        // a tie with nothing below the first byte is decided already
        if ties && rest > 0 {
            for (factor, _) in chunk.iter_mut().zip(&*drawn).filter(|(_, byte)| **byte == first) {
                *factor = if stream.next_u32() < rest { 0.0 } else { kept };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::seed::{Purpose, Streams};

    #[test]
    #[expect(clippy::float_cmp, reason = "factors are exactly one of two values")]
    fn the_rate_is_exact_and_the_mean_is_one() {
        let mut stream = Streams { seed: 5, replicate: 0 }.stream(Purpose::Regularizer(0));
        for rate in [0.001, 0.1, 0.2, 0.5, 0.77, 0.99] {
            let n = 1_000_000u32;
            let mut factors = vec![f32::NAN; n as usize];
            fill_dropout(&mut stream, rate, &mut factors);
            let kept = (1.0 / (1.0 - rate)) as f32;
            assert!(factors.iter().all(|&f| f == 0.0 || f == kept));
            let dropped = factors.iter().filter(|&&f| f == 0.0).count() as f64 / f64::from(n);
            // four standard errors of a share
            let error = 4.0 * (rate * (1.0 - rate) / f64::from(n)).sqrt();
            assert!((dropped - rate).abs() < error, "{rate} {dropped}");
        }
    }

    #[test]
    fn no_dropout_keeps_everything() {
        let mut stream = Streams { seed: 5, replicate: 0 }.stream(Purpose::Regularizer(0));
        let mut factors = vec![f32::NAN; 1000];
        fill_dropout(&mut stream, 0.0, &mut factors);
        assert!(factors.iter().all(|&f| f.to_bits() == 1f32.to_bits()));
    }
}
