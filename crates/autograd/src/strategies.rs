//! Strategies for property tests, with the feature `proptest`: shapes, layouts and values to check gradients on.
//!
//! A test that the gradient of one's own function is right, whatever the shape and layout of its argument:
//!
//! ```
//! use autograd::strategies::{between, shapes, tensors};
//! use autograd::{Autodiff, gradcheck, gradgradcheck};
//! use proptest::prelude::*;
//! use tensor_core::{Serial, Tensor};
//!
//! fn swish(x: &Tensor<f64, Autodiff<Serial>>) -> Tensor<f64, Autodiff<Serial>> {
//!     x * x.sigmoid()
//! }
//!
//! proptest! {
//!     # #![proptest_config(ProptestConfig::with_cases(8))]
//!     # /*
//!     #[test]
//!     # */
//!     fn swish_has_the_right_gradient(x in tensors(shapes(5), between(-2.0, 2.0))) {
//!         gradcheck(|x| swish(&x[0]), &[&x], Default::default());
//!         gradgradcheck(|x| swish(&x[0]), &[&x], Default::default());
//!     }
//! }
//! # swish_has_the_right_gradient();
//! ```

use crate::Autodiff;
use proptest::collection::vec;
use proptest::prelude::*;
use tensor_core::{Backend, Dims, Real, Shape, SliceItem, Tensor};

/// The most elements a random shape has: few enough to check every one.
const ELEMENTS: usize = 48;

/// Shapes of up to `max_rank` axes and some 50 elements; axes of size 0 and 1 are frequent.
///
/// ```
/// # use proptest::prelude::*;
/// proptest!(|(shape in autograd::strategies::shapes(3))| assert!(shape.rank() <= 3));
/// ```
pub fn shapes(max_rank: usize) -> impl Strategy<Value = Shape> + Clone {
    let size = prop_oneof![1 => Just(0usize), 5 => Just(1), 12 => 2usize..=4];
    vec(size, 0..=max_rank).prop_map(|sizes| {
        let mut room = ELEMENTS;
        let fit = |size: usize| {
            let size = size.min(room);
            room /= size.max(1);
            size
        };
        sizes.into_iter().map(fit).collect()
    })
}

/// Shapes that broadcast to `shape`: axes of size 1 in place of some, axes in front left out.
///
/// ```
/// # use autograd::strategies::broadcasting_to;
/// # use proptest::prelude::*;
/// proptest!(|(row in broadcasting_to([3, 4].into()))| {
///     assert_eq!(tensor_core::broadcast_shapes("+", &row, &[3, 4].into()).unwrap(), [3, 4]);
/// });
/// ```
pub fn broadcasting_to(shape: Shape) -> impl Strategy<Value = Shape> + Clone {
    (vec(prop::bool::weighted(0.7), shape.len()), prop_oneof![2 => Just(0), 1 => 0..=shape.len()]).prop_map(
        move |(kept, dropped)| {
            shape.iter().zip(kept).map(|(&size, kept)| if kept { size } else { 1 }).skip(dropped).collect()
        },
    )
}

/// Pairs of shapes, of up to `max_rank` axes, that broadcast with each other.
pub fn broadcastable(max_rank: usize) -> impl Strategy<Value = (Shape, Shape)> + Clone {
    shapes(max_rank).prop_flat_map(|shape| (broadcasting_to(shape.clone()), broadcasting_to(shape)))
}

/// Numbers of `low ≤ x < high`.
pub fn between(low: f64, high: f64) -> impl Strategy<Value = f64> + Clone {
    low..high
}

/// Numbers from about `low` to `high`, but none closer than a tenth of `spacing` to a multiple of `spacing`: for
/// functions with kinks or poles there.
///
/// ```
/// # use proptest::prelude::*;
/// proptest!(|(x in autograd::strategies::away_from_multiples(0.5, -2.0, 2.0))| assert!(x.abs() >= 0.05));
/// ```
pub fn away_from_multiples(spacing: f64, low: f64, high: f64) -> impl Strategy<Value = f64> + Clone {
    let (first, last) = ((low / spacing).floor() as i32, (high / spacing).ceil() as i32);
    (first..last, 0.1..0.9).prop_map(move |(cell, place)| spacing * (f64::from(cell) + place))
}

/// Tensors with shapes of `shapes` and elements of `elements`, in a random layout: axes permuted in memory, taken in
/// steps or backwards, repeated by a stride of 0, or simply contiguous.
///
/// ```
/// # use autograd::strategies::{between, shapes, tensors};
/// # use proptest::prelude::*;
/// # use tensor_core::Serial;
/// proptest!(|(x in tensors::<f32, Serial>(shapes(2), between(1.0, 2.0)))| assert!(x.ge(1.0).all()));
/// ```
pub fn tensors<T: Real, B: Backend>(
    shapes: impl Strategy<Value = Shape>,
    elements: impl Strategy<Value = f64> + Clone,
) -> impl Strategy<Value = Tensor<T, Autodiff<B>>> {
    shapes.prop_flat_map(move |shape| {
        let repeated = prop_oneof![2 => Just(Vec::new()), 1 => vec(any::<bool>(), shape.len())];
        (vec(elements.clone(), shape.numel()), layouts(&shape), repeated)
            .prop_map(move |(elements, layout, repeated)| layout.tensor(&elements, &shape, &repeated))
    })
}

/// Tensors of which no two elements are closer than a twentieth, in a random layout: for sorting and extremes, which
/// have kinks where elements are equal. The elements lie around 0, as far out as their number asks for.
///
/// ```
/// # use autograd::strategies::{distinct, shapes};
/// # use proptest::prelude::*;
/// # use tensor_core::Serial;
/// proptest!(|(x in distinct::<f64, Serial>(shapes(2)))| {
///     let mut elements = x.to_vec();
///     elements.sort_by(f64::total_cmp);
///     assert!(elements.windows(2).all(|pair| pair[1] - pair[0] > 0.05));
/// });
/// ```
pub fn distinct<T: Real, B: Backend>(
    shapes: impl Strategy<Value = Shape>,
) -> impl Strategy<Value = Tensor<T, Autodiff<B>>> {
    shapes.prop_flat_map(|shape| {
        let places = Just((0..shape.numel()).collect::<Vec<usize>>()).prop_shuffle();
        (places, vec(0.1..0.4, shape.numel()), layouts(&shape)).prop_map(move |(places, rest, layout)| {
            let middle = shape.numel() as f64 / 2.0;
            let elements: Vec<f64> =
                places.iter().zip(rest).map(|(&place, rest)| (place as f64 - middle) / 6.0 + rest / 6.0).collect();
            layout.tensor(&elements, &shape, &[])
        })
    })
}

/// Matrices whose largest singular value is at most `condition` times the smallest, no two of them equal, in a random
/// layout: for inverses, solutions and factors, whose gradients grow with the condition.
///
/// ```
/// # use autograd::{gradcheck, strategies::well_conditioned};
/// # use proptest::prelude::*;
/// # use tensor_core::Serial;
/// proptest!(ProptestConfig::with_cases(32), |(a in well_conditioned::<f64, Serial>(1usize..4, 1usize..4, 10.0))| {
///     let s = a.svdvals();
///     assert!((s.max() / s.min()).item() < 10.0 + 1e-9);
///     gradcheck(|a| a[0].pinv(0.0, None), &[&a], Default::default());
/// });
/// ```
pub fn well_conditioned<T: Real, B: Backend>(
    rows: impl Strategy<Value = usize>,
    columns: impl Strategy<Value = usize>,
    condition: f64,
) -> impl Strategy<Value = Tensor<T, Autodiff<B>>> {
    (rows, columns).prop_flat_map(move |(rows, columns)| {
        let shape = Shape::from([rows, columns]);
        let values = singular_values(rows.min(columns), condition);
        (mirror(rows), values, mirror(columns), layouts(&shape))
            .prop_map(move |(u, values, v, layout)| layout.tensor(&mirrored(&u, &values, &v), &shape, &[]))
    })
}

/// Symmetric matrices with positive eigenvalues, of which the largest is at most `condition` times the smallest and no two
/// are equal, in a random layout. A single element of one cannot move alone: check `f(&((&x[0] + x[0].mt()) * 0.5))`.
///
/// ```
/// # use autograd::{gradcheck, strategies::positive_definite};
/// # use proptest::prelude::*;
/// # use tensor_core::Serial;
/// proptest!(ProptestConfig::with_cases(32), |(a in positive_definite::<f64, Serial>(1usize..4, 10.0))| {
///     gradcheck(|a| ((&a[0] + a[0].mt()) * 0.5).cholesky(false), &[&a], Default::default());
/// });
/// ```
pub fn positive_definite<T: Real, B: Backend>(
    size: impl Strategy<Value = usize>,
    condition: f64,
) -> impl Strategy<Value = Tensor<T, Autodiff<B>>> {
    size.prop_flat_map(move |size| {
        let shape = Shape::from([size, size]);
        (mirror(size), singular_values(size, condition), layouts(&shape))
            .prop_map(move |(u, values, layout)| layout.tensor(&mirrored(&u, &values, &u), &shape, &[]))
    })
}

/// A vector, at a right angle to the plane that a Householder reflection, 1 − 2uuᵀ/‖u‖², mirrors at.
fn mirror(size: usize) -> impl Strategy<Value = Vec<f64>> {
    vec(0.2..1.0, size)
}

/// From 1/√condition to √condition, each in a part of its own.
fn singular_values(count: usize, condition: f64) -> impl Strategy<Value = Vec<f64>> {
    vec(0.1..0.9, count).prop_map(move |places| {
        let part = |(i, place): (usize, &f64)| condition.powf((i as f64 + place) / count as f64 - 0.5);
        places.iter().enumerate().map(part).collect()
    })
}

/// The diagonal matrix with these values, mirrored at u from the left and at v from the right, in row-major order.
fn mirrored(u: &[f64], values: &[f64], v: &[f64]) -> Vec<f64> {
    let element = |u: &[f64], i: usize, k: usize| {
        let square: f64 = u.iter().map(|u| u * u).sum();
        f64::from(u8::from(i == k)) - 2.0 * u[i] * u[k] / square
    };
    let product = |i: usize, j: usize| -> f64 {
        (0..values.len()).map(|k| element(u, i, k) * values[k] * element(v, k, j)).sum()
    };
    (0..u.len()).flat_map(|i| (0..v.len()).map(move |j| (i, j))).map(|(i, j)| product(i, j)).collect()
}

/// How a tensor lies in memory.
#[derive(Clone, Debug)]
struct InMemory {
    /// The axes in the order of memory.
    order: Vec<usize>,
    /// For each axis in that order: how many elements lie in front, and every how many-th counts, negative for backwards.
    steps: Vec<(usize, isize)>,
}

fn layouts(shape: &[usize]) -> impl Strategy<Value = InMemory> + use<> {
    let rank = shape.len();
    let order = prop_oneof![Just((0..rank).collect::<Vec<_>>()), Just((0..rank).collect::<Vec<_>>()).prop_shuffle()];
    let step = prop_oneof![3 => Just(1isize), 1 => Just(2), 1 => Just(-1), 1 => Just(-3)];
    let steps = prop_oneof![1 => Just(vec![(0, 1); rank]), 2 => vec((0usize..2, step), rank)];
    (order, steps).prop_map(|(order, steps)| InMemory { order, steps })
}

impl InMemory {
    /// A tensor of `shape` with `elements` in row-major order, laid out so; along axes that are `repeated` the first
    /// elements stand for all.
    fn tensor<T: Real, B: Backend>(
        &self,
        elements: &[f64],
        shape: &Shape,
        repeated: &[bool],
    ) -> Tensor<T, Autodiff<B>> {
        let elements: Vec<T> = elements.iter().map(|&x| T::from_f64(x)).collect();
        let mut once = shape.clone();
        once.iter_mut()
            .zip(repeated)
            .filter(|(size, repeated)| **repeated && **size > 1)
            .for_each(|(size, _)| *size = 1);
        let firsts: Vec<SliceItem> = once.iter().map(|&size| (0..size).into()).collect();
        let elements = Tensor::<T, Autodiff<B>>::from_slice(&elements, shape).slice(firsts).into_tensor();

        let order: Vec<isize> = self.order.iter().map(|&axis| axis as isize).collect();
        let mut back = vec![0isize; order.len()];
        self.order.iter().enumerate().for_each(|(place, &axis)| back[axis] = place as isize);
        let place =
            |(&axis, &(front, step)): (&usize, &(usize, isize))| (front + once[axis] * step.unsigned_abs(), front);
        let (room, front): (Vec<usize>, Vec<usize>) = self.order.iter().zip(&self.steps).map(place).unzip();
        let items: Vec<SliceItem> =
            (front.iter().zip(&self.steps)).map(|(&front, &(_, step))| tensor_core::step(front.., step)).collect();
        // What lies between the elements must never be seen.
        let mut memory = Tensor::<T, Autodiff<B>>::full(Dims::from(room), T::nan());
        memory.slice_mut(&items[..]).copy_(elements.permute(order));
        memory.slice(&items[..]).permute(back).expand(shape).into_tensor()
    }
}
