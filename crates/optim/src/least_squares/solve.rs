//! The method itself, over plain numbers in double precision.

use super::{
    LevenbergMarquardt, Scaling,
    dense::{Decomposition, axpy, dot},
};
use crate::stop::Stop;
use tensor_core::{Error, Result};

const NAME: &str = "LevenbergMarquardt";

/// What is to be solved.
pub(super) struct Problem<'a> {
    pub(super) residuals: &'a dyn Fn(&[f64]) -> Vec<f64>,
    /// The columns of the Jacobian.
    pub(super) jacobian: &'a dyn Fn(&[f64]) -> Result<Vec<Vec<f64>>>,
    /// To the nearest number in the precision of the residuals.
    pub(super) round: fn(f64) -> f64,
    /// The precision of the residuals.
    pub(super) epsilon: f64,
}

/// Where it ended.
pub(super) struct End {
    pub(super) parameters: Vec<f64>,
    pub(super) sum_of_squares: f64,
    pub(super) covariance: Option<Vec<Vec<f64>>>,
    pub(super) degrees_of_freedom: usize,
    pub(super) evaluations: usize,
    pub(super) jacobians: usize,
    pub(super) stop: Stop,
}

/// Parameters, and what is known of the residuals there.
#[derive(Clone)]
struct Point {
    x: Vec<f64>,
    residuals: Vec<f64>,
    sum_of_squares: f64,
    /// The columns of the Jacobian.
    columns: Vec<Vec<f64>>,
}

impl Point {
    /// How much of the sum of squares rounding errors can make up: the residuals cannot be better than what they were
    /// computed from, and numbers that cancelled.
    fn noise(&self, epsilon: f64) -> f64 {
        let sum = |(i, r): (usize, &f64)| {
            let parts: f64 = self.columns.iter().zip(&self.x).map(|(column, x)| (column[i] * x).abs()).sum();
            let error = epsilon * (parts + r.abs());
            error * (2.0 * r.abs() + error)
        };
        8.0 * self.residuals.iter().enumerate().map(sum).sum::<f64>() / self.sum_of_squares
    }

    /// The slope of ½‖r‖² along each parameter.
    fn gradient(&self) -> Vec<f64> {
        self.columns.iter().map(|column| dot(column, &self.residuals)).collect()
    }

    fn is_finite(&self) -> bool {
        self.sum_of_squares.is_finite() && self.columns.iter().flatten().all(|x| x.is_finite())
    }
}

pub(super) fn solve(options: &LevenbergMarquardt, problem: &Problem<'_>, start: Vec<f64>) -> Result<End> {
    check(options, &start)?;
    let n = start.len();
    let epsilon = problem.epsilon;
    let (mut evaluations, mut jacobians) = (1, 1);
    let residuals = (problem.residuals)(&start);
    let mut here = Point {
        sum_of_squares: dot(&residuals, &residuals),
        columns: checked((problem.jacobian)(&start)?, n, residuals.len())?,
        x: start,
        residuals,
    };
    finite_start(&here)?;

    let mut scale = vec![0.0; n];
    let mut radius = f64::NAN;
    // The point of the smallest gradient since rounding hides the rest, and what the linear model still sees there.
    let mut quiet: Option<(Point, f64)> = None;
    let stop = 'ended: loop {
        rescale(&mut scale, &options.scaling, &here.columns);
        let size = norm(&scale, &here.x);
        if radius.is_nan() {
            radius = options.initial_step * if size > 0.0 { size } else { 1.0 };
        }
        let gradient = here.gradient();
        let free: Vec<usize> = (0..n).filter(|&j| !is_held(options, j, here.x[j], gradient[j])).collect();
        if is_flat(&here, &gradient, &free, options.gtol) {
            break Stop::Gradient;
        }
        let scaled = free.iter().map(|&j| here.columns[j].iter().map(|x| x / scale[j]).collect()).collect();
        let model = Decomposition::new(scaled, here.residuals.clone(), f64::EPSILON);
        let left = model.gain() / here.sum_of_squares;
        let noise = here.noise(epsilon);
        let hidden = left <= noise;
        if let Some((best, least)) = &mut quiet {
            if left > 0.5 * *least {
                here = best.clone();
                break Stop::Precision;
            }
            (*best, *least) = (here.clone(), left);
        } else if hidden {
            quiet = Some((here.clone(), left));
        }

        loop {
            let q = model.step(radius);
            let mut x = here.x.clone();
            for (&j, q) in free.iter().zip(&q) {
                x[j] = clamp(options, j, (problem.round)(x[j] + q / scale[j]));
            }
            let step: Vec<f64> = x.iter().zip(&here.x).map(|(new, old)| new - old).collect();
            let length = norm(&scale, &step);
            if length == 0.0 {
                break 'ended if hidden { Stop::Precision } else { Stop::Step };
            }
            if evaluations >= options.max_evaluations {
                break 'ended Stop::Limit;
            }
            let residuals = (problem.residuals)(&x);
            evaluations += 1;
            if residuals.len() != here.residuals.len() {
                return Err(counts(here.residuals.len(), residuals.len()));
            }
            let sum_of_squares = dot(&residuals, &residuals);
            // As shares of the sum of squares: what the step brought, and what the linear model had foretold.
            let brought = 1.0 - sum_of_squares / here.sum_of_squares;
            let slope = dot(&gradient, &step) / here.sum_of_squares;
            let mut linear = vec![0.0; residuals.len()];
            here.columns.iter().zip(&step).for_each(|(column, &p)| axpy(&mut linear, p, column));
            let foretold = -2.0 * slope - dot(&linear, &linear) / here.sum_of_squares;
            let ratio = if foretold > 0.0 && brought.is_finite() { brought / foretold } else { -1.0 };

            // A step that rounding hides is taken for its smaller gradient, which shows when it is there.
            let blind = hidden && brought >= -noise;
            let mut taken = None;
            if ratio > 1e-4 || blind {
                jacobians += 1;
                let columns = checked((problem.jacobian)(&x)?, n, residuals.len())?;
                taken = Some(Point { x, residuals, sum_of_squares, columns }).filter(Point::is_finite);
            }
            if taken.is_none() || ratio <= 0.25 && !blind {
                // The minimum of the parabola through what is known along the step: values, and the slope here.
                let share = if brought >= 0.0 { 0.5 } else { 0.5 * slope / (slope + 0.5 * brought) };
                let share = if share.is_finite() { share.clamp(0.1, 0.5) } else { 0.1 };
                radius = share * radius.min(10.0 * length);
            } else if ratio >= 0.75 || length < 0.9 * radius {
                radius = 2.0 * length;
            }
            if let Some(point) = taken {
                here = point;
                let small = brought.abs() <= options.ftol && foretold <= options.ftol && ratio <= 2.0;
                if here.sum_of_squares == 0.0 || options.ftol > 0.0 && small {
                    break 'ended Stop::Reduction;
                }
                if radius <= options.xtol * norm(&scale, &here.x) {
                    break 'ended Stop::Step;
                }
                break;
            }
            if radius <= options.xtol.max(f64::EPSILON) * size || radius < f64::MIN_POSITIVE {
                break 'ended Stop::Step;
            }
        }
    };

    let degrees_of_freedom = here.residuals.len().saturating_sub(n);
    let covariance = (degrees_of_freedom > 0).then(|| covariance(&here, degrees_of_freedom)).flatten();
    let Point { x: parameters, sum_of_squares, .. } = here;
    Ok(End { parameters, sum_of_squares, covariance, degrees_of_freedom, evaluations, jacobians, stop })
}

/// s² (JᵀJ)⁻¹.
fn covariance(here: &Point, degrees_of_freedom: usize) -> Option<Vec<Vec<f64>>> {
    let variance = here.sum_of_squares / degrees_of_freedom as f64;
    let mut scale = vec![0.0; here.x.len()];
    rescale(&mut scale, &Scaling::Jacobian, &here.columns);
    let scaled = here.columns.iter().zip(&scale).map(|(column, s)| column.iter().map(|x| x / s).collect()).collect();
    let mut inverse = Decomposition::new(scaled, here.residuals.clone(), f64::EPSILON).inverse()?;
    for (i, row) in inverse.iter_mut().enumerate() {
        row.iter_mut().zip(&scale).for_each(|(x, s)| *x *= variance / scale[i] / s);
    }
    Some(inverse)
}

/// The lengths of the columns, or the longest so far.
fn rescale(scale: &mut [f64], scaling: &Scaling, columns: &[Vec<f64>]) {
    for (j, s) in scale.iter_mut().enumerate() {
        *s = match scaling {
            Scaling::Jacobian => s.max(dot(&columns[j], &columns[j]).sqrt()),
            Scaling::None => 1.0,
            Scaling::Fixed(fixed) => fixed[j],
        };
        // A parameter without influence so far.
        if *s == 0.0 {
            *s = 1.0;
        }
    }
}

/// Whether the residuals are at a right angle to the Jacobian, as they are at a minimum.
fn is_flat(here: &Point, gradient: &[f64], free: &[usize], gtol: f64) -> bool {
    free.iter().all(|&j| {
        let length = dot(&here.columns[j], &here.columns[j]).sqrt() * here.sum_of_squares.sqrt();
        gradient[j].abs() <= gtol * length
    })
}

/// Whether a parameter lies on a bound, with the descent leading beyond.
fn is_held(options: &LevenbergMarquardt, j: usize, x: f64, slope: f64) -> bool {
    options.bounds.as_ref().is_some_and(|(low, high)| x <= low[j] && slope > 0.0 || x >= high[j] && slope < 0.0)
}

fn clamp(options: &LevenbergMarquardt, j: usize, x: f64) -> f64 {
    options.bounds.as_ref().map_or(x, |(low, high)| x.clamp(low[j], high[j]))
}

/// ‖D x‖
fn norm(scale: &[f64], x: &[f64]) -> f64 {
    scale.iter().zip(x).map(|(s, x)| (s * x).powi(2)).sum::<f64>().sqrt()
}

fn checked(columns: Vec<Vec<f64>>, n: usize, m: usize) -> Result<Vec<Vec<f64>>> {
    match columns.iter().find(|column| column.len() != m) {
        None if columns.len() == n => Ok(columns),
        column => {
            let (rows, count) = (column.map_or(m, Vec::len), columns.len());
            let rule = "its part by a tensor of shape s has the residuals' shape followed by s";
            let problem = format!("a Jacobian of {rows} × {count} for {m} residuals and {n} parameters: {rule}");
            Err(Error::value(NAME, problem))
        }
    }
}

fn counts(before: usize, now: usize) -> Error {
    Error::value(NAME, format!("{before} residuals before, {now} now: their number must stay the same"))
}

fn finite_start(start: &Point) -> Result<()> {
    if start.residuals.is_empty() {
        return Err(Error::value(NAME, "there are no residuals"));
    }
    if let Some(i) = start.residuals.iter().position(|r| !r.is_finite()) {
        let problem = format!("residual {i} at the start is {}: start where all are finite", start.residuals[i]);
        return Err(Error::value(NAME, problem));
    }
    if !start.sum_of_squares.is_finite() {
        return Err(Error::value(NAME, "the sum of squares at the start overflows: scale the residuals down"));
    }
    match start.columns.iter().position(|column| column.iter().any(|x| !x.is_finite())) {
        Some(j) => Err(Error::value(NAME, format!("the derivative by parameter {j} at the start is not finite"))),
        None => Ok(()),
    }
}

fn check(options: &LevenbergMarquardt, start: &[f64]) -> Result<()> {
    let n = start.len();
    let wrong = |problem: String| Err(Error::value(NAME, problem));
    let tolerances = [("ftol", options.ftol), ("xtol", options.xtol), ("gtol", options.gtol)];
    if let Some((name, value)) = tolerances.iter().find(|(_, value)| !(0.0..1.0).contains(value)) {
        return wrong(format!("{name} is {value}; it must be a number from 0 to below 1"));
    }
    if !(options.initial_step > 0.0 && options.initial_step.is_finite()) {
        return wrong(format!("initial_step is {}; it must be a positive number", options.initial_step));
    }
    if n == 0 {
        return wrong("there are no parameters".into());
    }
    if let Some(j) = start.iter().position(|x| !x.is_finite()) {
        return wrong(format!("parameter {j} starts at {}", start[j]));
    }
    if let Scaling::Fixed(scale) = &options.scaling {
        if scale.len() != n {
            return wrong(format!("{} numbers for the scaling of {n} parameters", scale.len()));
        }
        if let Some(s) = scale.iter().find(|s| !(**s > 0.0 && s.is_finite())) {
            return wrong(format!("a scaling by {s}; it must be by positive numbers"));
        }
    }
    if let Some((low, high)) = &options.bounds {
        if (low.len(), high.len()) != (n, n) {
            return wrong(format!("{} lower and {} upper bounds for {n} parameters", low.len(), high.len()));
        }
        let inside = |j: &usize| low[*j] <= start[*j] && start[*j] <= high[*j];
        if let Some(j) = (0..n).find(|j| !inside(j)) {
            let (low, high) = (low[j], high[j]);
            return wrong(format!(
                "parameter {j} starts at {}, which is not between its bounds {low} and {high}",
                start[j]
            ));
        }
    }
    Ok(())
}
