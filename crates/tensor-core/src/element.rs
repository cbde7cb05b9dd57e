//! The types a tensor can hold, and the ladder of what can be done with them: `Element` ⊃ `Num` ⊃ `Real`.

use crate::Array;
use crate::cpu::kernels::{AnyArray, AxisKernels, ElementKernels, NumKernels, RealKernels};
use std::fmt::{Debug, Display};

/// The element types, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DType {
    /// 32-bit floating point.
    F32,
    /// 64-bit floating point.
    F64,
    /// 64-bit signed integers: indices.
    I64,
    /// 32-bit signed integers.
    I32,
    /// Bytes: images, labels.
    U8,
    /// Truth values: masks.
    Bool,
}

impl Display for DType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            DType::F32 => "f32",
            DType::F64 => "f64",
            DType::I64 => "i64",
            DType::I32 => "i32",
            DType::U8 => "u8",
            DType::Bool => "bool",
        })
    }
}

/// What a tensor can hold: `f32`, `f64`, `i64`, `i32`, `u8` and `bool`. Sealed.
pub trait Element:
    Copy + Default + PartialEq + PartialOrd + Debug + Display + Send + Sync + 'static + ElementKernels + AsAny
{
    /// The type's name.
    const DTYPE: DType;

    /// The value in double precision, for a real type.
    fn real(self) -> Option<f64>;
}

/// What can be added and multiplied: `f32`, `f64`, `i64`, `i32` and `u8`. Integers wrap on overflow, as in PyTorch.
pub trait Num: Element + num_traits::Num + num_traits::NumCast + NumKernels + AxisKernels {}

/// The real numbers, and what has gradients: `f32` and `f64`.
pub trait Real: Num + num_traits::Float + RealKernels {
    /// The nearest number of this type.
    fn from_f64(x: f64) -> Self;
    /// The number in double precision, exactly.
    fn as_f64(self) -> f64;
    /// The nearest whole number, halves to even.
    fn round_half_even(self) -> Self;
}

/// The element type of an array, found out at run time.
pub trait AsAny: Sized + Copy + 'static {
    /// The array under the name of its type.
    fn any(x: &Array<Self>) -> AnyArray<'_>
    where
        Self: Element;
}

macro_rules! elements {
    ($($t:ty: $dtype:ident |$x:ident| $real:expr;)*) => { $(
        impl Element for $t {
            const DTYPE: DType = DType::$dtype;
            fn real(self) -> Option<f64> {
                let $x = self;
                $real
            }
        }
    )* };
}
elements! {
    f32: F32 |x| Some(f64::from(x));
    f64: F64 |x| Some(x);
    i64: I64 |_x| None;
    i32: I32 |_x| None;
    u8: U8 |_x| None;
    bool: Bool |_x| None;
}

impl Num for f32 {}
impl Num for f64 {}
impl Num for i64 {}
impl Num for i32 {}
impl Num for u8 {}

impl Real for f32 {
    fn from_f64(x: f64) -> Self {
        x as f32
    }
    fn as_f64(self) -> f64 {
        self as f64
    }
    #[inline(always)]
    fn round_half_even(self) -> Self {
        self.round_ties_even()
    }
}

impl Real for f64 {
    fn from_f64(x: f64) -> Self {
        x
    }
    fn as_f64(self) -> f64 {
        self
    }
    #[inline(always)]
    fn round_half_even(self) -> Self {
        self.round_ties_even()
    }
}

macro_rules! any {
    ($($t:ty: $variant:ident),*) => { $(
        impl AsAny for $t {
            fn any(x: &Array<Self>) -> AnyArray<'_> { AnyArray::$variant(x) }
        }
    )* };
}
any!(f32: F32, f64: F64, i64: I64, i32: I32, u8: U8, bool: Bool);
