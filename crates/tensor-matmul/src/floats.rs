//! `f32` and `f64`: the choice of kernels, once for each product.

use crate::exec::Executor;
use crate::isa::{self, Isa};
use crate::kernels::{self, Portable};
use crate::raw::Product;
use crate::scalar::Scalar;
use crate::share;

macro_rules! float {
    ($float:ident, $avx512:ident, $avx2:ident, $neon:ident, $peer:path) => {
        impl Scalar for $float {
            #[inline(always)]
            fn multiply_add(a: Self, b: Self, c: Self) -> Self {
                a.mul_add(b, c)
            }

            unsafe fn product(count: usize, p: &Product<Self>, exec: &dyn Executor) {
                // SAFETY: `isa::current` gives only what this machine has; the caller's promise.
                unsafe {
                    match isa::current() {
                        #[cfg(target_arch = "x86_64")]
                        Isa::Avx512 => share::product::<kernels::$avx512>(count, p, exec),
                        #[cfg(target_arch = "x86_64")]
                        Isa::Avx2 => share::product::<kernels::$avx2>(count, p, exec),
                        #[cfg(target_arch = "aarch64")]
                        Isa::Neon => share::product::<kernels::$neon>(count, p, exec),
                        Isa::MatrixMultiply => {
                            let (a, b, c) = (&p.a, &p.b, &p.c);
                            for s in 0..count as isize {
                                $peer(
                                    p.m,
                                    p.k,
                                    p.n,
                                    p.alpha,
                                    a.ptr.wrapping_offset(s * a.batch_stride),
                                    a.row_stride,
                                    a.col_stride,
                                    b.ptr.wrapping_offset(s * b.batch_stride),
                                    b.row_stride,
                                    b.col_stride,
                                    p.beta,
                                    c.ptr.wrapping_offset(s * c.batch_stride),
                                    c.row_stride,
                                    c.col_stride,
                                );
                            }
                        }
                        _ => share::product::<Portable<$float>>(count, p, exec),
                    }
                }
            }
        }
    };
}

float!(f32, Avx512F32, Avx2F32, NeonF32, matrixmultiply::sgemm);
float!(f64, Avx512F64, Avx2F64, NeonF64, matrixmultiply::dgemm);
