//! Steps of optimisers: what one does to a value, to the bit, in terms of the other verbs.

use crate::{Arg, Backend, BackendArg, Error, Real, Result, Shape, Tensor};

/// How a value x moves along its gradient: each element for itself, and what is remembered of it with it.
///
/// Both forms go in the direction g = ±gradient + `decay` · x, against the gradient's sign if they `maximize`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "the options are named in the formulas")]
pub enum Step<T> {
    /// With nothing remembered x ← x − g · `lr`. With `[b]`: b ← b · `momentum` + g · `fresh`, x ← x − b · `lr`, or in
    /// Nesterov's form x − (g + b · `momentum`) · `lr`.
    Sgd { lr: T, decay: T, maximize: bool, momentum: T, fresh: T, nesterov: bool },
    /// With `[m, v]` remembered: x ← x · `shrink`, m ← m + (g − m) · (1 − β₁), v ← v · β₂ + g² · (1 − β₂),
    /// x ← x − m / (√v / `scale` + `eps`) · `lr`. With `[m, v, w]`: w ← max(w, v), which then stands for v in x.
    Adam { lr: T, decay: T, maximize: bool, shrink: T, rest1: T, beta2: T, rest2: T, scale: T, eps: T },
}

impl<T: Real> Step<T> {
    /// The gradient and what is remembered must have the shape of the value, and be as many as the step is made for.
    pub(crate) fn check<'a>(
        &self,
        x: &Shape,
        gradient: &'a Shape,
        state: impl ExactSizeIterator<Item = &'a Shape>,
    ) -> Result<()> {
        let (name, counts) = match self {
            Step::Sgd { .. } => ("Sgd", 0..=1),
            Step::Adam { .. } => ("Adam", 2..=3),
        };
        if !counts.contains(&state.len()) {
            return Err(Error::value(name, format!("does not remember {} tensors", state.len())));
        }
        match std::iter::once(gradient).chain(state).find(|&shape| shape != x) {
            None => Ok(()),
            Some(other) => {
                Err(Error::shape(name, &[x, other], "a gradient, and what is remembered, has the shape of its value"))
            }
        }
    }
}

/// [`Backend::step`] by other verbs, for a backend that does not do it in one kernel, or records what is done.
pub fn by_verbs<T: Real, B: Backend>(
    step: &Step<T>,
    x: BackendArg<'_, T, B>,
    gradient: &B::Prim<T>,
    state: &mut [&mut B::Prim<T>],
) -> Result<B::Prim<T>> {
    let shape = |x: &B::Prim<T>| B::as_array(x).shape().clone();
    let x = match x {
        Arg::Ref(x) => Tensor::<T, B>::from_prim(x.clone()),
        Arg::Own(x) => Tensor::from_prim(x.clone()),
        Arg::Scalar(x) => Tensor::try_full([], x)?,
    };
    let remembered: Vec<Shape> = state.iter().map(|state| shape(state)).collect();
    step.check(x.shape_owned(), &shape(gradient), remembered.iter())?;

    let (Step::Sgd { decay, maximize, .. } | Step::Adam { decay, maximize, .. }) = *step;
    let g = Tensor::<T, B>::from_prim(gradient.clone());
    let g = if maximize { -g } else { g };
    let g = if decay != T::zero() { g + &x * decay } else { g };
    let tensor = |x: &B::Prim<T>| Tensor::<T, B>::from_prim(x.clone());
    let x = match (*step, state) {
        (Step::Sgd { lr, .. }, []) => x - g * lr,
        (Step::Sgd { lr, momentum, fresh, nesterov, .. }, [b]) => {
            let new = tensor(b) * momentum + &g * fresh;
            let along = if nesterov { g + &new * momentum } else { new.clone() };
            **b = new.into_prim();
            x - along * lr
        }
        (Step::Adam { lr, shrink, rest1, beta2, rest2, scale, eps, .. }, [m, v, w @ ..]) => {
            let x = if shrink != T::one() { x * shrink } else { x };
            let mean = tensor(m) + (&g - tensor(m)) * rest1;
            let square = tensor(v) * beta2 + g.square() * rest2;
            let mut largest = square.clone();
            if let [w] = w {
                largest = tensor(w).maximum(largest);
                **w = largest.prim().clone();
            }
            (**m, **v) = (mean.prim().clone(), square.into_prim());
            x - mean / (largest.sqrt() / scale + eps) * lr
        }
        _ => unreachable!("checked"),
    };
    Ok(x.into_prim())
}
