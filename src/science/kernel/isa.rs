//! Instruction sets: the same generic code, compiled several times.

use serde::Serialize;

/// An instruction set that this machine has. It decides the speed and never a
/// bit of a result. Made only by asking the processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Isa(pub(super) Level);

/// What a kernel is compiled for.
#[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "AVX is never detected there"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    /// Whatever the target guarantees. Without fused multiply-add in hardware
    /// it is emulated: slow, and equal in every bit.
    Portable,
    /// 256-bit vectors with fused multiply-add.
    Avx2,
    /// 512-bit vectors.
    Avx512,
}

impl Isa {
    /// The best that this machine has.
    #[must_use]
    pub fn detect() -> Self {
        *Self::available().last().expect("portable code runs everywhere")
    }

    /// All that this machine has, slowest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        #[cfg_attr(not(target_arch = "x86_64"), expect(unused_mut, reason = "nothing more to detect"))]
        let mut all = vec![Self(Level::Portable)];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                all.push(Self(Level::Avx2));
                if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl") {
                    all.push(Self(Level::Avx512));
                }
            }
        }
        all
    }

    /// Its name in reports of a machine.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            Level::Portable => "portable",
            Level::Avx2 => "avx2",
            Level::Avx512 => "avx512",
        }
    }
}

/// Compiles a generic, always inlined function once for each instruction set
/// and makes a dispatcher of the given name.
///
/// ```text
/// per_isa! {
///     /// docs
///     pub fn scale<R: Real>(x: &mut [R], by: R) = scale_body;
/// }
/// ```
macro_rules! per_isa {
    ($(#[$meta:meta])* pub fn $name:ident<$R:ident: Real>($($arg:ident: $ty:ty),* $(,)?) $(-> $out:ty)? = $body:ident;) => {
        $(#[$meta])*
        #[cfg_attr(
            target_arch = "x86_64",
            expect(unsafe_code, reason = "calls code compiled for a detected instruction set")
        )]
        pub fn $name<$R: $crate::science::kernel::real::Real>(isa: $crate::science::kernel::isa::Isa, $($arg: $ty),*) $(-> $out)? {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2<$R: $crate::science::kernel::real::Real>($($arg: $ty),*) $(-> $out)? {
                $body($($arg),*)
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma,avx512f,avx512vl")]
            fn avx512<$R: $crate::science::kernel::real::Real>($($arg: $ty),*) $(-> $out)? {
                $body($($arg),*)
            }
            match isa.0 {
                // SAFETY: an `Isa` above `Portable` comes only from `Isa::available`, which
                // asked the processor for exactly these features.
                #[cfg(target_arch = "x86_64")]
                $crate::science::kernel::isa::Level::Avx2 => unsafe { avx2($($arg),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                $crate::science::kernel::isa::Level::Avx512 => unsafe { avx512($($arg),*) },
                _ => $body($($arg),*),
            }
        }
    };
}
pub(crate) use per_isa;
