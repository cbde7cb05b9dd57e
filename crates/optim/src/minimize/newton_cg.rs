//! Newton's method with a trust region, its steps by conjugate gradients.

use super::{
    Function, Minimum, Progress, Watch, check_option, check_start, minimiser, single, structure, vector, vector::Vector,
};
use crate::{
    flat::{epsilon, flatten, unflatten},
    stop::Stop,
};
use autograd::functional::{SecondOrder, TensorOf, Tree, second_order};
use std::ops::ControlFlow;
use tensor_core::{Error, Result};

/// Minimises a smooth function of many variables by Newton's method, without ever forming a Hessian.
///
/// Each step minimises the model f + gᵀp + ½ pᵀ∇²f p within ‖p‖ ≤ Δ by conjugate gradients, which take products
/// ∇²f·v alone, each as cheap as a few gradients. They end where the residual is at most min(½, √‖g‖)·‖g‖, at the edge of
/// the region, or there along a direction of negative curvature. Δ follows how well the model foretold what came of the
/// step. Near a minimum with a definite Hessian it converges faster than linearly.
///
/// Steihaug 1983; Nocedal & Wright, *Numerical Optimization*, 2006, algorithms 4.1 and 7.2.
///
/// ```
/// use autograd::Autodiff;
/// use optim::NewtonCg;
/// use tensor_core::{Serial, Tensor};
/// type T = Tensor<f64, Autodiff<Serial>>;
///
/// let rosenbrock = |(x, y): &(T, T)| 100.0 * (y - x.square()).square() + (1.0 - x).square();
/// let end = NewtonCg::default().minimize(rosenbrock, &(T::new(-1.2), T::new(1.0)));
/// assert!((end.parameters.0.item() - 1.0).abs() < 1e-5);
/// assert!(end.iterations < 40);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct NewtonCg {
    /// Ends when no element of the gradient is larger than this; 1e-6 unless set. With 0 it goes on until rounding hides
    /// any progress.
    pub gtol: f64,
    /// How many steps are tried at most; 10 000 unless set.
    pub max_iterations: usize,
    /// The first radius Δ; 1 unless set.
    pub initial_radius: f64,
    /// The largest radius Δ; infinite unless set.
    pub max_radius: f64,
}

impl Default for NewtonCg {
    fn default() -> Self {
        NewtonCg { gtol: 1e-6, max_iterations: 10_000, initial_radius: 1.0, max_radius: f64::INFINITY }
    }
}

minimiser!(NewtonCg);

impl NewtonCg {
    fn check(&self) -> Result<()> {
        check_option("NewtonCg", "gtol", self.gtol)?;
        check_option("NewtonCg", "initial_radius", self.initial_radius)?;
        if self.initial_radius == 0.0 || !(self.max_radius >= self.initial_radius) {
            let problem = format!(
                "initial_radius is {}, max_radius {}; they must be positive, and the first not larger",
                self.initial_radius, self.max_radius
            );
            return Err(Error::value("NewtonCg", problem));
        }
        Ok(())
    }

    fn descend<X: Tree>(&self, f: Function<'_, X>, start: &X, watch: Watch<'_, X>) -> Result<Minimum<X>> {
        self.check()?;
        let mut parameters = unflatten(start, &flatten(start));
        check_start::<X>("NewtonCg", f, &parameters)?;
        let mut x = vector(&parameters);
        let mut here: SecondOrder<X::Owned> = second_order::<X::Owned, TensorOf<X>>(f, &parameters);
        let mut gradient = vector(&here.gradient);
        let mut value = single::<X>(&here.value);
        if !gradient.size().is_finite() {
            return Err(Error::value("NewtonCg", "the gradient at the start is not finite"));
        }
        let (mut iterations, mut tried, mut evaluations, mut products) = (0, 0, 1, 0);
        let mut radius = self.initial_radius;
        let mut moved = true;
        let stop = loop {
            let slope = gradient.size();
            let progress =
                Progress { parameters: &parameters, value, slope, iteration: iterations, evaluations, products };
            if moved && watch(&progress).is_break() {
                break Stop::Watcher;
            }
            if slope <= self.gtol {
                break Stop::Gradient;
            }
            if tried == self.max_iterations {
                break Stop::Limit;
            }
            tried += 1;

            let (step, curved) = steihaug(&gradient, radius, |v| {
                products += 1;
                vector(&here.hvp(&structure(start, v)))
            });
            let length = step.norm();
            let foretold = -step.dot(&gradient) - 0.5 * step.dot(&curved);
            let there = x.plus(1.0, &step);
            let structured = structure(start, &there);
            let next = second_order::<X::Owned, TensorOf<X>>(f, &structured);
            evaluations += 1;
            let new = vector(&next.gradient);
            let new_value = single::<X>(&next.value);
            let finite = new_value.is_finite() && new.size().is_finite();
            // Where rounding hides whether the value falls, a step is judged by the gradient.
            let hidden = foretold <= 10.0 * epsilon::<X::Real>() * value.abs();
            let ratio = match hidden {
                true if new.size() < slope => 1.0,
                true => break Stop::Precision,
                false => (value - new_value) / foretold,
            };
            if !finite || !(ratio >= 0.25) {
                radius = 0.25 * length;
            } else if ratio > 0.75 && length > 0.99 * radius {
                radius = (2.0 * radius).min(self.max_radius);
            }
            moved = finite && ratio > 1e-4;
            if moved {
                (x, parameters, here, gradient, value) = (there, structured, next, new, new_value);
                iterations += 1;
            } else if radius <= epsilon::<X::Real>() * x.norm() || radius == 0.0 {
                break Stop::Step;
            }
        };
        let gradient = structure(start, &gradient);
        Ok(Minimum { parameters, value, gradient, iterations, evaluations, products, stop })
    }
}

/// The step p within ‖p‖ ≤ Δ, and ∇²f·p.
fn steihaug<T: tensor_core::Real, B: tensor_core::Backend>(
    gradient: &Vector<T, B>,
    radius: f64,
    mut product: impl FnMut(&Vector<T, B>) -> Vector<T, B>,
) -> (Vector<T, B>, Vector<T, B>) {
    let size = gradient.norm();
    let goal = size * size.sqrt().min(0.5);
    let mut step = gradient.times(0.0);
    let mut curved = step.clone();
    let mut residual = gradient.clone();
    let mut direction = gradient.times(-1.0);
    let mut square = size * size;
    // In exact arithmetic as many as there are variables are enough.
    let enough = 2 * gradient.0.iter().map(|x| x.numel()).sum::<usize>() + 10;
    for _ in 0..enough {
        let along = product(&direction);
        let curvature = direction.dot(&along);
        let share = square / curvature;
        let there = step.plus(share, &direction);
        // Infinite and NaN lengths are outside as well.
        if !(curvature > 0.0 && there.norm() < radius) {
            let share = to_edge(&step, &direction, radius);
            step.add(share, &direction);
            curved.add(share, &along);
            break;
        }
        step = there;
        curved.add(share, &along);
        residual.add(share, &along);
        let next = residual.dot(&residual);
        if next.sqrt() <= goal {
            break;
        }
        direction = residual.times(-1.0).plus(next / square, &direction);
        square = next;
    }
    (step, curved)
}

/// The τ ≥ 0 with ‖p + τ d‖ = Δ, for p inside.
fn to_edge<T: tensor_core::Real, B: tensor_core::Backend>(p: &Vector<T, B>, d: &Vector<T, B>, radius: f64) -> f64 {
    let (pp, pd, dd) = (p.dot(p), p.dot(d), d.dot(d));
    let room = (radius * radius - pp).max(0.0);
    let root = (pd * pd + dd * room).sqrt();
    // The form of the root without cancellation.
    if pd > 0.0 { room / (pd + root) } else { (root - pd) / dd }
}
