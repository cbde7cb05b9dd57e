//! The quasi-Newton method that remembers only a few steps.

use super::{
    Function, Minimum, Progress, Watch, check_option, check_start, minimiser, single, structure, vector,
    vector::Vector,
    wolfe::{At, Wolfe},
};
use crate::{
    flat::{epsilon, flatten, unflatten},
    stop::Stop,
};
use autograd::functional::{TensorOf, Tree, try_value_and_grad};
use std::{collections::VecDeque, ops::ControlFlow};
use tensor_core::{Error, Result};

/// Minimises a smooth function of many variables by its gradient alone: the limited-memory method of Broyden, Fletcher,
/// Goldfarb and Shanno.
///
/// Each direction is −H∇f with H an estimate of the inverse Hessian from the last `memory` steps sₖ and changes yₖ of the
/// gradient: in the BFGS formula H ← (1 − ρ s yᵀ) H (1 − ρ y sᵀ) + ρ s sᵀ, ρ = 1/yᵀs, applied from (sᵀy / yᵀy)·1 on. The
/// length of the step satisfies the strong conditions of Wolfe, so that yᵀs > 0 and H stays positive definite.
///
/// Liu & Nocedal 1989; Nocedal & Wright, *Numerical Optimization*, 2006, algorithms 7.4 and 7.5.
///
/// ```
/// use autograd::Autodiff;
/// use optim::Lbfgs;
/// use tensor_core::{Serial, Tensor};
/// type T = Tensor<f64, Autodiff<Serial>>;
///
/// let rosenbrock = |(x, y): &(T, T)| 100.0 * (y - x.square()).square() + (1.0 - x).square();
/// let end = Lbfgs::default().minimize(rosenbrock, &(T::new(-1.2), T::new(1.0)));
/// assert!((end.parameters.0.item() - 1.0).abs() < 1e-6);
/// assert!(end.stop.converged());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Lbfgs {
    /// How many steps are remembered; 10 unless set.
    pub memory: usize,
    /// Ends when no element of the gradient is larger than this; 1e-6 unless set. With 0 it goes on until rounding hides
    /// any progress.
    pub gtol: f64,
    /// Ends when a step lowers the value by no more than this share of it; 0 unless set: that never ends it.
    pub ftol: f64,
    /// How many steps are taken at most; 10 000 unless set.
    pub max_iterations: usize,
    /// The share c₁ of the fall that the slope promises, which a step must bring; 1e-4 unless set.
    pub c1: f64,
    /// The share c₂ of the slope that may be left after a step; 0.9 unless set.
    pub c2: f64,
}

impl Default for Lbfgs {
    fn default() -> Self {
        Lbfgs { memory: 10, gtol: 1e-6, ftol: 0.0, max_iterations: 10_000, c1: 1e-4, c2: 0.9 }
    }
}

minimiser!(Lbfgs);

impl Lbfgs {
    fn check(&self) -> Result<()> {
        check_option("Lbfgs", "gtol", self.gtol)?;
        check_option("Lbfgs", "ftol", self.ftol)?;
        if self.memory == 0 {
            return Err(Error::value("Lbfgs", "memory is 0; it must be at least 1"));
        }
        if !(0.0 < self.c1 && self.c1 < self.c2 && self.c2 < 1.0 && self.c1 < 0.5) {
            let problem = format!("c1 is {}, c2 {}; they must satisfy 0 < c1 < 1/2, c1 < c2 < 1", self.c1, self.c2);
            return Err(Error::value("Lbfgs", problem));
        }
        Ok(())
    }

    fn descend<X: Tree>(&self, f: Function<'_, X>, start: &X, watch: Watch<'_, X>) -> Result<Minimum<X>> {
        self.check()?;
        let mut parameters = unflatten(start, &flatten(start));
        check_start::<X>("Lbfgs", f, &parameters)?;
        let compute = |x: &X::Owned| -> Result<(f64, Vector<X::Real, X::Backend>)> {
            let (value, gradient) = try_value_and_grad::<X::Owned, TensorOf<X>>(f, x)?;
            Ok((single::<X>(&value), vector(&gradient)))
        };
        let mut x = vector(&parameters);
        let (mut value, mut gradient) = compute(&parameters)?;
        if !gradient.size().is_finite() {
            return Err(Error::value("Lbfgs", "the gradient at the start is not finite"));
        }
        let (mut iterations, mut evaluations) = (0, 1);
        // Steps, changes of the gradient, and 1/yᵀs; the newest last.
        let mut memory: VecDeque<(Vector<_, _>, Vector<_, _>, f64)> = VecDeque::new();
        let stop = loop {
            let slope = gradient.size();
            let progress =
                Progress { parameters: &parameters, value, slope, iteration: iterations, evaluations, products: 0 };
            if watch(&progress).is_break() {
                break Stop::Watcher;
            }
            if slope <= self.gtol {
                break Stop::Gradient;
            }
            if iterations == self.max_iterations {
                break Stop::Limit;
            }

            let direction = direction(&gradient, &memory);
            let begin = At { length: 0.0, value, slope: direction.dot(&gradient) };
            // An estimate that has gone bad is forgotten.
            if begin.slope >= 0.0 || !begin.slope.is_finite() {
                if memory.is_empty() {
                    break Stop::Precision;
                }
                memory.clear();
                continue;
            }
            // Nothing is known of the size of a first step: one that moves no element by more than 1.
            let first = if memory.is_empty() { 1.0 / slope.max(1.0) } else { 1.0 };
            let noise = 4.0 * epsilon::<X::Real>() * value.abs();
            let (mut failed, mut latest) = (None, None);
            let found = Wolfe { c1: self.c1, c2: self.c2, noise }.search(begin, first, |length| {
                let there = x.plus(length, &direction);
                let structured = structure(start, &there);
                evaluations += 1;
                match compute(&structured) {
                    Ok((value, gradient)) => {
                        let at = At { length, value, slope: direction.dot(&gradient) };
                        latest = Some((length, there, structured, gradient));
                        at
                    }
                    Err(error) => {
                        failed = Some(error);
                        At { length, value: f64::NAN, slope: f64::NAN }
                    }
                }
            });
            if let Some(error) = failed {
                return Err(error);
            }
            let Some(at) = found else {
                if memory.is_empty() {
                    break Stop::Precision;
                }
                memory.clear();
                continue;
            };
            let (there, structured, new) = match latest {
                Some((length, there, structured, gradient)) if length == at.length => (there, structured, gradient),
                _ => {
                    let there = x.plus(at.length, &direction);
                    let structured = structure(start, &there);
                    evaluations += 1;
                    let gradient = compute(&structured)?.1;
                    (there, structured, gradient)
                }
            };

            let (step, change) = (there.plus(-1.0, &x), new.plus(-1.0, &gradient));
            let curvature = step.dot(&change);
            if curvature > epsilon::<X::Real>() * step.norm() * change.norm() {
                if memory.len() == self.memory {
                    memory.pop_front();
                }
                memory.push_back((step, change, 1.0 / curvature));
            }
            let fall = value - at.value;
            (x, parameters, gradient, value) = (there, structured, new, at.value);
            iterations += 1;
            if self.ftol > 0.0 && fall <= self.ftol * value.abs() {
                break Stop::Reduction;
            }
        };
        let gradient = structure(start, &gradient);
        Ok(Minimum { parameters, value, gradient, iterations, evaluations, products: 0, stop })
    }
}

/// −H∇f by two loops over what is remembered (Nocedal & Wright, algorithm 7.4).
fn direction<T: tensor_core::Real, B: tensor_core::Backend>(
    gradient: &Vector<T, B>,
    memory: &VecDeque<(Vector<T, B>, Vector<T, B>, f64)>,
) -> Vector<T, B> {
    let mut q = gradient.times(-1.0);
    let mut shares = Vec::new();
    for (step, change, rho) in memory.iter().rev() {
        let share = rho * step.dot(&q);
        q.add(-share, change);
        shares.push(share);
    }
    if let Some((_, change, rho)) = memory.back() {
        q = q.times(1.0 / (rho * change.dot(change)));
    }
    for ((step, change, rho), share) in memory.iter().zip(shares.into_iter().rev()) {
        let back = rho * change.dot(&q);
        q.add(share - back, step);
    }
    q
}
