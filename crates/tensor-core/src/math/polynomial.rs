//! Polynomials with a fixed number of terms.

use num_traits::Float;

/// Σ c\[j\] xʲ by Horner's rule: the fewest operations, for what is not waited for.
#[inline(always)]
pub(super) fn horner<T: Float, const N: usize>(x: T, c: &[T; N]) -> T {
    let mut sum = c[N - 1];
    let mut j = N - 1;
    while j > 0 {
        j -= 1;
        sum = sum.mul_add(x, c[j]);
    }
    sum
}

/// Σ c\[j\] xʲ, lowest coefficient first.
///
/// Horner's rule, on the even and the odd terms apart where there are many: one multiplication more, and half the
/// latency.
#[inline(always)]
pub(super) fn polynomial<T: Float, const N: usize>(x: T, c: &[T; N]) -> T {
    if N < 5 {
        return horner(x, c);
    }
    let square = x * x;
    // Of the two chains the one with the last coefficient, and the other.
    let mut leading = c[N - 1];
    let mut other = c[N - 2];
    let mut j = N - 2;
    while j >= 2 {
        j -= 2;
        leading = leading.mul_add(square, c[j + 1]);
        other = other.mul_add(square, c[j]);
    }
    if j == 1 {
        leading = leading.mul_add(square, c[0]);
        other.mul_add(x, leading)
    } else {
        leading.mul_add(x, other)
    }
}
