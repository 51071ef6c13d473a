//! Sixteen numbers side by side, in whatever registers an instruction set has.
//!
//! Every operation is exact or rounded once, so all forms agree in every bit.
#![expect(unsafe_code, reason = "loads and stores through pointers")]

/// Numbers in one group of lanes, for every instruction set.
pub const LANES: usize = 16;

/// Sixteen numbers.
///
/// # Safety
/// Methods may be called only where the instruction set of the implementation
/// is enabled; `load` and `store` only on 16 valid numbers.
pub unsafe trait Lanes<R>: Copy {
    /// The same number in every lane.
    unsafe fn splat(x: R) -> Self;
    /// Sixteen numbers from memory, of any alignment.
    unsafe fn load(from: *const R) -> Self;
    /// Sixteen numbers to memory, of any alignment.
    unsafe fn store(self, to: *mut R);
    /// `self * b + c` in every lane, rounded once.
    #[must_use]
    unsafe fn mul_add(self, b: Self, c: Self) -> Self;
}
