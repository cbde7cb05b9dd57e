//! Steps of optimisers in one pass over the value, its gradient and what is remembered of it.

use super::ArrayArg;
use super::functions::RealScalar;
use super::layout::{contiguous, copied};
use super::walk::SyncPtr;
use crate::exec::{CHUNK, Executor, Out, for_chunks};
use crate::ops::Step;
use crate::simd::{Kernel, dispatch};
use crate::{Arg, Array, Result, Shape};
use std::slice::{from_raw_parts, from_raw_parts_mut};

/// As [`crate::Backend::step`] says.
pub(super) fn step<T: RealScalar>(
    step: &Step<T>,
    x: ArrayArg<'_, T>,
    gradient: &Array<T>,
    state: &mut [&mut Array<T>],
    exec: &dyn Executor,
) -> Result<Array<T>> {
    let shape = x.prim().map_or(Shape::new(), |x| x.shape().clone());
    step.check(&shape, gradient.shape(), state.iter().map(|state| state.shape()))?;
    let gradient = contiguous(gradient, exec)?;
    for state in &mut *state {
        settle(state, exec)?;
    }
    let mut x = match x {
        Arg::Own(x) => {
            settle(x, exec)?;
            x.take()
        }
        Arg::Ref(x) => copied(x, exec)?,
        Arg::Scalar(x) => Array::scalar(x)?,
    };
    // Nothing fails from here on.
    let mut places = [None; 3];
    for (place, state) in places.iter_mut().zip(state) {
        *place = Some(start(state));
    }
    let (value, along) = (start(&mut x), SyncPtr(gradient.ptr()));
    for_chunks(exec, gradient.numel(), CHUNK, &|start, end| {
        let n = end - start;
        let part = |place: Out<T>| {
            // SAFETY: all have as many elements as the gradient, in row-major order in buffers of which each is the only
            // owner; chunks are disjoint.
            unsafe { from_raw_parts_mut(place.at(start), n) }
        };
        // SAFETY: as above; no one writes to the gradient.
        let gradient = unsafe { from_raw_parts(along.get().wrapping_add(start), n) };
        dispatch::<T, _>(Steps { step, x: part(value), gradient, state: places.map(|place| place.map(part)) });
    });
    Ok(x)
}

/// Gives the array a buffer of its own in row-major order, if it has not.
fn settle<T: RealScalar>(x: &mut Array<T>, exec: &dyn Executor) -> Result<()> {
    if !(x.is_unique() && x.layout().is_contiguous()) {
        *x = copied(x, exec)?;
    }
    Ok(())
}

/// Where the elements of a settled array are.
fn start<T: RealScalar>(x: &mut Array<T>) -> Out<T> {
    let offset = x.layout().offset();
    Out::new(x.buffer_mut().expect("settled").wrapping_add(offset))
}

/// A step of as many elements as `x` has, which `gradient` and all that is remembered have too.
struct Steps<'a, T> {
    step: &'a Step<T>,
    x: &'a mut [T],
    gradient: &'a [T],
    state: [Option<&'a mut [T]>; 3],
}

impl<T: RealScalar> Kernel for Steps<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Steps { step, x, gradient, state } = self;
        let (Step::Sgd { decay, maximize, .. } | Step::Adam { decay, maximize, .. }) = *step;
        let direction = |x: T, g: T| {
            let g = if maximize { -g } else { g };
            if decay != T::zero() { g + x * decay } else { g }
        };
        match (*step, state) {
            (Step::Sgd { lr, .. }, [None, ..]) => {
                for (x, &g) in x.iter_mut().zip(gradient) {
                    *x = *x - direction(*x, g) * lr;
                }
            }
            (Step::Sgd { lr, momentum, fresh, nesterov, .. }, [Some(b), ..]) => {
                for ((x, &g), b) in x.iter_mut().zip(gradient).zip(b) {
                    let g = direction(*x, g);
                    *b = *b * momentum + g * fresh;
                    let along = if nesterov { g + *b * momentum } else { *b };
                    *x = *x - along * lr;
                }
            }
            (Step::Adam { lr, shrink, rest1, beta2, rest2, scale, eps, .. }, [Some(m), Some(v), w]) => {
                // Called for each element, with v or what stands for it.
                let moments = |x: T, g: T, m: &mut T, v: &mut T| {
                    let g = direction(x, g);
                    *m = *m + (g - *m) * rest1;
                    *v = *v * beta2 + g * g * rest2;
                };
                let moved = |x: T, m: T, v: T| x * shrink - m / (num_traits::Float::sqrt(v) / scale + eps) * lr;
                let elements = x.iter_mut().zip(gradient).zip(m).zip(v);
                match w {
                    None => {
                        for (((x, &g), m), v) in elements {
                            moments(*x, g, m, v);
                            *x = moved(*x, *m, *v);
                        }
                    }
                    Some(w) => {
                        for ((((x, &g), m), v), w) in elements.zip(w) {
                            moments(*x, g, m, v);
                            *w = w.maximum(*v);
                            *x = moved(*x, *m, *w);
                        }
                    }
                }
            }
            (Step::Adam { .. }, _) => unreachable!("checked"),
        }
    }
}
