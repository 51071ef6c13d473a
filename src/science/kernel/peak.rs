//! The most that one core can do: fused multiply-adds on registers alone, to
//! measure products against.
#![expect(unsafe_code, reason = "calls code compiled for a detected instruction set")]

use super::isa::{Isa, Level};
use super::lanes::{LANES, Lanes};
#[cfg(target_arch = "x86_64")]
use super::real::Real;
use super::registers::Portable;

/// Independent sums, enough to hide the latency of each.
const CHAINS: usize = 12;

/// Floating-point operations of one round.
#[must_use]
pub fn operations(isa: Isa) -> u64 {
    let chains = match isa.0 {
        Level::Avx512 => CHAINS,
        Level::Avx2 => CHAINS / 2,
        Level::Portable => CHAINS / 3,
    };
    2 * (chains * LANES) as u64
}

/// Runs so many rounds; what comes out is of no use but to have been computed.
#[must_use]
pub fn fused_multiply_adds(isa: Isa, rounds: u64) -> f32 {
    // SAFETY: an `Isa` above portable comes only from asking the processor.
    unsafe {
        match isa.0 {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => avx512(rounds),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => avx2(rounds),
            // each chain is four registers of NEON
            _ => chains::<Portable<f32>, { CHAINS / 3 }>(rounds),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f,avx512vl")]
unsafe fn avx512(rounds: u64) -> f32 {
    // SAFETY: passed on from the caller.
    unsafe { chains::<<f32 as Real>::Avx512, CHAINS>(rounds) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2(rounds: u64) -> f32 {
    // SAFETY: passed on from the caller; each chain is two registers.
    unsafe { chains::<<f32 as Real>::Avx2, { CHAINS / 2 }>(rounds) }
}

#[inline(always)]
unsafe fn chains<V: Lanes<f32>, const N: usize>(rounds: u64) -> f32 {
    // SAFETY: the caller has the instruction set; `kept` has room for sixteen.
    unsafe {
        // numbers that the compiler cannot know
        let number = std::hint::black_box;
        let (scale, more) = (number(V::splat(0.7)), number(V::splat(0.1)));
        let mut sums = [number(V::splat(1.0)); N];
        for _ in 0..rounds {
            for sum in &mut sums {
                *sum = scale.mul_add(more, *sum);
            }
        }
        let mut kept = [0.0f32; LANES];
        let mut total = 0.0;
        for sum in sums {
            sum.store(kept.as_mut_ptr());
            total += kept.iter().sum::<f32>();
        }
        total
    }
}
