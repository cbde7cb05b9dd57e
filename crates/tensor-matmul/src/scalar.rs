//! The numbers a matrix may be made of.

use crate::exec::Executor;
use crate::kernels::Portable;
use crate::raw::Product;
use num_traits::Num;

/// A number that matrices can be multiplied over.
///
/// `f32` and `f64` have kernels of their own. Every other number takes one generic path, and opting in is one line:
///
/// ```
/// use tensor_matmul::{MatMut, MatRef, Scalar, matmul};
///
/// // Numbers modulo 7, made a `num_traits::Num` in the usual way (shortened here).
/// # use num_traits::{Num, One, Zero};
/// # use std::ops::*;
/// #[derive(Clone, Copy, Debug, PartialEq)]
/// struct Mod7(u8);
/// # impl Add for Mod7 { type Output = Self; fn add(self, o: Self) -> Self { Mod7((self.0 + o.0) % 7) } }
/// # impl Sub for Mod7 { type Output = Self; fn sub(self, o: Self) -> Self { Mod7((self.0 + 7 - o.0) % 7) } }
/// # impl Mul for Mod7 { type Output = Self; fn mul(self, o: Self) -> Self { Mod7((self.0 * o.0) % 7) } }
/// # impl Div for Mod7 { type Output = Self; fn div(self, _: Self) -> Self { unimplemented!() } }
/// # impl Rem for Mod7 { type Output = Self; fn rem(self, _: Self) -> Self { unimplemented!() } }
/// # impl Zero for Mod7 { fn zero() -> Self { Mod7(0) } fn is_zero(&self) -> bool { self.0 == 0 } }
/// # impl One for Mod7 { fn one() -> Self { Mod7(1) } }
/// # impl Num for Mod7 {
/// #     type FromStrRadixErr = ();
/// #     fn from_str_radix(_: &str, _: u32) -> Result<Self, ()> { Err(()) }
/// # }
/// impl Scalar for Mod7 {}
///
/// let a = [Mod7(3), Mod7(4)];
/// let b = [Mod7(5), Mod7(6)];
/// let mut c = [Mod7(0)];
/// matmul(MatRef::row_major(&a, 1, 2), MatRef::row_major(&b, 2, 1), MatMut::row_major(&mut c, 1, 1));
/// assert_eq!(c, [Mod7((3 * 5 + 4 * 6) % 7)]);
/// ```
///
/// **Integers wrap around** on overflow, in every build profile, as `wrapping_mul` and `wrapping_add` do.
pub trait Scalar: Num + Copy + Send + Sync + 'static {
    /// `a·b + c`: the step that every product is made of. Integers wrap; `f32` and `f64` round once.
    fn multiply_add(a: Self, b: Self, c: Self) -> Self {
        a * b + c
    }

    /// `a·b`; integers wrap.
    fn multiply(a: Self, b: Self) -> Self {
        a * b
    }

    /// `a + b`; integers wrap.
    fn plus(a: Self, b: Self) -> Self {
        a + b
    }

    /// The product over these numbers; `f32` and `f64` choose their kernels here.
    ///
    /// # Safety
    /// As for [`gemm_batched_raw`](crate::gemm_batched_raw).
    #[doc(hidden)]
    unsafe fn product(count: usize, product: &Product<Self>, exec: &dyn Executor) {
        // SAFETY: the portable kernels need no instruction set; for the rest, the caller's promise is the same.
        unsafe { crate::share::product::<Portable<Self>>(count, product, exec) }
    }
}

macro_rules! integers {
    ($($int:ident)*) => {$(
        impl Scalar for $int {
            fn multiply_add(a: Self, b: Self, c: Self) -> Self {
                a.wrapping_mul(b).wrapping_add(c)
            }

            fn multiply(a: Self, b: Self) -> Self {
                a.wrapping_mul(b)
            }

            fn plus(a: Self, b: Self) -> Self {
                a.wrapping_add(b)
            }
        }
    )*};
}

integers! { i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize }
