//! Parameters: what a model learns, as shared handles with a name, a value and a gradient.

use crate::backend::{Autodiff, Var};
use crate::gradient::{GradMut, Gradient, HookHandle, add_grad, no_gradient};
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Sub};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::ThreadId;
use tensor_core::{Arg, Backend, BackendArg, Error, Operand, Real, Result, Tensor, View};

/// A tensor that is learned: `nn.Parameter` in PyTorch.
///
/// It is a handle: [`share`](Parameter::share) gives another to the same parameter, [`duplicate`](Parameter::duplicate) a
/// parameter of its own with the same value (which of the two is meant is said, so there is no `Clone`). A `&Parameter`
/// can stand wherever a tensor can. Changing its value is safe at any time, also while a graph that used the old value
/// is waiting for its backward pass: tensors are values.
///
/// ```
/// use autograd::{Autodiff, Gradient, Parameter, no_grad};
/// use tensor_core::{Serial, Tensor, mse};
/// let x = Tensor::<f32, Autodiff<Serial>>::new([[1.0, 1.0], [2.0, 1.0]]);
/// let y = Tensor::new([5.0, 8.0]);
/// let a = Parameter::new(Tensor::new([-1.0, 1.0]));
///
/// let lr = 0.1;
/// let loss = mse(&x.matmul(&a), &y);
/// loss.backward();
/// no_grad(|| a.sub_(lr * a.grad()));
/// a.zero_grad();
/// assert!(mse(&x.matmul(&a), &y).item() < loss.item());
/// ```
#[must_use]
pub struct Parameter<T: Real, B: Backend>(Arc<Shared<T, B>>);

struct Shared<T: Real, B: Backend> {
    state: Mutex<State<T, B>>,
    /// Signalled when a writer has put the value back.
    back: Condvar,
}

struct State<T: Real, B: Backend> {
    name: String,
    /// How many threads wait for the value.
    waiting: usize,
    value: Value<T, B>,
}

enum Value<T: Real, B: Backend> {
    There(Tensor<T, Autodiff<B>>),
    /// Taken out by a thread that writes to it, so that no lock is held meanwhile.
    With(ThreadId),
}

impl<T: Real, B: Backend> Parameter<T, B> {
    /// A parameter with this value, cut off from the graph that computed it.
    pub fn new(value: Tensor<T, Autodiff<B>>) -> Self {
        Self::named("", value)
    }

    /// A parameter with a name, which printing and error messages show.
    pub fn named(name: impl Into<String>, value: Tensor<T, Autodiff<B>>) -> Self {
        let value = Value::There(value.detach().with_grad());
        Parameter(Arc::new(Shared {
            state: Mutex::new(State { name: name.into(), waiting: 0, value }),
            back: Condvar::new(),
        }))
    }

    /// Another handle to the same parameter.
    pub fn share(&self) -> Self {
        Parameter(self.0.clone())
    }

    /// A parameter of its own with the same name and value, and no gradient.
    pub fn duplicate(&self) -> Self {
        Self::named(self.name(), self.value().into_tensor())
    }

    /// Whether both are handles to the same parameter.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The name; empty if none was given.
    pub fn name(&self) -> String {
        self.lock().name.clone()
    }

    /// Gives the parameter a name.
    pub fn set_name(&self, name: impl Into<String>) {
        self.lock().name = name.into();
    }

    /// The value: a leaf, through which gradients reach the parameter.
    ///
    /// It waits while another thread is in the middle of changing the value.
    ///
    /// # Panics
    /// If this thread itself is: inside [`update`](Self::update) of the same parameter.
    #[track_caller]
    pub fn value(&self) -> View<T, Autodiff<B>> {
        View::new(self.clone_value())
    }

    #[track_caller]
    fn clone_value(&self) -> Tensor<T, Autodiff<B>> {
        match &self.wait().value {
            Value::There(value) => value.clone(),
            Value::With(_) => unreachable!("waited for"),
        }
    }

    /// The value for an operation, which needs its node and not the slot of its gradient.
    #[track_caller]
    #[inline]
    fn operand(&self) -> Var<T, B> {
        match &self.wait().value {
            Value::There(value) => {
                let Var { value, track } = value.prim();
                match track {
                    Some(track) => Var::of_node(value.clone(), track.node().clone()),
                    None => Var::constant(value.clone()),
                }
            }
            Value::With(_) => unreachable!("waited for"),
        }
    }

    /// Changes the value in place by `f`. Other threads that want it wait until `f` returns.
    ///
    /// # Panics
    /// If `f` uses the parameter itself: compute what is needed from it before.
    #[track_caller]
    pub fn update<R>(&self, f: impl FnOnce(&mut Tensor<T, Autodiff<B>>) -> R) -> R {
        let mut state = self.wait();
        let Value::There(value) = std::mem::replace(&mut state.value, Value::With(std::thread::current().id())) else {
            unreachable!("waited for")
        };
        drop(state);
        let mut out = PutBack { parameter: self, value: Some(value) };
        f(out.value.as_mut().expect("put back when dropped"))
    }

    /// The state, when the value is there.
    #[track_caller]
    fn wait(&self) -> MutexGuard<'_, State<T, B>> {
        let mut state = self.lock();
        while let Value::With(writer) = state.value {
            assert!(
                writer != std::thread::current().id(),
                "parameter {:?} is used while it is being updated; compute what the update needs from it before",
                state.name
            );
            state.waiting += 1;
            state = self.0.back.wait(state).unwrap_or_else(|poisoned| poisoned.into_inner());
            state.waiting -= 1;
        }
        state
    }

    /// The state, locked; a panic elsewhere leaves it whole.
    fn lock(&self) -> MutexGuard<'_, State<T, B>> {
        self.0.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The size of each axis.
    pub fn shape(&self) -> Vec<usize> {
        self.value().shape().to_vec()
    }

    /// The number of elements.
    pub fn numel(&self) -> usize {
        self.value().numel()
    }

    /// The elements, copied in row-major order.
    pub fn to_vec(&self) -> Vec<T> {
        self.value().to_vec()
    }

    /// The value as a constant.
    pub fn detach(&self) -> Tensor<T, Autodiff<B>> {
        self.value().detach()
    }

    /// Whether the parameter learns: whether it collects gradients.
    pub fn requires_grad(&self) -> bool {
        self.value().requires_grad()
    }

    /// Freezes the parameter (`false`: a constant until thawed; its gradient is dropped) or thaws it.
    pub fn set_requires_grad(&self, requires_grad: bool) {
        self.update(|value| {
            value.requires_grad_(requires_grad);
        });
    }

    /// The gradient collected so far, if there is one.
    pub fn get_grad(&self) -> Option<View<T, Autodiff<B>>> {
        self.value().get_grad()
    }

    /// The gradient collected so far.
    ///
    /// # Panics
    /// If there is none.
    ///
    /// ```compile_fail
    /// # use autograd::{Autodiff, Gradient, Parameter};
    /// # let a = Parameter::new(tensor_core::Tensor::<f32, Autodiff<tensor_core::Serial>>::new([1.0]));
    /// # a.value().sum().backward();
    /// a.grad().zero_(); // would be lost: use grad_mut or zero_grad
    /// ```
    #[track_caller]
    pub fn grad(&self) -> View<T, Autodiff<B>> {
        match self.get_grad() {
            Some(gradient) => gradient,
            None => no_gradient().panic(),
        }
    }

    /// The gradient, to be written in place: `a.grad_mut().zero_()`.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    pub fn grad_mut(&self) -> GradMut<T, B> {
        self.value().grad_mut()
    }

    /// Puts zeros in place of the gradient, if there is one.
    pub fn zero_grad(&self) {
        self.value().zero_grad();
    }

    /// Calls `hook` in each backward pass with the gradient of that pass, before it is added to what has been collected;
    /// `hook` may look at it (`None`) or replace it.
    ///
    /// ```
    /// use autograd::{Autodiff, Gradient, Parameter};
    /// use tensor_core::{Serial, Tensor};
    /// let a = Parameter::new(Tensor::<f32, Autodiff<Serial>>::new([1.0, 2.0]));
    /// let halved = a.hook(|g| Some(g * 0.5));
    /// a.value().sum().backward();
    /// assert_eq!(a.grad().to_vec(), [0.5, 0.5]);
    /// halved.remove();
    /// ```
    ///
    /// # Panics
    /// If the parameter is frozen.
    #[track_caller]
    pub fn hook(
        &self,
        hook: impl Fn(&Tensor<T, Autodiff<B>>) -> Option<Tensor<T, Autodiff<B>>> + Send + Sync + 'static,
    ) -> HookHandle<T, B> {
        match HookHandle::new(&self.value(), Arc::new(hook)) {
            Some(handle) => handle,
            None => Error::gradient("hook", "the parameter is frozen and has no gradient").panic(),
        }
    }

    /// Sets the gradient to a value, or to none.
    ///
    /// # Panics
    /// If the parameter is frozen, or the shapes differ.
    #[track_caller]
    pub fn set_grad(&self, gradient: Option<Tensor<T, Autodiff<B>>>) {
        self.value().set_grad(gradient);
    }
}

/// Adds gradients that were computed apart, on several threads or machines, to those of `parameters`: the lists of
/// gradients one after the other, so that the sums have the same bits whichever thread was done first.
///
/// ```
/// use autograd::{Autodiff, BackwardOptions, Parameter, accumulate, grad};
/// use rayon::prelude::*;
/// use tensor_core::{Serial, Tensor};
/// let a = Parameter::new(Tensor::<f64, Autodiff<Serial>>::new([0.1, 0.2]));
/// let batches: Vec<_> = (0..8).map(|i| Tensor::new([f64::from(i), 1.0])).collect();
/// let value = a.value();
/// let each: Vec<_> = batches
///     .par_iter()
///     .map(|x| grad(&(x * &*value).exp().sum(), &[&value], BackwardOptions::default()))
///     .collect();
/// accumulate(&[&a], each);
/// assert_eq!(a.grad().shape(), [2]);
/// ```
///
/// # Panics
/// If a list has not a gradient for each parameter, one has another shape than its parameter, or a parameter is frozen.
#[track_caller]
pub fn accumulate<T: Real, B: Backend>(
    parameters: &[&Parameter<T, B>],
    gradients: impl IntoIterator<Item = Vec<Tensor<T, Autodiff<B>>>>,
) {
    for list in gradients {
        if list.len() != parameters.len() {
            let message = format!("{} gradients for {} parameters", list.len(), parameters.len());
            Error::gradient("accumulate", message).panic()
        }
        for (parameter, gradient) in parameters.iter().zip(list) {
            if let Err(error) = add_grad(&parameter.value(), gradient) {
                error.panic()
            }
        }
    }
}

/// Puts the value back, also when the writer panics.
struct PutBack<'a, T: Real, B: Backend> {
    parameter: &'a Parameter<T, B>,
    value: Option<Tensor<T, Autodiff<B>>>,
}

impl<T: Real, B: Backend> Drop for PutBack<'_, T, B> {
    fn drop(&mut self) {
        if let Some(value) = self.value.take() {
            let mut state = self.parameter.lock();
            state.value = Value::There(value);
            // Waking is a call of the system, also where nobody sleeps.
            if state.waiting > 0 {
                self.parameter.0.back.notify_all();
            }
        }
    }
}

macro_rules! in_place {
    ($($name:ident $try:ident ($($arg:ident: $ty:ty),*))*) => {
        /// Changes in place; outside [`no_grad`](crate::no_grad) they are refused, as for any leaf.
        impl<T: Real, B: Backend> Parameter<T, B> { $(
            #[doc = concat!("[`Tensor::", stringify!($name), "`] on the value, in place, inside [`no_grad`](crate::no_grad).")]
            ///
            /// # Panics
            /// As there.
            #[track_caller]
            pub fn $name(&self $(, $arg: $ty)*) -> &Self {
                match self.$try($($arg),*) {
                    Ok(this) => this,
                    Err(error) => error.panic(),
                }
            }

            #[doc = concat!("[`", stringify!($name), "`](Self::", stringify!($name), "), with the error returned instead of a panic.")]
            #[track_caller]
            pub fn $try(&self $(, $arg: $ty)*) -> Result<&Self> {
                self.update(|value| value.$try($($arg),*).map(|_| ()))?;
                Ok(self)
            }
        )* }
    };
}
in_place! {
    fill_ try_fill_ (value: T)
    zero_ try_zero_ ()
    copy_ try_copy_ (src: impl Operand<T, Autodiff<B>>)
    add_ try_add_ (src: impl Operand<T, Autodiff<B>>)
    sub_ try_sub_ (src: impl Operand<T, Autodiff<B>>)
    mul_ try_mul_ (src: impl Operand<T, Autodiff<B>>)
    div_ try_div_ (src: impl Operand<T, Autodiff<B>>)
    uniform_ try_uniform_ (low: T, high: T)
    normal_ try_normal_ (mean: T, std: T)
}

impl<T: Real, B: Backend> Operand<T, Autodiff<B>> for &Parameter<T, B> {
    #[inline]
    fn with<R>(self, verb: impl FnOnce(BackendArg<'_, T, Autodiff<B>>) -> R) -> R {
        verb(Arg::Own(&mut self.operand()))
    }

    fn into_tensor(self) -> Tensor<T, Autodiff<B>> {
        self.clone_value()
    }
}

macro_rules! operators {
    ($($trait:ident $method:ident $op:tt;)*) => { $(
        impl<T: Real, B: Backend, R: Operand<T, Autodiff<B>>> $trait<R> for &Parameter<T, B> {
            type Output = Tensor<T, Autodiff<B>>;

            #[track_caller]
            fn $method(self, rhs: R) -> Self::Output {
                Tensor::from_prim(self.operand()) $op rhs
            }
        }
        operators!(@number f32 $trait $method $op);
        operators!(@number f64 $trait $method $op);
    )* };
    (@number $t:ident $trait:ident $method:ident $op:tt) => {
        impl<B: Backend> $trait<&Parameter<$t, B>> for $t {
            type Output = Tensor<$t, Autodiff<B>>;

            #[track_caller]
            fn $method(self, rhs: &Parameter<$t, B>) -> Self::Output {
                self $op Tensor::from_prim(rhs.operand())
            }
        }
    };
}
operators! {
    Add add +;
    Sub sub -;
    Mul mul *;
    Div div /;
}

impl<T: Real, B: Backend> Neg for &Parameter<T, B> {
    type Output = Tensor<T, Autodiff<B>>;

    fn neg(self) -> Self::Output {
        -Tensor::from_prim(self.operand())
    }
}

impl<T: Real, B: Backend> fmt::Debug for Parameter<T, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Parameter")?;
        let name = self.name();
        if !name.is_empty() {
            write!(f, " {name}")?;
        }
        f.write_str(" containing:\n")?;
        fmt::Debug::fmt(&*self.value(), f)
    }
}

impl<T: Real, B: Backend> fmt::Display for Parameter<T, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
