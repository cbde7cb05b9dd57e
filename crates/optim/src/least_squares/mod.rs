//! Nonlinear least squares: the public face here, the method in `solve.rs`, its linear algebra in `dense.rs`.

mod dense;
mod solve;

use crate::{
    flat::{epsilon, flatten, tensors, unflatten},
    stop::Stop,
};
use autograd::{
    functional::{TensorOf, Tree, try_jacobian},
    no_grad,
};
use solve::{Problem, solve};
use tensor_core::{Real, Result, Tensor};

/// Minimises a sum of squares ½‖r(θ)‖² by the method of Levenberg and Marquardt in the form of Moré: each step
/// minimises the linear model ‖r + J p‖² within the trust region ‖D p‖ ≤ Δ, and Δ follows how well the model foretold what
/// came of it.
///
/// The residuals are a function of a tensor, or of several in a structure ([`Tree`]); the Jacobian J is taken by
/// [`jacobian`](autograd::functional::jacobian), or is a function of the caller's own. Data enter by what the function
/// captures; a weight is a factor of its residual, mostly 1/σ.
///
/// * Moré, *The Levenberg-Marquardt algorithm: implementation and theory*, 1978: the trust region, its update, the scaling.
/// * Each step is found from singular values of J D⁻¹ (never from JᵀJ), so that parameters that the data hardly
///   determine, or not at all, do no harm.
/// * Where the sum of squares is so flat that rounding hides whether a step makes it smaller, steps go on for as long as
///   the gradient shrinks: the parameters then have nearly all digits of `T`, not half of them.
///
/// ```
/// use autograd::Autodiff;
/// use optim::LevenbergMarquardt;
/// use tensor_core::{Serial, Tensor};
/// type T = Tensor<f64, Autodiff<Serial>>;
///
/// let x = T::new([0.0, 1.0, 2.0, 3.0, 4.0]);
/// let y = T::new([5.1, 2.9, 1.8, 1.2, 0.6]);
/// let decay = |(height, rate): &(T, T)| height * (-rate * &x).exp();
/// let fit = LevenbergMarquardt::default().minimize(|b: &(T, T)| decay(b) - &y, &(T::new(1.0), T::new(1.0)));
///
/// let (height, rate) = &fit.parameters;
/// assert!((height.item() - 5.0572).abs() < 1e-4 && (rate.item() - 0.5178).abs() < 1e-4);
/// let (_, uncertain) = fit.standard_deviations.unwrap();
/// assert!((uncertain.item() - 0.0198).abs() < 1e-4);
/// assert!(fit.stop.converged());
/// ```
#[derive(Clone, Debug)]
pub struct LevenbergMarquardt {
    /// Ends when a step lowers the sum of squares by no more than this share of it, and none more was foretold; 0 unless
    /// set: then it goes on until rounding hides any progress.
    pub ftol: f64,
    /// Ends when the radius Δ is no more than this share of ‖D θ‖; 0 unless set. The precision of `T` ends it in any case.
    pub xtol: f64,
    /// Ends when the cosine between r and each column of J is no more than this; 0 unless set.
    pub gtol: f64,
    /// How often the residuals may be computed; 10 000 unless set.
    pub max_evaluations: usize,
    /// The first radius as a share of ‖D θ‖ at the start (or the radius itself, where that is 0); 1 unless set. More lets
    /// the first step lead far away from the start, less keeps it near.
    pub initial_step: f64,
    /// The lengths that the parameters' steps are measured by.
    pub scaling: Scaling,
    /// The least and the greatest values of each parameter (of each element of the tensors, one after the other);
    /// infinite where there is none. The start must lie between them.
    pub bounds: Option<(Vec<f64>, Vec<f64>)>,
}

impl Default for LevenbergMarquardt {
    fn default() -> Self {
        LevenbergMarquardt {
            ftol: 0.0,
            xtol: 0.0,
            gtol: 0.0,
            max_evaluations: 10_000,
            initial_step: 1.0,
            scaling: Scaling::Jacobian,
            bounds: None,
        }
    }
}

/// The matrix D of a trust region ‖D p‖ ≤ Δ.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Scaling {
    /// The length of each column of J, the longest so far (Moré): the units of the parameters do not matter.
    #[default]
    Jacobian,
    /// All parameters alike.
    None,
    /// A positive number for each parameter, as 1/(its typical size).
    Fixed(Vec<f64>),
}

/// Where a fit ended. p is the number of parameters, in all tensors together, m that of the residuals.
#[derive(Clone, Debug)]
pub struct Fit<X: Tree> {
    /// The parameters.
    pub parameters: X::Owned,
    /// The residuals there.
    pub residuals: TensorOf<X>,
    /// ‖r‖².
    pub sum_of_squares: f64,
    /// s² (JᵀJ)⁻¹, [p, p], with s² the [variance](Self::variance): of parameters that come from many small random errors
    /// of equal size. None without a degree of freedom, or where the data do not determine every parameter.
    ///
    /// Where residuals were divided by standard deviations that are known, s² should be about 1, and the covariance over s²
    /// holds these for the truth.
    pub covariance: Option<TensorOf<X>>,
    /// The square roots of its diagonal.
    pub standard_deviations: Option<X::Owned>,
    /// m − p; 0 if that is negative.
    pub degrees_of_freedom: usize,
    /// How often the residuals were computed.
    pub evaluations: usize,
    /// How often the Jacobian was.
    pub jacobians: usize,
    /// Why it ended.
    pub stop: Stop,
}

impl<X: Tree> Fit<X> {
    /// s² = ‖r‖² / (m − p), the variance that is left; NaN without a degree of freedom.
    pub fn variance(&self) -> f64 {
        if self.degrees_of_freedom == 0 { f64::NAN } else { self.sum_of_squares / self.degrees_of_freedom as f64 }
    }
}

impl LevenbergMarquardt {
    /// The parameters near `start` for which the squares of the residuals add up to least.
    ///
    /// A step to where a residual or derivative is not finite is not taken; a shorter one is tried.
    ///
    /// # Panics
    /// If residuals or derivatives at the start are not finite, if the number of residuals changes, or if an option is
    /// out of its range.
    #[track_caller]
    pub fn minimize<X: Tree, Y: Into<TensorOf<X>>>(&self, residuals: impl Fn(&X::Owned) -> Y, start: &X) -> Fit<X> {
        match self.try_minimize(residuals, start) {
            Ok(fit) => fit,
            Err(error) => error.panic(),
        }
    }

    /// [`minimize`](Self::minimize), with the error returned instead of a panic.
    ///
    /// # Errors
    /// Where `minimize` panics.
    pub fn try_minimize<X: Tree, Y: Into<TensorOf<X>>>(
        &self,
        residuals: impl Fn(&X::Owned) -> Y,
        start: &X,
    ) -> Result<Fit<X>> {
        self.fit(&residuals, &|x| try_jacobian(|x: &X::Owned| residuals(x).into(), x), start)
    }

    /// [`minimize`](Self::minimize) with a Jacobian of the caller's own: for each tensor of the parameters, of shape s, one
    /// of shape [m…, s…], where m… is that of the residuals.
    ///
    /// # Panics
    /// Where `minimize` does, and if a tensor of the Jacobian has another number of elements.
    #[track_caller]
    pub fn minimize_with_jacobian<X: Tree, Y: Into<TensorOf<X>>>(
        &self,
        residuals: impl Fn(&X::Owned) -> Y,
        jacobian: impl Fn(&X::Owned) -> X::Owned,
        start: &X,
    ) -> Fit<X> {
        match self.try_minimize_with_jacobian(residuals, jacobian, start) {
            Ok(fit) => fit,
            Err(error) => error.panic(),
        }
    }

    /// [`minimize_with_jacobian`](Self::minimize_with_jacobian), with the error returned instead of a panic.
    ///
    /// # Errors
    /// Where `minimize_with_jacobian` panics.
    pub fn try_minimize_with_jacobian<X: Tree, Y: Into<TensorOf<X>>>(
        &self,
        residuals: impl Fn(&X::Owned) -> Y,
        jacobian: impl Fn(&X::Owned) -> X::Owned,
        start: &X,
    ) -> Result<Fit<X>> {
        self.fit(&residuals, &|x| Ok(no_grad(|| jacobian(x))), start)
    }

    fn fit<X: Tree, Y: Into<TensorOf<X>>>(
        &self,
        residuals: &dyn Fn(&X::Owned) -> Y,
        jacobian: &dyn Fn(&X::Owned) -> Result<X::Owned>,
        start: &X,
    ) -> Result<Fit<X>> {
        let value = |x: &[f64]| -> TensorOf<X> { no_grad(|| residuals(&unflatten(start, x)).into().detach()) };
        let columns = |x: &[f64]| -> Result<Vec<Vec<f64>>> {
            let at = unflatten(start, x);
            Ok(columns::<X>(&tensors(&jacobian(&at)?), &tensors(&at)))
        };
        let problem = Problem {
            residuals: &|x| value(x).to_vec().into_iter().map(Real::as_f64).collect(),
            jacobian: &columns,
            round: |x| X::Real::from_f64(x).as_f64(),
            epsilon: epsilon::<X::Real>(),
        };
        let end = solve(self, &problem, flatten(start))?;

        let p = end.parameters.len();
        let matrix = |rows: &Vec<Vec<f64>>| {
            let elements = rows.iter().flatten().map(|&x| X::Real::from_f64(x)).collect();
            Tensor::from_vec(elements, [p, p])
        };
        let deviations = |rows: &Vec<Vec<f64>>| {
            let diagonal: Vec<f64> = (0..p).map(|i| rows[i][i].sqrt()).collect();
            unflatten(start, &diagonal)
        };
        Ok(Fit {
            parameters: unflatten(start, &end.parameters),
            residuals: value(&end.parameters),
            sum_of_squares: end.sum_of_squares,
            covariance: end.covariance.as_ref().map(matrix),
            standard_deviations: end.covariance.as_ref().map(deviations),
            degrees_of_freedom: end.degrees_of_freedom,
            evaluations: end.evaluations,
            jacobians: end.jacobians,
            stop: end.stop,
        })
    }
}

/// The columns of the Jacobian whose parts, one for each of the parameters' tensors, are given.
fn columns<X: Tree>(parts: &[&TensorOf<X>], parameters: &[&TensorOf<X>]) -> Vec<Vec<f64>> {
    let columns = |(part, parameter): (&&TensorOf<X>, &&TensorOf<X>)| {
        let (elements, n) = (part.to_vec(), parameter.numel());
        let column = |j| elements.iter().skip(j).step_by(n).map(|x| x.as_f64()).collect();
        (0..n).map(column).collect::<Vec<Vec<f64>>>()
    };
    parts.iter().zip(parameters).flat_map(columns).collect()
}
