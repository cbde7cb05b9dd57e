//! Is the gradient right? The backward pass against finite differences, for any function, at first and second order.
//!
//! * what is public, and what is checked: here
//! * the finite differences: `probe.rs`
//! * what is reported: `report.rs`

mod probe;
mod report;

pub use report::{GradcheckError, GradcheckReport, Place, WrongGradient};

use crate::backend::Autodiff;
use crate::gradient::{BackwardOptions, Gradient, try_grad};
use crate::mode::enable_grad;
use probe::{Plan, Probe};
use tensor_core::{Backend, Generator, Real, Tensor, View};

/// How a check is made. The defaults suit functions whose values and derivatives are of moderate size.
///
/// ```
/// use autograd::GradcheckOptions;
/// let strict = GradcheckOptions { max_kinks: 0.0, ..Default::default() };
/// assert_eq!(strict.exhaustive, 400);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GradcheckOptions {
    /// The step h, as a multiple of max(1, |x|). `None`: ε^¼, which is 1.2·10⁻⁴ in f64 and 0.019 in f32.
    pub step: Option<f64>,
    /// The error allowed, as a part of the larger of both gradients. `None`: 10⁻⁶ in f64, 10⁻³ in f32.
    pub relative: Option<f64>,
    /// The error allowed besides. `None`: 10⁻⁸ in f64, 10⁻⁴ in f32.
    pub absolute: Option<f64>,
    /// The part of what is checked that may fall on kinks, where no derivative exists.
    pub max_kinks: f64,
    /// Up to so many input elements every one is checked by itself; if there are more, random directions are.
    pub exhaustive: usize,
    /// How many random directions.
    pub directions: usize,
    /// Whether forward products are held against the backward pass too. They need the rules' own backward pass, which a
    /// [`custom`](crate::custom) rule may not have.
    pub forward: bool,
    /// What the random numbers begin with.
    pub seed: u64,
}

impl Default for GradcheckOptions {
    fn default() -> Self {
        GradcheckOptions {
            step: None,
            relative: None,
            absolute: None,
            max_kinks: 0.25,
            exhaustive: 400,
            directions: 8,
            forward: true,
            seed: 0,
        }
    }
}

/// What a checked function may return: a tensor, a view, or several tensors as an array or `Vec`.
pub trait Outputs<T: Real, B: Backend> {
    /// The tensors, one after the other.
    fn into_outputs(self) -> Vec<Tensor<T, Autodiff<B>>>;
}

impl<T: Real, B: Backend> Outputs<T, B> for Tensor<T, Autodiff<B>> {
    fn into_outputs(self) -> Vec<Self> {
        vec![self]
    }
}

impl<T: Real, B: Backend> Outputs<T, B> for View<T, Autodiff<B>> {
    fn into_outputs(self) -> Vec<Tensor<T, Autodiff<B>>> {
        vec![self.into_tensor()]
    }
}

impl<T: Real, B: Backend> Outputs<T, B> for Vec<Tensor<T, Autodiff<B>>> {
    fn into_outputs(self) -> Self {
        self
    }
}

impl<T: Real, B: Backend, const N: usize> Outputs<T, B> for [Tensor<T, Autodiff<B>>; N] {
    fn into_outputs(self) -> Vec<Tensor<T, Autodiff<B>>> {
        self.into()
    }
}

/// A function to check, whatever type it had.
type Function<'a, T, B> = &'a dyn Fn(&[Tensor<T, Autodiff<B>>]) -> Vec<Tensor<T, Autodiff<B>>>;

/// Checks that the gradient of `f` at `inputs` is the derivative of `f`.
///
/// With a random cotangent v, the backward pass gives g = vᵀJ. For every element x of the inputs g is compared with
/// finite differences of φ(h) = ⟨v, f(x + h)⟩:
///
/// D(h) = (φ(h) − φ(−h)) / 2h, and from two steps (4·D(h/2) − D(h)) / 3, whose error is of the order h⁴.
///
/// Both must agree to [`relative`](GradcheckOptions::relative)·max(|g|, |D|) +
/// [`absolute`](GradcheckOptions::absolute) + what rounding alone makes of the differences, 8·ε·‖v·f‖/h. Inputs of more
/// than [`exhaustive`](GradcheckOptions::exhaustive) elements are checked along random directions instead.
///
/// * Where f has a **kink** there is no derivative: the slopes on both sides differ, and keep differing when the step is
///   halved. Such elements are skipped and reported; if they are more than [`max_kinks`](GradcheckOptions::max_kinks) of
///   all, the check fails, so that it cannot pass by skipping everything.
/// * An input that the backward pass does **not reach** counts as having the gradient 0, which is compared like any
///   other: a gradient that is silently cut is found.
/// * Along a random direction u the **forward** product v·(J·u), which comes of differentiating vᵀJ by v, must equal the
///   backward one, (vᵀJ)·u, but for rounding. Switch it off by [`forward`](GradcheckOptions::forward).
///
/// It costs one backward pass and four calls of `f` for every element or direction. `f` must be deterministic. Use
/// f64: in f32 the differences are good for three digits.
///
/// ```
/// use autograd::{Autodiff, gradcheck};
/// use tensor_core::{Serial, Tensor};
/// let x = Tensor::<f64, Autodiff<Serial>>::new([0.5, -1.0, 2.0]);
/// let report = gradcheck(|x| x[0].sin() * &x[0], &[&x], Default::default());
/// assert_eq!(report.checked, 3);
/// ```
///
/// # Panics
/// If the gradient is wrong, with a message that says which element of which input is off and by how much.
#[track_caller]
pub fn gradcheck<T: Real, B: Backend, O: Outputs<T, B>>(
    f: impl Fn(&[Tensor<T, Autodiff<B>>]) -> O,
    inputs: &[&Tensor<T, Autodiff<B>>],
    options: GradcheckOptions,
) -> GradcheckReport {
    match try_gradcheck(f, inputs, options) {
        Ok(report) => report,
        Err(error) => panic!("{error}"),
    }
}

/// [`gradcheck`], with the error returned instead of a panic.
///
/// ```
/// use autograd::{Autodiff, try_gradcheck};
/// use tensor_core::{Serial, Tensor};
/// let x = Tensor::<f64, Autodiff<Serial>>::new([[1.0, 2.0]]);
/// // The gradient of one factor is cut off.
/// let error = try_gradcheck(|x| &x[0] * x[0].detach(), &[&x], Default::default()).unwrap_err();
/// assert!(error.to_string().contains("input 0 at [0, 1]"));
/// ```
pub fn try_gradcheck<T: Real, B: Backend, O: Outputs<T, B>>(
    f: impl Fn(&[Tensor<T, Autodiff<B>>]) -> O,
    inputs: &[&Tensor<T, Autodiff<B>>],
    options: GradcheckOptions,
) -> Result<GradcheckReport, GradcheckError> {
    check(&|x| f(x).into_outputs(), inputs, options)
}

/// Checks the second derivatives of `f`: [`gradcheck`] of the function (x, v) ↦ vᵀJ(x), the backward pass of `f`
/// itself, recorded under `create_graph`.
///
/// It says nothing about the first derivatives; check these by [`gradcheck`].
///
/// ```
/// use autograd::{Autodiff, gradgradcheck};
/// use tensor_core::{Serial, Tensor};
/// let x = Tensor::<f64, Autodiff<Serial>>::new([0.5, 1.0, 2.0]);
/// gradgradcheck(|x| x[0].ln() * x[0].exp(), &[&x], Default::default());
/// ```
///
/// # Panics
/// If a second derivative is wrong. In the message the inputs of `f` are followed by its cotangents v.
#[track_caller]
pub fn gradgradcheck<T: Real, B: Backend, O: Outputs<T, B>>(
    f: impl Fn(&[Tensor<T, Autodiff<B>>]) -> O,
    inputs: &[&Tensor<T, Autodiff<B>>],
    options: GradcheckOptions,
) -> GradcheckReport {
    match try_gradgradcheck(f, inputs, options) {
        Ok(report) => report,
        Err(error) => panic!("second derivatives: {error}"),
    }
}

/// [`gradgradcheck`], with the error returned instead of a panic.
pub fn try_gradgradcheck<T: Real, B: Backend, O: Outputs<T, B>>(
    f: impl Fn(&[Tensor<T, Autodiff<B>>]) -> O,
    inputs: &[&Tensor<T, Autodiff<B>>],
    options: GradcheckOptions,
) -> Result<GradcheckReport, GradcheckError> {
    let f: Function<'_, T, B> = &|x| f(x).into_outputs();
    let mut generator = Generator::new(options.seed.wrapping_add(1));
    let count = inputs.len();
    let constants: Vec<_> = inputs.iter().map(|x| x.detach()).collect();
    let cotangents: Vec<_> = f(&constants).iter().map(|output| cotangent(&mut generator, output)).collect();
    let both: Vec<_> = constants.iter().chain(&cotangents).collect();
    let backward = |both: &[Tensor<T, Autodiff<B>>]| {
        // The differences come with constants; the backward pass needs leaves in any case.
        let leaf = |x: &Tensor<T, Autodiff<B>>| if x.requires_grad() { x.clone() } else { x.clone().with_grad() };
        let x: Vec<_> = both[..count].iter().map(leaf).collect();
        let options = BackwardOptions { create_graph: true, ..Default::default() };
        vjp(f, &x, |i, _| both[count + i].clone(), options)
            .map(|gradients| gradients.into_iter().zip(&x).map(|(g, x)| g.unwrap_or_else(|| x.zeros_like())).collect())
            .unwrap_or_else(|error| error.panic())
    };
    check(&backward, &both, options)
}

/// The gradient of each input; `None` where no path leads.
type Gradients<T, B> = Vec<Option<Tensor<T, Autodiff<B>>>>;

/// The gradients of Σ ⟨v, f(x)⟩ with respect to `x`.
fn vjp<T: Real, B: Backend>(
    f: Function<'_, T, B>,
    x: &[Tensor<T, Autodiff<B>>],
    mut v: impl FnMut(usize, &Tensor<T, Autodiff<B>>) -> Tensor<T, Autodiff<B>>,
    options: BackwardOptions,
) -> tensor_core::Result<Gradients<T, B>> {
    let outputs = enable_grad(|| f(x));
    let v: Vec<_> = outputs.iter().enumerate().map(|(i, output)| v(i, output)).collect();
    let pairs: Vec<_> = outputs.iter().zip(&v).filter(|(y, _)| y.requires_grad()).map(|(y, v)| (y, Some(v))).collect();
    try_grad(&pairs, &x.iter().collect::<Vec<_>>(), options)
}

/// Random numbers of either sign, none of them small: each output counts.
fn cotangent<T: Real, B: Backend>(
    generator: &mut Generator,
    output: &Tensor<T, Autodiff<B>>,
) -> Tensor<T, Autodiff<B>> {
    let x = Tensor::<T, Autodiff<B>>::rand_with(generator, output.shape());
    let sign = Tensor::<T, Autodiff<B>>::rand_with(generator, output.shape()) - T::from_f64(0.5);
    (x + T::from_f64(0.5)) * sign.sign()
}

fn check<T: Real, B: Backend>(
    f: Function<'_, T, B>,
    inputs: &[&Tensor<T, Autodiff<B>>],
    options: GradcheckOptions,
) -> Result<GradcheckReport, GradcheckError> {
    let mut generator = Generator::new(options.seed);
    let leaves: Vec<_> = inputs.iter().map(|x| x.detach().with_grad()).collect();
    let mut cotangents = Vec::new();
    let v = |_, output: &Tensor<T, Autodiff<B>>| {
        let v = cotangent(&mut generator, output);
        cotangents.push(v.clone());
        v
    };
    let gradients =
        vjp(f, &leaves, v, BackwardOptions::default()).map_err(|error| GradcheckError::Backward(error.to_string()))?;
    let plan = Plan::new(f, inputs, &cotangents, &gradients, options)?;

    let numel = inputs.iter().map(|x| x.numel()).sum::<usize>();
    let directional = numel > options.exhaustive;
    let probes: Box<dyn Iterator<Item = Probe>> = match directional {
        true => Box::new((0..options.directions).map(|i| plan.direction(i, &mut generator))),
        false => Box::new((0..numel).map(|i| plan.element(i))),
    };
    let mut report = GradcheckReport {
        directional,
        unreached: (0..inputs.len()).filter(|&i| gradients[i].is_none()).collect(),
        ..Default::default()
    };
    let mut wrong = Vec::new();
    for probe in probes {
        let found = plan.measure(&probe)?;
        if found.kink {
            report.kinks.push(probe.place);
            continue;
        }
        report.checked += 1;
        // A difference that is NaN is no agreement.
        if (found.analytic - found.numeric).abs() <= found.allowed {
            report.largest_error = report.largest_error.max((found.analytic - found.numeric).abs());
        } else {
            let unreached = matches!(&probe.place, Place::Element { input, .. } if report.unreached.contains(input));
            wrong.push(found.wrong(probe.place, unreached));
        }
    }
    let all = report.checked + report.kinks.len();
    match () {
        _ if !wrong.is_empty() => Err(GradcheckError::Wrong { gradients: wrong, of: all }),
        _ if report.kinks.len() as f64 > options.max_kinks * all as f64 => {
            Err(GradcheckError::Kinks { kinks: report.kinks, of: all })
        }
        _ if options.forward => {
            plan.forward(&leaves, &cotangents, &mut Generator::new(options.seed.wrapping_add(2)))?;
            Ok(report)
        }
        _ => Ok(report),
    }
}
