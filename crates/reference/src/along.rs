//! Along axes: reductions, scans, sorting, softmax.

use crate::functions::{binary, is_nan};
use crate::grid::{at, check_axis, indices, position, tabulate};
use crate::wide::{Wide, narrow, wide};
use std::cmp::Ordering;
use tensor_core::ops::*;
use tensor_core::{Array, Element, Error, Num, Real, Result};

/// What a list of numbers is reduced to.
fn reduced<T: Num>(op: Reduce, list: &[T]) -> T {
    let (zero, one) = (wide(T::zero()), wide(T::one()));
    let sum = || list.iter().fold(zero, |sum, &x| sum + wide(x));
    let fold = |op| list.iter().copied().reduce(|a, b| binary(op, a, b)).expect("no extreme of nothing");
    match op {
        Reduce::Sum => narrow(sum()),
        Reduce::Mean => narrow(match sum() {
            Wide::Real(sum) => Wide::Real(sum / list.len() as f64),
            // An integer sum wraps at 64 bits, whatever the type of the mean.
            sum => wide(narrow::<i64>(sum)) / Wide::Whole(list.len() as i128),
        }),
        Reduce::Prod => narrow(list.iter().fold(one, |product, &x| product * wide(x))),
        Reduce::Max => fold(Binary::Maximum),
        Reduce::Min => fold(Binary::Minimum),
    }
}

pub(crate) fn reduce<T: Num>(op: Reduce, x: &Array<T>, axes: &[usize], keepdim: bool) -> Result<Array<T>> {
    axes.iter().try_for_each(|&axis| check_axis(op.name(), axis, x.shape()))?;
    let gone: Vec<usize> = axes.iter().map(|&axis| x.shape()[axis]).collect();
    let mut kept = x.shape().to_vec();
    axes.iter().for_each(|&axis| kept[axis] = 1);
    if matches!(op, Reduce::Max | Reduce::Min) && gone.contains(&0) && !kept.contains(&0) {
        return Err(Error::shape(op.name(), &[x.shape()], "nothing has no largest or smallest element"));
    }
    let out = tabulate(&kept, |mut i| {
        let list = indices(&gone).map(|inner| {
            axes.iter().zip(inner).for_each(|(&axis, inner)| i[axis] = inner);
            at(x, &i)
        });
        reduced(op, &list.collect::<Vec<T>>())
    })?;
    if keepdim { Ok(out) } else { without(&out, axes) }
}

/// `x` without `axes` of size 1.
fn without<T: Num>(x: &Array<T>, axes: &[usize]) -> Result<Array<T>> {
    let shape: Vec<usize> = (0..x.shape().len()).filter(|a| !axes.contains(a)).map(|a| x.shape()[a]).collect();
    Array::from_slice(&x.to_vec(), shape)
}

/// The elements that differ from the one at `index` in their place along `axis` alone.
fn line<T: Num>(x: &Array<T>, axis: usize, index: &[usize]) -> Vec<T> {
    let mut index = index.to_vec();
    let each = (0..x.shape()[axis]).map(|i| {
        index[axis] = i;
        at(x, &index)
    });
    each.collect()
}

pub(crate) fn arg_reduce<T: Num>(op: ArgReduce, x: &Array<T>, axis: usize, keepdim: bool) -> Result<Array<i64>> {
    check_axis(op.name(), axis, x.shape())?;
    let mut kept = x.shape().to_vec();
    kept[axis] = 1;
    if x.shape()[axis] == 0 && !kept.contains(&0) {
        return Err(Error::shape(op.name(), &[x.shape()], "nothing has no largest or smallest element"));
    }
    let out = tabulate(&kept, |i| {
        let line = line(x, axis, &i);
        let extreme = |&a: &T| match op {
            ArgReduce::Max => line.iter().all(|&b| a >= b),
            ArgReduce::Min => line.iter().all(|&b| a <= b),
        };
        let place = line.iter().position(|&a| is_nan(a)).or_else(|| line.iter().position(extreme));
        place.expect("some element is extreme") as i64
    })?;
    if keepdim { Ok(out) } else { without(&out, &[axis]) }
}

/// Each line along `axis` turned into another as long by `f`.
fn each_line<T: Num, U: Element>(x: &Array<T>, axis: usize, f: impl Fn(Vec<T>) -> Vec<U>) -> Result<Array<U>> {
    let mut starts = x.shape().to_vec();
    starts[axis] = 1;
    let lines: Vec<Vec<U>> = indices(&starts).map(|i| f(line(x, axis, &i))).collect();
    tabulate(x.shape(), |mut i| {
        let place = std::mem::take(&mut i[axis]);
        lines[position(&i, &starts)][place]
    })
}

pub(crate) fn scan<T: Num>(op: Scan, x: &Array<T>, axis: usize) -> Result<Array<T>> {
    check_axis(op.name(), axis, x.shape())?;
    let op = match op {
        Scan::Sum => Reduce::Sum,
        Scan::Prod => Reduce::Prod,
        Scan::Max => Reduce::Max,
        Scan::Min => Reduce::Min,
    };
    each_line(x, axis, |line| (0..line.len()).map(|i| reduced(op, &line[..=i])).collect())
}

pub(crate) fn sort<T: Num>(
    x: &Array<T>,
    axis: usize,
    descending: bool,
    count: usize,
) -> Result<(Array<T>, Array<i64>)> {
    check_axis("sort", axis, x.shape())?;
    if count > x.shape()[axis] {
        return Err(Error::shape("sort", &[x.shape()], format!("axis {axis} has fewer than {count} elements")));
    }
    // Where the elements of a line come from, in their order; the sort is stable.
    let order = |line: &[T]| {
        let mut places: Vec<usize> = (0..line.len()).collect();
        places.sort_by(|&a, &b| {
            let ascending = compare(line[a], line[b]);
            if descending { ascending.reverse() } else { ascending }
        });
        places
    };
    let values = each_line(x, axis, |line| order(&line).into_iter().map(|place| line[place]).collect())?;
    let places = each_line(x, axis, |line| order(&line).into_iter().map(|place| place as i64).collect())?;
    let first = |i: &Vec<usize>| i[axis] < count;
    let mut shape = x.shape().to_vec();
    shape[axis] = count;
    let kept = indices(x.shape()).filter(first).collect::<Vec<_>>();
    Ok((
        Array::from_slice(&kept.iter().map(|i| at(&values, i)).collect::<Vec<_>>(), &shape[..])?,
        Array::from_slice(&kept.iter().map(|i| at(&places, i)).collect::<Vec<_>>(), &shape[..])?,
    ))
}

/// The order of numbers, NaN larger than all and equal to itself.
fn compare<T: Num>(a: T, b: T) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| is_nan(a).cmp(&is_nan(b)))
}

/// `f(x − m, Σ e^(x − m))` along an axis, m being the largest x there.
pub(crate) fn softmax<T: Real>(
    op: &'static str,
    x: &Array<T>,
    axis: usize,
    f: impl Fn(f64, f64) -> f64,
) -> Result<Array<T>> {
    check_axis(op, axis, x.shape())?;
    each_line(x, axis, |line| {
        let Some(largest) = (!line.is_empty()).then(|| reduced(Reduce::Max, &line).as_f64()) else { return Vec::new() };
        let sum: f64 = line.iter().map(|x| (x.as_f64() - largest).exp()).sum();
        line.iter().map(|x| T::from_f64(f(x.as_f64() - largest, sum))).collect()
    })
}

/// ln Σ eˣ of the elements up to each, m being the largest x there: m + ln Σ e^(x − m).
pub(crate) fn logcumsumexp<T: Real>(x: &Array<T>, axis: usize) -> Result<Array<T>> {
    check_axis("logcumsumexp", axis, x.shape())?;
    each_line(x, axis, |line| {
        let up_to = |i: usize| {
            let largest = reduced(Reduce::Max, &line[..=i]).as_f64();
            // Of infinite terms, or none that counts, the largest is all there is.
            if largest.is_infinite() {
                return T::from_f64(largest);
            }
            let sum: f64 = line[..=i].iter().map(|x| (x.as_f64() - largest).exp()).sum();
            T::from_f64(largest + sum.ln())
        };
        (0..line.len()).map(up_to).collect()
    })
}

/// sᵢ = decayᵢ · sᵢ₋₁ + xᵢ, beginning with s₀ = x₀.
pub(crate) fn recurrence<T: Real>(x: &Array<T>, decay: &Array<T>, axis: usize) -> Result<Array<T>> {
    check_axis("recurrence", axis, x.shape())?;
    if x.shape() != decay.shape() {
        return Err(Error::shape("recurrence", &[x.shape(), decay.shape()], "the shapes must be equal"));
    }
    tabulate(x.shape(), |i| {
        let (x, decay) = (line(x, axis, &i), line(decay, axis, &i));
        let step = |s: Option<f64>, j: usize| {
            Some(s.map_or(x[j].as_f64(), |s| T::from_f64(decay[j].as_f64() * s + x[j].as_f64()).as_f64()))
        };
        T::from_f64((0..=i[axis]).fold(None, step).expect("an element"))
    })
}
