//! Every elementary function over slices, compiled for each instruction set this machine has.

use tensor_core::math::Math;

/// One function from slices to a slice, compiled several times.
pub(crate) struct Paths<F> {
    pub(crate) name: &'static str,
    /// With the features of every CPU of this architecture.
    pub(crate) portable: F,
    pub(crate) avx2: F,
    pub(crate) avx512: F,
}

pub(crate) type Unary<T> = fn(&[T], &mut [T]);
pub(crate) type Binary<T> = fn(&[T], &[T], &mut [T]);

/// The paths that this CPU can run, by name.
pub(crate) fn available<F: Copy>(paths: &Paths<F>) -> Vec<(&'static str, F)> {
    let mut found = vec![("portable", paths.portable)];
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            found.push(("AVX2", paths.avx2));
        }
        if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512bw")
        {
            found.push(("AVX-512", paths.avx512));
        }
    }
    found
}

/// Compiles `|arguments, out| body` for each instruction set.
macro_rules! compile {
    ($type:ty, $name:ident, $kind:ident, |$($x:ident),+ => $out:ident| $body:block) => {{
        #[inline(always)]
        fn every($($x: &[$type],)+ $out: &mut [$type]) $body
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma,bmi1,bmi2")]
        fn with_avx2($($x: &[$type],)+ $out: &mut [$type]) {
            every($($x,)+ $out);
        }
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw,avx2,fma,bmi1,bmi2")]
        fn with_avx512($($x: &[$type],)+ $out: &mut [$type]) {
            every($($x,)+ $out);
        }
        #[inline(never)]
        fn portable($($x: &[$type],)+ $out: &mut [$type]) {
            every($($x,)+ $out);
        }
        #[cfg(not(target_arch = "x86_64"))]
        use {portable as avx2, portable as avx512};
        #[cfg(target_arch = "x86_64")]
        fn avx2($($x: &[$type],)+ $out: &mut [$type]) {
            // SAFETY: called only where `available` found the features.
            unsafe { with_avx2($($x,)+ $out) }
        }
        #[cfg(target_arch = "x86_64")]
        fn avx512($($x: &[$type],)+ $out: &mut [$type]) {
            // SAFETY: called only where `available` found the features.
            unsafe { with_avx512($($x,)+ $out) }
        }
        Paths::<$kind<$type>> { name: stringify!($name), portable, avx2, avx512 }
    }};
}

macro_rules! tables {
    (unary: $($unary:ident)+; slices: $($slice:ident)+; binary: $($binary:ident)+;) => {
        /// The functions of one argument in single precision.
        pub(crate) fn unary_single() -> Vec<Paths<Unary<f32>>> {
            tables!(@unary f32; $($unary)+; $($slice)+)
        }
        /// The functions of one argument in double precision.
        pub(crate) fn unary_double() -> Vec<Paths<Unary<f64>>> {
            tables!(@unary f64; $($unary)+; $($slice)+)
        }
        /// The functions of two arguments in single precision.
        pub(crate) fn binary_single() -> Vec<Paths<Binary<f32>>> {
            tables!(@binary f32; $($binary)+)
        }
        /// The functions of two arguments in double precision.
        pub(crate) fn binary_double() -> Vec<Paths<Binary<f64>>> {
            tables!(@binary f64; $($binary)+)
        }
    };
    (@unary $type:ty; $($unary:ident)+; $($slice:ident)+) => {
        vec![
            $(compile!($type, $unary, Unary, |x => out| {
                for (out, &x) in out.iter_mut().zip(x) {
                    *out = Math::$unary(x);
                }
            }),)+
            $(compile!($type, $slice, Unary, |x => out| { Math::$slice(x, out) }),)+
        ]
    };
    (@binary $type:ty; $($binary:ident)+) => {
        vec![$(compile!($type, $binary, Binary, |x, y => out| {
            for (out, (&x, &y)) in out.iter_mut().zip(x.iter().zip(y)) {
                *out = Math::$binary(x, y);
            }
        })),+]
    };
}

tables! {
    unary: exp exp2 expm1 ln log2 log10 log1p sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh cbrt
        erf erfc erfinv normal_cdf lgamma digamma trigamma sigmoid softplus log_sigmoid;
    slices: sin_slice cos_slice tan_slice;
    binary: atan2 hypot pow logaddexp;
}
