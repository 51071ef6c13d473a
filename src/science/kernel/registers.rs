//! The registers of each instruction set as [`Lanes`].
#![expect(unsafe_code, reason = "vector loads, stores and intrinsics")]

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    __m256, __m512, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_storeu_ps, _mm512_fmadd_ps,
    _mm512_loadu_ps, _mm512_set1_ps, _mm512_storeu_ps,
};

use super::lanes::{LANES, Lanes};
use super::real::Real;

/// An array: runs everywhere and for both number types.
#[derive(Debug, Clone, Copy)]
pub struct Portable<R>([R; LANES]);

// SAFETY: plain Rust; the contract on pointers is the caller's.
unsafe impl<R: Real> Lanes<R> for Portable<R> {
    #[inline(always)]
    unsafe fn splat(x: R) -> Self {
        Self([x; LANES])
    }
    #[inline(always)]
    unsafe fn load(from: *const R) -> Self {
        // SAFETY: the caller hands 16 valid numbers.
        Self(unsafe { from.cast::<[R; LANES]>().read_unaligned() })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut R) {
        // SAFETY: the caller hands room for 16 numbers.
        unsafe { to.cast::<[R; LANES]>().write_unaligned(self.0) }
    }
    #[inline(always)]
    unsafe fn mul_add(self, b: Self, c: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i].mul_add(b.0[i], c.0[i])))
    }
}

/// Never detected elsewhere; the name must exist.
#[cfg(not(target_arch = "x86_64"))]
pub type Avx2 = Portable<f32>;
/// Never detected elsewhere; the name must exist.
#[cfg(not(target_arch = "x86_64"))]
pub type Avx512 = Portable<f32>;

/// Two registers of eight.
#[cfg(target_arch = "x86_64")]
#[derive(Debug, Clone, Copy)]
pub struct Avx2(__m256, __m256);

// SAFETY: the intrinsics need AVX2 and FMA, which the trait's contract promises.
#[cfg(target_arch = "x86_64")]
unsafe impl Lanes<f32> for Avx2 {
    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        // SAFETY: the trait's contract.
        unsafe { Self(_mm256_set1_ps(x), _mm256_set1_ps(x)) }
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the trait's contract: 16 valid numbers.
        unsafe { Self(_mm256_loadu_ps(from), _mm256_loadu_ps(from.add(8))) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the trait's contract: room for 16 numbers.
        unsafe {
            _mm256_storeu_ps(to, self.0);
            _mm256_storeu_ps(to.add(8), self.1);
        }
    }
    #[inline(always)]
    unsafe fn mul_add(self, b: Self, c: Self) -> Self {
        // SAFETY: the trait's contract.
        unsafe { Self(_mm256_fmadd_ps(self.0, b.0, c.0), _mm256_fmadd_ps(self.1, b.1, c.1)) }
    }
}

/// One register of sixteen.
#[cfg(target_arch = "x86_64")]
#[derive(Debug, Clone, Copy)]
pub struct Avx512(__m512);

// SAFETY: the intrinsics need AVX-512F, which the trait's contract promises.
#[cfg(target_arch = "x86_64")]
unsafe impl Lanes<f32> for Avx512 {
    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        // SAFETY: the trait's contract.
        unsafe { Self(_mm512_set1_ps(x)) }
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the trait's contract: 16 valid numbers.
        unsafe { Self(_mm512_loadu_ps(from)) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the trait's contract: room for 16 numbers.
        unsafe { _mm512_storeu_ps(to, self.0) }
    }
    #[inline(always)]
    unsafe fn mul_add(self, b: Self, c: Self) -> Self {
        // SAFETY: the trait's contract.
        unsafe { Self(_mm512_fmadd_ps(self.0, b.0, c.0)) }
    }
}
