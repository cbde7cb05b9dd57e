//! Functions with a fast path that is taken when a whole block of arguments allows it.

/// Long enough to hide the test, short enough that one unusual argument does not cost much.
const BLOCK: usize = 64;

/// Stores `full` of each element of `x` in `out`, by way of `quick` in every block in which it gives the same.
#[inline(always)]
pub(super) fn by_blocks<T: Copy>(
    x: &[T],
    out: &mut [T],
    is_quick: impl Fn(T) -> bool,
    quick: impl Fn(T) -> T,
    full: impl Fn(T) -> T,
) {
    assert_eq!(x.len(), out.len(), "as many results as arguments");
    for (x, out) in x.chunks(BLOCK).zip(out.chunks_mut(BLOCK)) {
        if x.iter().fold(true, |all, &v| all & is_quick(v)) {
            for (out, &v) in out.iter_mut().zip(x) {
                *out = quick(v);
            }
        } else {
            for (out, &v) in out.iter_mut().zip(x) {
                *out = full(v);
            }
        }
    }
}
