//! Running sums, products and extremes, and recurrences: along each line one element after the other, from the front.

use super::functions::{self as f, Arithmetic, F2, RealScalar};
use super::layout::contiguous;
use super::walk::SyncPtr;
use crate::exec::{CHUNK, Executor, Out, for_chunks};
use crate::layout::resolve_axis;
use crate::ops::Scan;
use crate::simd::{Kernel, dispatch};
use crate::{Array, Error, Result, Shape};
use std::marker::PhantomData;

/// Lines side by side that one thread walks at once.
const WIDTH: usize = 256;

pub(super) fn scan<T: Arithmetic>(op: Scan, x: &Array<T>, axis: usize, exec: &dyn Executor) -> Result<Array<T>> {
    let axis = resolve_axis(op.name(), axis as isize, x.shape().len())?;
    match op {
        Scan::Sum => scan_with::<T, f::Add>(x, axis, exec),
        Scan::Prod => scan_with::<T, f::Mul>(x, axis, exec),
        Scan::Max => scan_with::<T, f::Maximum>(x, axis, exec),
        Scan::Min => scan_with::<T, f::Minimum>(x, axis, exec),
    }
}

/// ln Σ eˣ up to each element.
pub(super) fn logcumsumexp<T: RealScalar>(x: &Array<T>, axis: usize, exec: &dyn Executor) -> Result<Array<T>> {
    scan_with::<T, f::Logaddexp>(x, resolve_axis("logcumsumexp", axis as isize, x.shape().len())?, exec)
}

fn scan_with<T: Arithmetic, J: F2<T, Out = T>>(x: &Array<T>, axis: usize, exec: &dyn Executor) -> Result<Array<T>> {
    let x = contiguous(x, exec)?;
    let from = SyncPtr(x.ptr());
    for_bands(x.shape(), axis, exec, &|out, at, width, n, inner| {
        let x = from.get().wrapping_add(at);
        dispatch::<T, _>(Band::<T, J> { out, x, width, n, inner, join: PhantomData });
    })
}

/// `sᵢ = decayᵢ · sᵢ₋₁ + xᵢ` along each line.
pub(super) fn recurrence<T: RealScalar>(
    x: &Array<T>,
    decay: &Array<T>,
    axis: usize,
    exec: &dyn Executor,
) -> Result<Array<T>> {
    let axis = resolve_axis("recurrence", axis as isize, x.shape().len())?;
    if x.shape() != decay.shape() {
        return Err(Error::shape("recurrence", &[x.shape(), decay.shape()], "each element needs a decay of its own"));
    }
    let (x, decay) = (contiguous(x, exec)?, contiguous(decay, exec)?);
    let (x_at, decay_at) = (SyncPtr(x.ptr()), SyncPtr(decay.ptr()));
    for_bands(x.shape(), axis, exec, &|out, at, width, n, inner| {
        let (x, decay) = (x_at.get().wrapping_add(at), decay_at.get().wrapping_add(at));
        dispatch::<T, _>(Decaying { out, x, decay, width, n, inner });
    })
}

/// An array of `shape` whose lines along `axis` are written band by band: `band(out, at, width, n, inner)` writes `width`
/// neighbouring lines of `n` elements `inner` apart, the first of them at place `at` of the array.
fn for_bands<T: Arithmetic>(
    shape: &Shape,
    axis: usize,
    exec: &dyn Executor,
    band: &(dyn Fn(*mut T, usize, usize, usize, usize) + Sync),
) -> Result<Array<T>> {
    let (n, inner): (usize, usize) = (shape[axis], shape[axis + 1..].iter().product());
    let tiles = inner.div_ceil(WIDTH);
    // SAFETY: the units of work, bands of neighbouring lines, cover the result.
    unsafe {
        Array::build(shape.clone(), |out| {
            let bands = out.len() / (n * inner).max(1) * tiles;
            let out = Out::new(out.as_mut_ptr().cast::<T>());
            let group = (CHUNK / (n * inner.min(WIDTH)).max(1)).max(1);
            for_chunks(exec, bands, group, &|start, end| {
                for unit in start..end {
                    let first = unit % tiles * WIDTH;
                    let at = unit / tiles * n * inner + first;
                    band(out.at(at), at, WIDTH.min(inner - first), n, inner);
                }
            });
        })
    }
}

/// `width` neighbouring lines of `n` elements, `inner` apart.
struct Band<T, J> {
    out: *mut T,
    x: *const T,
    width: usize,
    n: usize,
    inner: usize,
    join: PhantomData<J>,
}

impl<T: Arithmetic, J: F2<T, Out = T>> Kernel for Band<T, J> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Band { out, x, width, n, inner, .. } = self;
        // SAFETY: the maker vouches for the elements of the lines, which have at least one each.
        unsafe {
            if inner == 1 {
                let mut value = *x;
                out.write(value);
                for i in 1..n {
                    value = J::call(value, *x.add(i));
                    out.add(i).write(value);
                }
                return;
            }
            out.copy_from_nonoverlapping(x, width);
            for row in 1..n {
                let before = std::slice::from_raw_parts(out.add((row - 1) * inner), width);
                let x = std::slice::from_raw_parts(x.add(row * inner), width);
                let out = out.add(row * inner);
                for j in 0..width {
                    out.add(j).write(J::call(before[j], x[j]));
                }
            }
        }
    }
}

/// `width` neighbouring recurrences of `n` elements, `inner` apart.
struct Decaying<T> {
    out: *mut T,
    x: *const T,
    decay: *const T,
    width: usize,
    n: usize,
    inner: usize,
}

impl<T: RealScalar> Kernel for Decaying<T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Decaying { out, x, decay, width, n, inner } = self;
        // SAFETY: the maker vouches for the elements of the lines, which have at least one each.
        unsafe {
            if inner == 1 {
                let mut value = *x;
                out.write(value);
                for i in 1..n {
                    value = *decay.add(i) * value + *x.add(i);
                    out.add(i).write(value);
                }
                return;
            }
            out.copy_from_nonoverlapping(x, width);
            for row in 1..n {
                let before = std::slice::from_raw_parts(out.add((row - 1) * inner), width);
                let x = std::slice::from_raw_parts(x.add(row * inner), width);
                let decay = std::slice::from_raw_parts(decay.add(row * inner), width);
                let out = out.add(row * inner);
                for j in 0..width {
                    out.add(j).write(decay[j] * before[j] + x[j]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::testing::{arrays, bits, fraction, indices, position, same_bits};
    use crate::exec::Sequential;
    use proptest::prelude::*;

    fn naive<T: Arithmetic>(op: Scan, x: &Array<T>, axis: usize) -> Array<T> {
        let join: fn(T, T) -> T = match op {
            Scan::Sum => Arithmetic::add,
            Scan::Prod => Arithmetic::mul,
            Scan::Max => Arithmetic::maximum,
            Scan::Min => Arithmetic::minimum,
        };
        let mut values = x.to_vec();
        for mut index in indices(x.shape()) {
            let here = position(x.shape(), &index);
            if index[axis] > 0 {
                index[axis] -= 1;
                values[here] = join(values[position(x.shape(), &index)], values[here]);
            }
        }
        Array::from_slice(&values, x.shape()).unwrap()
    }

    proptest! {
        #[test]
        fn scans_agree_with_plain_loops(a in arrays::<f64>(), b in arrays::<u8>(), axis in 0usize..5) {
            for &op in Scan::ALL {
                if !a.shape().is_empty() {
                    let axis = axis % a.shape().len();
                    prop_assert_eq!(bits(&scan(op, &a, axis, &Sequential).unwrap()), bits(&naive(op, &a, axis)));
                }
                if !b.shape().is_empty() {
                    let axis = axis % b.shape().len();
                    prop_assert_eq!(bits(&scan(op, &b, axis, &Sequential).unwrap()), bits(&naive(op, &b, axis)));
                }
            }
        }
    }

    #[test]
    fn large_scans_give_the_same_bits_everywhere() {
        let values: Vec<f32> = (0..90 * 700).map(|i| fraction(i) as f32).collect();
        for shape in [[90, 700, 1], [3, 30, 700], [1, 90, 700]] {
            let x = Array::from_slice(&values, shape).unwrap();
            for axis in 0..3 {
                for &op in Scan::ALL {
                    let found = same_bits(|exec| bits(&scan(op, &x, axis, exec).unwrap()));
                    assert!(found == bits(&naive(op, &x, axis)));
                }
            }
        }
    }

    #[test]
    fn logarithms_of_running_sums_neither_overflow_nor_lose_infinities() {
        let inf = f64::INFINITY;
        let x = Array::from_slice(&[-inf, 800.0, 800.0, -inf, inf, inf, f64::NAN, 0.0], [8]).unwrap();
        let y = logcumsumexp(&x, 0, &Sequential).unwrap().to_vec();
        let two = 800.0 + 2f64.ln();
        assert_eq!(y[..6], [-inf, 800.0, two, two, inf, inf]);
        assert!(y[6..].iter().all(|y| y.is_nan()));
    }

    #[test]
    fn a_recurrence_with_decay_one_is_a_running_sum() {
        let values: Vec<f64> = (0..90 * 700).map(fraction).collect();
        for shape in [[90, 700, 1], [3, 30, 700]] {
            let x = Array::from_slice(&values, shape).unwrap();
            let ones = Array::from_slice(&vec![1.0; values.len()], shape).unwrap();
            for axis in 0..3 {
                let found = same_bits(|exec| bits(&recurrence(&x, &ones, axis, exec).unwrap()));
                assert!(found == bits(&scan(Scan::Sum, &x, axis, &Sequential).unwrap()));
            }
        }
        let x = Array::from_slice(&values, [63_000]).unwrap();
        assert!(recurrence(&x, &Array::from_slice(&[1.0], [1]).unwrap(), 0, &Sequential).is_err());
    }

    #[test]
    fn nan_sticks() {
        let x = Array::from_slice(&[1.0, f32::NAN, 3.0, 0.0], [4]).unwrap();
        for op in [Scan::Max, Scan::Min] {
            let found = scan(op, &x, 0, &Sequential).unwrap().to_vec();
            assert_eq!(found[0], 1.0);
            assert!(found[1..].iter().all(|x| x.is_nan()));
        }
        assert!(scan(Scan::Sum, &x, 1, &Sequential).is_err());
    }
}
