//! Derivatives of functions: gradients, products with Jacobians and Hessians, and these as whole.
//!
//! A function is a closure, which may capture tensors, or a plain `fn`, over the caller's own tensor type; what it is
//! differentiated by is a tensor or a [`Tree`] of tensors. Nothing is accumulated anywhere: derivatives are returned.
//!
//! | of f: ℝⁿ → ℝᵐ at x | |
//! |---|---|
//! | [`grad`], [`value_and_grad`] | ∇f, m = 1 |
//! | [`vjp`] | v ↦ vᵀJ, as often as wanted |
//! | [`jvp`] | J·v |
//! | [`jacobian`] | J, by rows or by columns, whichever takes fewer passes |
//! | [`hvp`], [`second_order`] | ∇²f·v, m = 1; [`second_order`] for many v |
//! | [`hessian`], [`hessian_blocks`] | ∇²f |
//! | [`gnvp`] | Jᵀ ∇²L J·v, the Gauss-Newton matrix of a loss L of a model |
//!
//! A prelude has a `grad` of its own, of outputs by inputs; beside it, write `functional::grad`.
//!
//! They nest: a function may itself contain derivatives, of the same or other variables. Each call tells its own
//! variables from all others by the nodes of the graph, so that perturbations cannot be confused. A result is part of the
//! caller's graph if the arguments, or anything that the function captured, are; otherwise it is a constant.
//!
//! ```
//! use autograd::{Autodiff, functional::{grad, hvp, jacobian}};
//! use tensor_core::{Serial, Tensor};
//! type T = Tensor<f64, Autodiff<Serial>>;
//!
//! let x = T::new([1.0, 2.0]);
//! assert_eq!(grad(|x| x.powi(3).sum(), &x).to_vec(), [3.0, 12.0]);
//! assert_eq!(jacobian(|x| x.square(), &x).to_vec(), [2.0, 0.0, 0.0, 4.0]);
//! assert_eq!(hvp(|x| x.powi(3).sum(), &x, &T::new([1.0, 1.0])).to_vec(), [6.0, 12.0]);
//! // The derivative by a of the derivative by b of a·b² + a·b.
//! let (a, b) = (T::new(2.0), T::new(3.0));
//! let mixed = grad(|a: &T| grad(|b: &T| a * b.square() + a * b, &b), &a);
//! assert_eq!(mixed.item(), 7.0);
//! ```

mod tree;

pub use tree::{TensorOf, Tree};

use crate::backend::{Autodiff, Var};
use crate::gradient::{BackwardOptions, Gradient, try_grad as gradients_of};
use crate::graph::reaches_other_leaf;
use crate::mode::{enable_grad, is_grad_enabled};
use tensor_core::{Backend, Error, Real, Result, Tensor};

/// Makes the two forms of a function: `name` panics at the caller's line with the error's message, `try_name` returns it.
macro_rules! fallible {
    ($($(#[$doc:meta])* fn $name:ident | $try:ident <$($g:ident $(: $bound:path)?),*> ($($arg:ident: $ty:ty),*) -> $out:ty
        where { $($where:tt)* } $body:block)*) => { $(
        $(#[$doc])*
        #[track_caller]
        pub fn $name<$($g $(: $bound)?),*>($($arg: $ty),*) -> $out where $($where)* {
            match $try($($arg),*) {
                Ok(value) => value,
                Err(error) => error.panic(),
            }
        }

        #[doc = concat!("[`", stringify!($name), "`], with the error returned instead of a panic.")]
        ///
        /// # Errors
        #[doc = concat!("Where `", stringify!($name), "` panics.")]
        pub fn $try<$($g $(: $bound)?),*>($($arg: $ty),*) -> Result<$out> where $($where)* $body
    )* };
}

/// A function that was run on variables of its own.
struct Run<T: Real, B: Backend> {
    variables: Vec<Tensor<T, Autodiff<B>>>,
    output: Tensor<T, Autodiff<B>>,
    /// Whether derivatives are part of the caller's graph.
    nested: bool,
}

impl<T: Real, B: Backend> Run<T, B> {
    fn new<X: Tree<Real = T, Backend = B> + ?Sized, Y: Into<TensorOf<X>>>(
        f: impl FnOnce(&X::Owned) -> Y,
        x: &X,
    ) -> Self {
        let outside = is_grad_enabled();
        let given = tensors(x);
        // A variable of this run alone: a leaf, or a node of its own behind the caller's.
        let variable = |x: &&Tensor<T, Autodiff<B>>| {
            if outside && x.requires_grad() {
                x.permute((0..x.rank() as isize).collect::<Vec<_>>()).into_tensor()
            } else {
                x.detach().with_grad()
            }
        };
        let variables: Vec<_> = given.iter().map(variable).collect();
        let output = enable_grad(|| f(&rebuild(x, &variables)).into());
        let nested = outside
            && (given.iter().any(|x| x.requires_grad())
                || node(&output).is_some_and(|y| reaches_other_leaf(y, variables.iter().filter_map(node))));
        Run { variables, output, nested }
    }

    /// The function's value, for the caller.
    fn value(&self) -> Tensor<T, Autodiff<B>> {
        if self.nested { self.output.clone() } else { self.output.detach() }
    }

    /// vᵀJ by each variable; `v` may be left out for a single number.
    fn pull(
        &self,
        v: Option<&Tensor<T, Autodiff<B>>>,
        create: bool,
        retain: bool,
    ) -> Result<Vec<Tensor<T, Autodiff<B>>>> {
        if v.is_none() && self.output.numel() != 1 {
            let hint =
                "only a function with a single number for its value has a gradient; reduce it by `sum` or `mean`";
            return Err(Error::shape("grad", &[self.output.layout().shape()], hint));
        }
        if !self.output.requires_grad() {
            return Ok(self.variables.iter().map(Tensor::zeros_like).collect());
        }
        let options = BackwardOptions { create_graph: create, retain_graph: retain };
        let variables: Vec<_> = self.variables.iter().collect();
        let gradients = gradients_of(&[(&self.output, v)], &variables, options)?;
        Ok(gradients.into_iter().zip(variables).map(|(g, x)| g.unwrap_or_else(|| x.zeros_like())).collect())
    }
}

fn node<T: Real, B: Backend>(x: &Tensor<T, Autodiff<B>>) -> Option<&crate::graph::NodeRef<B>> {
    let var: &Var<T, B> = x.prim();
    var.track.as_ref().map(|track| track.node())
}

pub(crate) fn tensors<X: Tree + ?Sized>(x: &X) -> Vec<&Tensor<X::Real, Autodiff<X::Backend>>> {
    let mut all = Vec::new();
    x.tensors(&mut all);
    all
}

/// The structure of `x` with these tensors.
pub(crate) fn rebuild<X: Tree + ?Sized>(x: &X, tensors: &[Tensor<X::Real, Autodiff<X::Backend>>]) -> X::Owned {
    let mut tensors = tensors.iter();
    x.rebuild(&mut || tensors.next().expect("as many as there were").clone())
}

/// The tensors of a direction, which must have the shapes of the variables.
fn directions<'a, X: Tree + ?Sized, V: Tree<Real = X::Real, Backend = X::Backend> + ?Sized>(
    op: &'static str,
    x: &[Tensor<X::Real, Autodiff<X::Backend>>],
    v: &'a V,
) -> Result<Vec<&'a TensorOf<X>>> {
    let v = tensors(v);
    if v.len() != x.len() {
        return Err(Error::value(op, format!("{} tensors in the direction for {} variables", v.len(), x.len())));
    }
    match v.iter().zip(x).find(|(v, x)| v.shape() != x.shape()) {
        Some((v, x)) => {
            let shapes = [x.layout().shape(), v.layout().shape()];
            Err(Error::shape(op, &shapes, "a direction has the shape of its variable"))
        }
        None => Ok(v),
    }
}

/// The gradient of Σ ⟨a, b⟩, recorded, by `variables`; zeros where there is none.
fn grad_of_products<T: Real, B: Backend>(
    a: &[Tensor<T, Autodiff<B>>],
    b: &[&Tensor<T, Autodiff<B>>],
    variables: &[&Tensor<T, Autodiff<B>>],
    options: BackwardOptions,
) -> Result<Vec<Tensor<T, Autodiff<B>>>> {
    let roots: Vec<_> = a.iter().zip(b).filter(|(a, _)| a.requires_grad()).map(|(a, b)| (a, Some(*b))).collect();
    let found = gradients_of(&roots, variables, options)?;
    Ok(found.into_iter().zip(variables).map(|(g, x)| g.unwrap_or_else(|| x.zeros_like())).collect())
}

fallible! {
    /// The gradient of `f`, a function to a single number, at `x`.
    ///
    /// ```
    /// # use autograd::{Autodiff, functional::grad};
    /// # use tensor_core::{Serial, Tensor};
    /// # type T = Tensor<f64, Autodiff<Serial>>;
    /// fn f((a, b): &(T, T)) -> T { (a * b).sum() }
    /// let (by_a, by_b) = grad(f, &(T::new([1.0, 2.0]), T::new([3.0, 4.0])));
    /// assert_eq!((by_a.to_vec(), by_b.to_vec()), (vec![3.0, 4.0], vec![1.0, 2.0]));
    /// ```
    ///
    /// # Panics
    /// If the value of `f` is not a single number.
    fn grad | try_grad<X, Y> (f: impl FnOnce(&X::Owned) -> Y, x: &X) -> X::Owned
    where { X: Tree + ?Sized, Y: Into<TensorOf<X>> } {
        Ok(try_value_and_grad(f, x)?.1)
    }

    /// The value of `f`, a function to a single number, at `x`, and its gradient.
    ///
    /// # Panics
    /// If the value of `f` is not a single number.
    fn value_and_grad | try_value_and_grad<X, Y> (f: impl FnOnce(&X::Owned) -> Y, x: &X) -> (TensorOf<X>, X::Owned)
    where { X: Tree + ?Sized, Y: Into<TensorOf<X>> } {
        let run = Run::new(f, x);
        let gradient = rebuild(x, &run.pull(None, run.nested, run.nested)?);
        Ok((run.value(), gradient))
    }

    /// J·v: how the value of `f` changes when `x` moves along `v`. The value, and the product.
    ///
    /// It is the vjp of the vjp: vᵀJ is linear in v, and its own product with a cotangent is J times that. It costs
    /// about three times `f`.
    ///
    /// ```
    /// # use autograd::{Autodiff, functional::jvp};
    /// # use tensor_core::{Serial, Tensor};
    /// # type T = Tensor<f64, Autodiff<Serial>>;
    /// let (y, dy) = jvp(|x: &T| x.square(), &T::new([1.0, 2.0]), &T::new([1.0, 10.0]));
    /// assert_eq!((y.to_vec(), dy.to_vec()), (vec![1.0, 4.0], vec![2.0, 40.0]));
    /// ```
    ///
    /// # Panics
    /// If `v` has not the structure and shapes of `x`.
    fn jvp | try_jvp<X, V, Y> (f: impl FnOnce(&X::Owned) -> Y, x: &X, v: &V) -> (TensorOf<X>, TensorOf<X>)
    where { X: Tree + ?Sized, V: Tree<Real = X::Real, Backend = X::Backend> + ?Sized, Y: Into<TensorOf<X>> } {
        let run = Run::new(f, x);
        let v = directions::<X, V>("jvp", &run.variables, v)?;
        let product = push(&run, &v)?;
        Ok((run.value(), product))
    }

    /// The Jacobian of `f` at `x`: for each tensor of `x`, of shape s, one of shape [m…, s…], where m… is that of the value
    /// of `f`.
    ///
    /// It takes one backward pass for each element of the value or, where these are more than twice as many, one
    /// [`jvp`] for each element of `x`.
    ///
    /// ```
    /// # use autograd::{Autodiff, functional::jacobian};
    /// # use tensor_core::{Serial, Tensor};
    /// # type T = Tensor<f64, Autodiff<Serial>>;
    /// let a = T::new([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    /// let j = jacobian(|x: &T| a.matmul(x), &T::new([1.0, 1.0]));
    /// assert_eq!(j.to_vec(), a.to_vec());
    /// ```
    fn jacobian | try_jacobian<X, Y> (f: impl FnOnce(&X::Owned) -> Y, x: &X) -> X::Owned
    where { X: Tree + ?Sized, Y: Into<TensorOf<X>> } {
        let run = Run::new(f, x);
        let inputs: usize = run.variables.iter().map(Tensor::numel).sum();
        let blocks = if run.output.numel() > 2 * inputs { columns(&run)? } else { rows(&run)? };
        Ok(rebuild(x, &blocks))
    }

    /// ∇²f·v, the Hessian of `f`, a function to a single number, times a direction: the gradient of ⟨∇f, v⟩.
    ///
    /// For several directions at one place see [`second_order`].
    ///
    /// # Panics
    /// If the value of `f` is not a single number, or `v` has not the structure and shapes of `x`.
    fn hvp | try_hvp<X, V, Y> (f: impl FnOnce(&X::Owned) -> Y, x: &X, v: &V) -> X::Owned
    where { X: Tree + ?Sized, V: Tree<Real = X::Real, Backend = X::Backend> + ?Sized, Y: Into<TensorOf<X>> } {
        let run = Run::new(f, x);
        let v = directions::<X, V>("hvp", &run.variables, v)?;
        let gradient = run.pull(None, true, true)?;
        let variables: Vec<_> = run.variables.iter().collect();
        let nested = run.nested || is_grad_enabled() && v.iter().any(|v| v.requires_grad());
        let options = BackwardOptions { create_graph: nested, retain_graph: nested };
        Ok(rebuild(x, &grad_of_products(&gradient, &v, &variables, options)?))
    }

    /// The Hessian of `f`, a function to a single number, at a tensor of shape s: [s…, s…].
    ///
    /// ```
    /// # use autograd::{Autodiff, functional::hessian};
    /// # use tensor_core::{Serial, Tensor};
    /// # type T = Tensor<f64, Autodiff<Serial>>;
    /// let h = hessian(|x: &T| x.prod(), &T::new([2.0, 3.0, 5.0]));
    /// assert_eq!(h.to_vec(), [0.0, 5.0, 3.0, 5.0, 0.0, 2.0, 3.0, 2.0, 0.0]);
    /// ```
    ///
    /// # Panics
    /// If the value of `f` is not a single number.
    fn hessian | try_hessian<T: Real, B: Backend, Y> (
        f: impl FnOnce(&Tensor<T, Autodiff<B>>) -> Y,
        x: &Tensor<T, Autodiff<B>>
    ) -> Tensor<T, Autodiff<B>>
    where { Y: Into<Tensor<T, Autodiff<B>>> } {
        Ok(try_hessian_blocks(f, x)?.remove(0).remove(0))
    }

    /// The Hessian of `f`, a function to a single number of several tensors: block (i, j), of shape [sᵢ…, sⱼ…], is
    /// ∂²f / ∂xᵢ ∂xⱼ, for the tensors of `x` one after the other.
    ///
    /// # Panics
    /// If the value of `f` is not a single number.
    fn hessian_blocks | try_hessian_blocks<X, Y> (f: impl FnOnce(&X::Owned) -> Y, x: &X) -> Vec<Vec<TensorOf<X>>>
    where { X: Tree + ?Sized, Y: Into<TensorOf<X>> } {
        let run = Run::new(f, x);
        let gradients = run.pull(None, true, true)?;
        gradients
            .into_iter()
            .map(|output| rows(&Run { variables: run.variables.clone(), output, nested: run.nested }))
            .collect()
    }

    /// The Gauss-Newton matrix times a direction, Jᵀ H J·v: J the Jacobian of `model` at `x`, H the Hessian of `loss`, a
    /// function to a single number, at the model's value. For a convex loss it has no negative curvature; for a sum of
    /// squares it is 2·JᵀJ·v.
    ///
    /// ```
    /// # use autograd::{Autodiff, functional::gnvp};
    /// # use tensor_core::{Serial, Tensor};
    /// # type T = Tensor<f64, Autodiff<Serial>>;
    /// let (x, v) = (T::new([1.0, 2.0]), T::new([1.0, 1.0]));
    /// let product = gnvp(|x: &T| x.square(), |y: &T| y.square().sum(), &x, &v);
    /// assert_eq!(product.to_vec(), [8.0, 32.0]); // J = diag(2, 4), H = 2
    /// ```
    ///
    /// # Panics
    /// If the value of `loss` is not a single number, or `v` has not the structure and shapes of `x`.
    fn gnvp | try_gnvp<X, V, Y, L> (
        model: impl FnOnce(&X::Owned) -> Y,
        loss: impl FnOnce(&TensorOf<X>) -> L,
        x: &X,
        v: &V
    ) -> X::Owned
    where { X: Tree + ?Sized, V: Tree<Real = X::Real, Backend = X::Backend> + ?Sized, Y: Into<TensorOf<X>>, L: Into<TensorOf<X>> } {
        let run = Run::new(model, x);
        let v = directions::<X, V>("gnvp", &run.variables, v)?;
        let along = push(&run, &v)?;
        let curved = try_hvp(loss, &run.value(), &along)?;
        Ok(rebuild(x, &run.pull(Some(&curved), run.nested, run.nested)?))
    }
}

/// J·v. The graph of `run` stays.
fn push<T: Real, B: Backend>(run: &Run<T, B>, v: &[&Tensor<T, Autodiff<B>>]) -> Result<Tensor<T, Autodiff<B>>> {
    let cotangent = run.output.detach().zeros_like().with_grad();
    let pulled = run.pull(Some(&cotangent), true, true)?;
    let nested = run.nested || is_grad_enabled() && v.iter().any(|v| v.requires_grad());
    let options = BackwardOptions { create_graph: nested, retain_graph: true };
    Ok(grad_of_products(&pulled, v, &[&cotangent], options)?.remove(0))
}

/// The Jacobian row by row: a backward pass for each element of the output.
fn rows<T: Real, B: Backend>(run: &Run<T, B>) -> Result<Vec<Tensor<T, Autodiff<B>>>> {
    let shape = run.output.shape();
    let each = unit_vectors::<T, B>(shape).map(|v| run.pull(Some(&v), run.nested, true)).collect::<Result<Vec<_>>>()?;
    let block = |(k, x): (usize, &Tensor<T, Autodiff<B>>)| {
        let full: Vec<usize> = shape.iter().chain(x.shape()).copied().collect();
        if each.is_empty() {
            return Ok(Tensor::zeros(full));
        }
        let rows: Vec<_> = each.iter().map(|row| &row[k]).collect();
        Ok(Tensor::try_stack(&rows, 0)?
            .try_reshape(&full[..].iter().map(|&s| s as isize).collect::<Vec<_>>()[..])?
            .into_tensor())
    };
    run.variables.iter().enumerate().map(block).collect()
}

/// The Jacobian column by column: vᵀJ is recorded once, and differentiated by v in each direction.
fn columns<T: Real, B: Backend>(run: &Run<T, B>) -> Result<Vec<Tensor<T, Autodiff<B>>>> {
    let cotangent = run.output.detach().zeros_like().with_grad();
    let pulled = run.pull(Some(&cotangent), true, true)?;
    let options = BackwardOptions { create_graph: run.nested, retain_graph: true };
    let block = |pulled: &Tensor<T, Autodiff<B>>| {
        let (value, variable) = (run.output.shape(), pulled.shape());
        let column = |v| Ok(grad_of_products(std::slice::from_ref(pulled), &[&v], &[&cotangent], options)?.remove(0));
        let each: Vec<Tensor<T, Autodiff<B>>> = unit_vectors(variable).map(column).collect::<Result<_>>()?;
        if each.is_empty() {
            return Ok(Tensor::zeros([value, variable].concat()));
        }
        // Columns lie in memory one after the other; the axes are put in order by a view.
        let sizes: Vec<isize> = variable.iter().chain(value).map(|&s| s as isize).collect();
        let axes = (variable.len()..sizes.len()).chain(0..variable.len()).map(|axis| axis as isize);
        let columns = Tensor::try_stack(&each.iter().collect::<Vec<_>>(), 0)?.try_reshape(&sizes[..])?;
        Ok(columns.try_permute(axes.collect::<Vec<_>>())?.into_tensor())
    };
    pulled.iter().map(block).collect()
}

/// The tensors of `shape` with a single 1 and zeros elsewhere, in row-major order of the 1.
fn unit_vectors<T: Real, B: Backend>(shape: &[usize]) -> impl Iterator<Item = Tensor<T, Autodiff<B>>> {
    let (shape, n) = (shape.to_vec(), shape.iter().product());
    (0..n).map(move |i| {
        let mut elements = vec![T::zero(); n];
        elements[i] = T::one();
        Tensor::from_slice(&elements, &shape[..])
    })
}

/// The value of `f` at `x`, and its products vᵀJ.
///
/// ```
/// # use autograd::{Autodiff, functional::vjp};
/// # use tensor_core::{Serial, Tensor};
/// # type T = Tensor<f64, Autodiff<Serial>>;
/// let (y, pullback) = vjp(|x: &T| x.square(), &T::new([1.0, 2.0]));
/// assert_eq!(y.to_vec(), [1.0, 4.0]);
/// assert_eq!(pullback.apply(&T::new([1.0, 0.0])).to_vec(), [2.0, 0.0]);
/// assert_eq!(pullback.apply(&T::new([0.0, 1.0])).to_vec(), [0.0, 4.0]);
/// ```
pub fn vjp<X: Tree + ?Sized, Y: Into<TensorOf<X>>>(
    f: impl FnOnce(&X::Owned) -> Y,
    x: &X,
) -> (TensorOf<X>, Pullback<X>) {
    let run = Run::new(f, x);
    let x = rebuild(x, &run.variables);
    (run.value(), Pullback { run, x })
}

/// The products vᵀJ of a function, of which [`vjp`] has run the forward pass.
pub struct Pullback<X: Tree + ?Sized> {
    run: Run<X::Real, X::Backend>,
    /// For its structure.
    x: X::Owned,
}

impl<X: Tree + ?Sized> Pullback<X> {
    /// vᵀJ, in the structure of x; `v` has the shape of the value.
    ///
    /// # Panics
    /// If it has another.
    #[track_caller]
    pub fn apply(&self, v: &TensorOf<X>) -> X::Owned {
        match self.try_apply(v) {
            Ok(product) => product,
            Err(error) => error.panic(),
        }
    }

    /// [`apply`](Self::apply), with the error returned instead of a panic.
    ///
    /// # Errors
    /// Where `apply` panics.
    pub fn try_apply(&self, v: &TensorOf<X>) -> Result<X::Owned> {
        let nested = self.run.nested || is_grad_enabled() && v.requires_grad();
        Ok(rebuild(&self.x, &self.run.pull(Some(v), nested, true)?))
    }
}

/// The value of `f`, a function to a single number, at `x`, its gradient, and the products of its Hessian, for methods
/// that take many at one place, such as conjugate gradients.
///
/// ```
/// # use autograd::{Autodiff, functional::second_order};
/// # use tensor_core::{Serial, Tensor};
/// # type T = Tensor<f64, Autodiff<Serial>>;
/// let at = second_order(|x: &T| x.powi(3).sum(), &T::new([1.0, 2.0]));
/// assert_eq!((at.value.item(), at.gradient.to_vec()), (9.0, vec![3.0, 12.0]));
/// assert_eq!(at.hvp(&T::new([1.0, 0.0])).to_vec(), [6.0, 0.0]);
/// assert_eq!(at.hvp(&T::new([0.0, 1.0])).to_vec(), [0.0, 12.0]);
/// ```
///
/// # Panics
/// If the value of `f` is not a single number.
#[track_caller]
pub fn second_order<X: Tree + ?Sized, Y: Into<TensorOf<X>>>(f: impl FnOnce(&X::Owned) -> Y, x: &X) -> SecondOrder<X> {
    let run = Run::new(f, x);
    match run.pull(None, true, true) {
        Ok(recorded) => {
            let plain = |g: &TensorOf<X>| if run.nested { g.clone() } else { g.detach() };
            let gradient = rebuild(x, &recorded.iter().map(plain).collect::<Vec<_>>());
            let x = rebuild(x, &run.variables);
            SecondOrder { value: run.value(), gradient, recorded, run, x }
        }
        Err(error) => error.panic(),
    }
}

/// A function to a single number at one place, up to second order; made by [`second_order`].
pub struct SecondOrder<X: Tree + ?Sized> {
    /// f(x).
    pub value: TensorOf<X>,
    /// ∇f(x).
    pub gradient: X::Owned,
    /// The gradient as part of the graph.
    recorded: Vec<TensorOf<X>>,
    run: Run<X::Real, X::Backend>,
    /// For its structure.
    x: X::Owned,
}

impl<X: Tree + ?Sized> SecondOrder<X> {
    /// ∇²f(x)·v: one backward pass through the graph of the gradient.
    ///
    /// # Panics
    /// If `v` has not the structure and shapes of x.
    #[track_caller]
    pub fn hvp<V: Tree<Real = X::Real, Backend = X::Backend> + ?Sized>(&self, v: &V) -> X::Owned {
        let product = directions::<X, V>("hvp", &self.run.variables, v).and_then(|v| {
            let variables: Vec<_> = self.run.variables.iter().collect();
            let nested = self.run.nested || is_grad_enabled() && v.iter().any(|v| v.requires_grad());
            let options = BackwardOptions { create_graph: nested, retain_graph: true };
            grad_of_products(&self.recorded, &v, &variables, options)
        });
        match product {
            Ok(product) => rebuild(&self.x, &product),
            Err(error) => error.panic(),
        }
    }
}
