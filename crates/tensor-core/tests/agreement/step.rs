//! Steps of optimisers.

use crate::arrays::{Described, Epsilon, Sample, arrays, for_all, for_types, laid_out};
use crate::check::{Near, agree, verb};
use proptest::prelude::*;
use tensor_core::ops::{Step, View};
use tensor_core::{Backend, BackendArg, Real, Result, Shape};

/// A step of either kind, its options taken from random words.
pub(crate) fn steps<T: Real>(word: u64) -> [Step<T>; 2] {
    let bit = |i: u64| word >> i & 1 == 1;
    let either = |i, no: f64, yes: f64| T::from_f64(if bit(i) { yes } else { no });
    let (lr, decay, maximize) = (T::from_f64(0.1), either(0, 0.0, 0.3), bit(1));
    let (momentum, fresh, nesterov) = (either(2, 0.9, 0.0), either(3, 1.0, 0.7), bit(4));
    let (rest1, beta2) = (T::from_f64(0.1), T::from_f64(0.99));
    let rest2 = T::from_f64(0.01);
    [
        Step::Sgd { lr, decay, maximize, momentum, fresh, nesterov },
        Step::Adam {
            lr,
            decay,
            maximize,
            shrink: either(5, 1.0, 0.95),
            rest1,
            beta2,
            rest2,
            scale: either(6, 1.0, 0.1),
            eps: T::from_f64(1e-8),
        },
    ]
}

/// The value after a step, and behind it all that is remembered of it.
pub(crate) fn walked<T: Sample + Real, B: Backend>(
    step: &Step<T>,
    x: BackendArg<'_, T, B>,
    gradient: &Described<T>,
    remembered: &[&Described<T>],
) -> Result<B::Prim<T>> {
    let mut state: Vec<_> = remembered.iter().map(|x| x.on::<B>()).collect();
    let new = B::step(step, x, &gradient.on::<B>(), &mut state.iter_mut().collect::<Vec<_>>())?;
    let flat = |x: &B::Prim<T>| B::view(x, &View::Reshape(Shape::from([B::as_array(x).numel()])));
    let all = std::iter::once(&new).chain(&state).map(flat).collect::<Result<Vec<_>>>()?;
    B::concat(&all.iter().collect::<Vec<_>>(), 0)
}

for_types!(a_step_is_what_the_other_verbs_make_of_it: f32 f64);
fn a_step_is_what_the_other_verbs_make_of_it<T: Epsilon + Real>() {
    let cases = (arrays(), prop::bool::weighted(0.05), any::<u64>()).prop_flat_map(|(x, wrong, word)| {
        let shape = if wrong { [&x.shape()[..], &[1]].concat() } else { x.shape() };
        let others = [laid_out(x.shape()), laid_out(x.shape()), laid_out(x.shape()), laid_out(shape)];
        (Just(x), others, Just(word))
    });
    for_all(cases.boxed(), |(x, others, word)| {
        let (x, others) = (x.made(T::wild), others.map(|other| other.made(T::wild)));
        let [gradient, remembered @ ..] = &others;
        for step in steps(word) {
            for count in 0..=3 {
                let remembered: Vec<_> = remembered[3 - count..].iter().collect();
                let verb = verb!(B, [x] => walked::<T, B>(&step, x, gradient, &remembered));
                agree("step", [&x], &verb, Near::Exactly);
            }
        }
    });
}
