//! Finite differences: of ⟨v, f⟩, along one element or a direction through all of them.

use super::{Function, GradcheckError, GradcheckOptions, Gradients, Place, WrongGradient};
use crate::backend::Autodiff;
use crate::gradient::{BackwardOptions, Gradient, try_grad};
use crate::mode::enable_grad;
use tensor_core::{Backend, Generator, Real, Tensor};

/// A direction to look into from the inputs.
pub(super) struct Probe {
    pub(super) place: Place,
    /// By how much each element of the inputs moves in a step of 1: all, or one of them.
    moves: Moves,
}

enum Moves {
    One { element: usize, by: f64 },
    All(Vec<f64>),
}

/// The derivative along a probe, from both sides of the matter.
pub(super) struct Derivative {
    pub(super) analytic: f64,
    pub(super) numeric: f64,
    pub(super) allowed: f64,
    pub(super) kink: bool,
}

impl Derivative {
    pub(super) fn wrong(&self, place: Place, unreached: bool) -> WrongGradient {
        let &Derivative { analytic, numeric, allowed, .. } = self;
        WrongGradient { place, analytic, numeric, allowed, unreached }
    }
}

/// Everything that all probes share. Inputs, and outputs, are laid one behind the other.
pub(super) struct Plan<'a, T: Real, B: Backend> {
    f: Function<'a, T, B>,
    shapes: Vec<Vec<usize>>,
    /// The inputs.
    x: Vec<T>,
    /// The outputs at the inputs.
    y: Vec<f64>,
    output_shapes: Vec<Vec<usize>>,
    /// The cotangent of the outputs.
    v: Vec<f64>,
    /// The gradient by the backward pass; 0 where it did not reach.
    gradient: Vec<f64>,
    step: f64,
    relative: f64,
    absolute: f64,
}

/// The outputs at the end of a step.
struct Step {
    /// How far each element has really moved: where it was rounded to.
    moved: Vec<f64>,
    y: Vec<f64>,
}

fn joined<T: Real, B: Backend>(tensors: &[Tensor<T, Autodiff<B>>]) -> Vec<f64> {
    tensors.iter().flat_map(|x| x.to_vec()).map(T::as_f64).collect()
}

fn shapes<T: Real, B: Backend>(tensors: &[Tensor<T, Autodiff<B>>]) -> Vec<Vec<usize>> {
    tensors.iter().map(|x| x.shape().to_vec()).collect()
}

impl<'a, T: Real, B: Backend> Plan<'a, T, B> {
    pub(super) fn new(
        f: Function<'a, T, B>,
        inputs: &[&Tensor<T, Autodiff<B>>],
        cotangents: &[Tensor<T, Autodiff<B>>],
        gradients: &Gradients<T, B>,
        options: GradcheckOptions,
    ) -> Result<Self, GradcheckError> {
        let double = size_of::<T>() == 8;
        let constants: Vec<_> = inputs.iter().map(|x| x.detach()).collect();
        let outputs = enable_grad(|| f(&constants));
        let gradients: Vec<_> =
            gradients.iter().zip(&constants).map(|(g, x)| g.clone().unwrap_or_else(|| x.zeros_like())).collect();
        Ok(Plan {
            f,
            shapes: shapes(&constants),
            x: inputs.iter().flat_map(|x| x.to_vec()).collect(),
            y: joined(&outputs),
            output_shapes: shapes(&outputs),
            v: joined(cotangents),
            gradient: joined(&gradients),
            step: options.step.unwrap_or(T::epsilon().as_f64().powf(0.25)),
            relative: options.relative.unwrap_or(if double { 1e-6 } else { 1e-3 }),
            absolute: options.absolute.unwrap_or(if double { 1e-8 } else { 1e-4 }),
        })
    }

    /// The probe of the `element`-th of all elements.
    pub(super) fn element(&self, element: usize) -> Probe {
        let (mut input, mut rest) = (0, element);
        while rest >= self.shapes[input].iter().product() {
            rest -= self.shapes[input].iter().product::<usize>();
            input += 1;
        }
        let mut index = vec![0; self.shapes[input].len()];
        for (place, size) in index.iter_mut().zip(&self.shapes[input]).rev() {
            (*place, rest) = (rest % size, rest / size);
        }
        let by = self.x[element].as_f64().abs().max(1.0);
        Probe { place: Place::Element { input, index }, moves: Moves::One { element, by } }
    }

    /// A random direction of length 1, the elements measured in units of max(1, |x|).
    pub(super) fn direction(&self, number: usize, generator: &mut Generator) -> Probe {
        let mut moves = Tensor::<f64, Autodiff<B>>::randn_with(generator, [self.x.len()]).to_vec();
        let length = moves.iter().map(|u| u * u).sum::<f64>().sqrt();
        moves.iter_mut().zip(&self.x).for_each(|(u, x)| *u *= x.as_f64().abs().max(1.0) / length);
        Probe { place: Place::Direction(number), moves: Moves::All(moves) }
    }

    /// Goes by `h` along the probe.
    fn walk(&self, probe: &Probe, h: f64) -> Result<Step, GradcheckError> {
        let mut x = self.x.clone();
        match &probe.moves {
            &Moves::One { element, by } => x[element] = T::from_f64(x[element].as_f64() + h * by),
            Moves::All(moves) => {
                x.iter_mut().zip(moves).for_each(|(x, by)| *x = T::from_f64(x.as_f64() + h * by));
            }
        }
        let moved = x.iter().zip(&self.x).map(|(to, from)| to.as_f64() - from.as_f64()).collect();
        let mut rest = &x[..];
        let mut inputs = Vec::with_capacity(self.shapes.len());
        for shape in &self.shapes {
            let (these, others) = rest.split_at(shape.iter().product());
            inputs.push(Tensor::<T, Autodiff<B>>::from_slice(these, &shape[..]));
            rest = others;
        }
        let outputs = enable_grad(|| (self.f)(&inputs));
        if shapes(&outputs) != self.output_shapes {
            return Err(GradcheckError::Shape(probe.place.clone()));
        }
        let y = joined(&outputs);
        match y.iter().chain(&self.y).all(|y| y.is_finite()) {
            true => Ok(Step { moved, y }),
            false => Err(GradcheckError::NotFinite(probe.place.clone())),
        }
    }

    /// Both derivatives along the probe.
    pub(super) fn measure(&self, probe: &Probe) -> Result<Derivative, GradcheckError> {
        let h = self.step;
        let slope = |h: f64| -> Result<_, GradcheckError> {
            let (up, down) = (self.walk(probe, h)?, self.walk(probe, -h)?);
            let numeric = self.cotangent(|i| (up.y[i] - down.y[i]) / (2.0 * h));
            let bend = self.cotangent(|i| (up.y[i] - self.y[i] + (down.y[i] - self.y[i])) / h);
            let analytic = dot(&self.gradient, |j| (up.moved[j] - down.moved[j]) / (2.0 * h));
            // What rounding of outputs, and of the way inputs went, can contribute. Outputs that did not change were
            // rounded alike.
            let y = norm((0..self.y.len()).filter(|&i| up.y[i] != down.y[i]).map(|i| self.v[i] * self.y[i]));
            let x =
                norm((0..self.x.len()).filter(|&j| up.moved[j] != 0.0).map(|j| self.gradient[j] * self.x[j].as_f64()));
            Ok((numeric, analytic, bend, 8.0 * T::epsilon().as_f64() * (x + y) / h))
        };
        let (wide, narrow) = (slope(h)?, slope(h / 2.0)?);
        let numeric = (4.0 * narrow.0 - wide.0) / 3.0;
        let analytic = (4.0 * narrow.1 - wide.1) / 3.0;
        let allowed = self.absolute + self.relative * numeric.abs().max(analytic.abs()) + wide.3;
        // The slopes to the right and to the left differ by h·f″, half as much at half the step; at a kink they differ
        // at any step, but if it lies between the steps: then they differ at one of both only.
        // Differences of slopes are rounded more coarsely than slopes.
        let kink = (wide.2 - 2.0 * narrow.2).abs() > allowed + 8.0 * wide.3;
        Ok(Derivative { analytic, numeric, allowed, kink })
    }

    /// Holds v·(J·u) against (vᵀJ)·u along a random direction u.
    pub(super) fn forward(
        &self,
        leaves: &[Tensor<T, Autodiff<B>>],
        cotangents: &[Tensor<T, Autodiff<B>>],
        generator: &mut Generator,
    ) -> Result<(), GradcheckError> {
        let failed = |error: tensor_core::Error| GradcheckError::Backward(error.to_string());
        let outputs = enable_grad(|| (self.f)(leaves));
        // vᵀJ is linear in v: recorded at some v, its derivative by v in the direction u is J·u.
        let v: Vec<_> = cotangents.iter().map(|v| v.detach().with_grad()).collect();
        let roots: Vec<_> =
            outputs.iter().zip(&v).filter(|(y, _)| y.requires_grad()).map(|(y, v)| (y, Some(v))).collect();
        let create = BackwardOptions { create_graph: true, ..Default::default() };
        let pulled = try_grad(&roots, &leaves.iter().collect::<Vec<_>>(), create).map_err(failed)?;
        let u: Vec<_> = leaves.iter().map(|x| Tensor::randn_with(generator, x.shape())).collect();
        let both = pulled.iter().zip(&u).filter_map(|(g, u)| Some((g.as_ref()?, u)));
        let roots: Vec<_> = both.filter(|(g, _)| g.requires_grad()).map(|(g, u)| (g, Some(u))).collect();
        let along = try_grad(&roots, &v.iter().collect::<Vec<_>>(), BackwardOptions::default()).map_err(failed)?;
        let along: Vec<_> = along.into_iter().zip(&v).map(|(ju, v)| ju.unwrap_or_else(|| v.zeros_like())).collect();
        let (along, u) = (joined(&along), joined(&u));
        let (forward, backward) = (dot(&self.v, |i| along[i]), dot(&self.gradient, |j| u[j]));
        let size = norm(self.v.iter().zip(&along).map(|(v, ju)| v * ju))
            .max(norm(self.gradient.iter().zip(&u).map(|(g, u)| g * u)));
        // Sums of rounded products: their number makes them worse.
        let count = (self.v.len() + self.x.len()) as f64;
        let allowed = self.absolute + self.relative * size + T::epsilon().as_f64() * count * size;
        match (forward - backward).abs() <= allowed {
            true => Ok(()),
            false => Err(GradcheckError::Forward { forward, backward, allowed }),
        }
    }

    /// ⟨v, y⟩ of some y.
    fn cotangent(&self, y: impl Fn(usize) -> f64) -> f64 {
        dot(&self.v, y)
    }
}

fn dot(a: &[f64], b: impl Fn(usize) -> f64) -> f64 {
    a.iter().enumerate().map(|(i, a)| a * b(i)).sum()
}

fn norm(x: impl Iterator<Item = f64>) -> f64 {
    x.map(|x| x * x).sum::<f64>().sqrt()
}
