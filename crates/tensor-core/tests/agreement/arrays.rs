//! Strategies for shapes, layouts and values.
//!
//! Random elements are words, which a type makes into values of its own ([`Sample`]), so that one strategy serves all types.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, TestRunner};
use std::fmt::Debug;
use tensor_core::ops::View;
use tensor_core::{Array, Backend, Dims, Element, Layout, Shape, SliceItem};

/// The element types, with what tests ask of them.
pub(crate) trait Sample: Element {
    /// Whether two results may differ by rounding.
    const REAL: bool;

    /// Any value: for reals zeros of both signs, infinities, NaN, subnormal and huge numbers among them.
    fn wild(word: u64) -> Self;

    /// Whole numbers whose sums and products, a few thousand of them, are exact in all types: mostly 1 and −1.
    fn whole(word: u64) -> Self;

    /// The bits that tell it from every other value.
    fn bits(self) -> u64;

    /// The number, or 0 and 1 for false and true.
    fn number(self) -> f64;
}

/// The real types.
pub(crate) trait Epsilon: Sample {
    /// The distance from 1 to the next number.
    const EPSILON: f64;

    /// The smallest positive number.
    const TINY: f64;

    /// Numbers around 1 and −1, whose sums and products, a few thousand of them, are far from overflow and underflow.
    fn tame(word: u64) -> Self;
}

/// The words behind the first, for one more choice.
fn behind(word: u64) -> u64 {
    word / 64
}

/// A number in [0, 1).
fn fraction(word: u64) -> f64 {
    (word >> 11) as f64 / 2f64.powi(53)
}

macro_rules! reals {
    ($($t:ident),*) => { $(
        impl Sample for $t {
            const REAL: bool = true;

            fn wild(word: u64) -> $t {
                let tiny = $t::from_bits(1);
                let special = [
                    0.0, -0.0, 1.0, -1.0, $t::INFINITY, $t::NEG_INFINITY, $t::NAN, $t::MAX, $t::MIN, $t::EPSILON,
                    $t::MIN_POSITIVE, $t::MIN_POSITIVE / 3.0, tiny, -tiny, 0.5, 2.5, -3.5, 1e9,
                ];
                match word % 64 {
                    0..16 => special[behind(word) as usize % special.len()],
                    16..26 => (behind(word) % 9) as $t - 4.0,
                    26..46 => 18.0 * fraction(word) as $t - 9.0,
                    46..56 => 1998.0 * fraction(word) as $t - 999.0,
                    _ => $t::from_bits((behind(word) << 5) as _),
                }
            }

            fn whole(word: u64) -> $t {
                match word % 64 {
                    0 => 0.0,
                    1..3 => 2.0,
                    3..32 => -1.0,
                    _ => 1.0,
                }
            }

            fn bits(self) -> u64 {
                self.to_bits().into()
            }

            fn number(self) -> f64 {
                self.into()
            }
        }

        impl Epsilon for $t {
            const EPSILON: f64 = $t::EPSILON as f64;
            const TINY: f64 = $t::from_bits(1) as f64;

            fn tame(word: u64) -> $t {
                (0.97 + 0.06 * fraction(word) as $t) * if word % 2 == 0 { 1.0 } else { -1.0 }
            }
        }
    )* };
}
reals!(f32, f64);

macro_rules! others {
    ($($t:ident: $wild:expr, $whole:expr, $real:expr);*) => { $(
        impl Sample for $t {
            const REAL: bool = false;

            fn wild(word: u64) -> $t {
                let wild: fn(u64) -> $t = $wild;
                if word % 3 == 0 { Self::whole(behind(word)) } else { wild(word) }
            }

            fn whole(word: u64) -> $t {
                ($whole)[word as usize % 8]
            }

            fn bits(self) -> u64 {
                self as u64
            }

            fn number(self) -> f64 {
                let real: fn($t) -> f64 = $real;
                real(self)
            }
        }
    )* };
}
others!(
    i64: |word| word as i64, [0, 1, -1, 2, 1, -1, 1, -1], |x| x as f64;
    i32: |word| word as i32, [0, 1, -1, 2, 1, -1, 1, -1], f64::from;
    u8: |word| word as u8, [0, 1, 255, 2, 1, 255, 1, 255], f64::from;
    bool: |word| word % 2 == 1, [false, true, false, true, false, true, false, true], |x| f64::from(u8::from(x))
);

/// An array as contiguous elements and views of them, which any backend can make.
#[derive(Clone, Debug)]
pub(crate) struct Described<T> {
    elements: Vec<T>,
    shape: Vec<usize>,
    views: Vec<View>,
}

/// An array whose elements are still to be made from words.
pub(crate) type Words = Described<u64>;

impl<T: Copy> Described<T> {
    /// The array of these elements.
    pub(crate) fn of(elements: Vec<T>, shape: &[usize]) -> Described<T> {
        Described { elements, shape: shape.to_vec(), views: Vec::new() }
    }

    /// The array seen through one more view.
    pub(crate) fn seen(mut self, view: View) -> Described<T> {
        self.views.push(view);
        self
    }

    /// The array with each element turned into another.
    pub(crate) fn made<U>(&self, value: impl Fn(T) -> U) -> Described<U> {
        let elements = self.elements.iter().map(|&x| value(x)).collect();
        Described { elements, shape: self.shape.clone(), views: self.views.clone() }
    }

    /// The size of each axis.
    pub(crate) fn shape(&self) -> Vec<usize> {
        let base = Layout::contiguous(self.shape[..].into()).expect("a shape that fits");
        let layout = |of: Layout, view: &View| of.view(view).expect("a view that fits").expect("and shares its memory");
        self.views.iter().fold(base, layout).shape().to_vec()
    }
}

impl<T: Element> Described<T> {
    /// The array as backend `B` makes it, sharing its buffer with no other.
    pub(crate) fn on<B: Backend>(&self) -> B::Prim<T> {
        let base = Array::from_slice(&self.elements, &self.shape[..]).expect("as many elements as the shape says");
        self.views.iter().fold(B::from_array(base), |x, view| B::view(&x, view).expect("a view that fits"))
    }

    /// The same elements one behind the other.
    pub(crate) fn contiguous(&self) -> Described<T> {
        Described::of(self.on::<reference::Reference>().to_vec(), &self.shape())
    }
}

/// A number of axes and their sizes: mostly a few small ones, some of size 1, rarely one of size 0, at times long.
pub(crate) fn shapes() -> BoxedStrategy<Vec<usize>> {
    let size = || prop_oneof![1 => Just(0usize), 5 => Just(1), 14 => 2..=5usize];
    prop_oneof![
        8 => vec(size(), 0..=3),
        4 => vec(size(), 4..=5),
        1 => vec(5..=40usize, 1..=2),
        1 => vec(200..=2000usize, 1..=1),
    ]
    .boxed()
}

/// How an axis comes to have its size.
#[derive(Clone, Copy, Debug)]
enum Axis {
    Whole,
    /// Every so many-th element, forwards or backwards, of a longer axis, some elements left out in front and behind.
    Part {
        step: isize,
        before: usize,
        behind: usize,
    },
    /// One element repeated.
    Repeated,
}

/// An array of this shape in any layout: permuted, cut out, with steps, backwards, repeated, or as it comes.
pub(crate) fn laid_out(shape: Vec<usize>) -> BoxedStrategy<Words> {
    let rank = shape.len();
    let axis = prop_oneof![
        6 => Just(Axis::Whole),
        3 => (select(&[-3isize, -2, -1, 1, 2][..]), 0..3usize, 0..3usize)
            .prop_map(|(step, before, behind)| Axis::Part { step, before, behind }),
        1 => Just(Axis::Repeated),
    ];
    let dropped = prop_oneof![3 => Just(None), 1 => (0..3usize).prop_map(Some)];
    let strided = (vec(axis, rank), Just((0..rank).collect::<Vec<_>>()).prop_shuffle(), dropped).prop_flat_map({
        let shape = shape.clone();
        move |(how, order, dropped)| {
            // The axes of the buffer stand in another order: axis `order[i]` of the result is axis `i` there.
            let (mut base, mut items) = (Vec::new(), Vec::new());
            let mut wide = Shape::new();
            for &axis in &order {
                let size = shape[axis];
                let (have, item) = match how[axis] {
                    Axis::Whole => (size, SliceItem::from(..)),
                    Axis::Part { step, before, behind } => {
                        let long = if size == 0 { 0 } else { (size - 1) * step.unsigned_abs() + 1 };
                        let (start, end) = (Some(before as isize), Some((before + long) as isize));
                        (before + long + behind, SliceItem::Range { start, end, step })
                    }
                    Axis::Repeated => (1, SliceItem::from(..)),
                };
                base.push(have);
                items.push(item);
                wide.push(size);
            }
            if let Some(at) = dropped {
                base.push(3);
                items.push(SliceItem::from(at));
            }
            let back: Dims<usize> = (0..rank).map(|axis| order.iter().position(|&a| a == axis).unwrap()).collect();
            let views = vec![View::Slice(items), View::Expand(wide), View::Permute(back)];
            let words = vec(any::<u64>(), base.iter().product::<usize>());
            (words, Just(base), Just(views)).prop_map(|(elements, shape, views)| Described { elements, shape, views })
        }
    });
    let plain =
        vec(any::<u64>(), shape.iter().product::<usize>()).prop_map(move |elements| Described::of(elements, &shape));
    prop_oneof![1 => plain, 2 => strided].boxed()
}

/// An array of any shape and layout.
pub(crate) fn arrays() -> BoxedStrategy<Words> {
    shapes().prop_flat_map(laid_out).boxed()
}

/// A shape that broadcasts to `shape`: axes missing in front, axes of size 1; rarely, one that does not.
pub(crate) fn broadcastable_to(shape: Vec<usize>) -> BoxedStrategy<Vec<usize>> {
    let rank = shape.len();
    (0..=rank, vec(prop::bool::weighted(0.25), rank), prop::bool::weighted(0.05))
        .prop_map(move |(missing, ones, wrong)| {
            let missing = if ones.first() == Some(&true) { missing } else { 0 };
            let mut own: Vec<usize> = shape.iter().zip(&ones).map(|(&s, &one)| if one { 1 } else { s }).collect();
            if let (true, Some(last)) = (wrong, own.last_mut()) {
                *last += 1;
            }
            own[missing..].to_vec()
        })
        .boxed()
}

/// Two arrays that broadcast together; rarely, two that do not.
pub(crate) fn pairs() -> BoxedStrategy<(Words, Words)> {
    let both = shapes().prop_flat_map(|shape| (broadcastable_to(shape.clone()), broadcastable_to(shape)));
    both.prop_flat_map(|(a, b)| (laid_out(a), laid_out(b))).boxed()
}

/// Some axes of a tensor of this rank, in ascending order; rarely, one that it does not have.
pub(crate) fn some_axes(rank: usize) -> BoxedStrategy<Vec<usize>> {
    prop_oneof![
        20 => subsequence((0..rank).collect::<Vec<_>>(), 0..=rank),
        5 => Just((0..rank).collect()),
        1 => Just(vec![rank]),
    ]
    .boxed()
}

/// An axis of a tensor of this rank; rarely, one that it does not have.
pub(crate) fn an_axis(rank: usize) -> BoxedStrategy<usize> {
    if rank == 0 { Just(0).boxed() } else { prop_oneof![20 => 0..rank, 1 => Just(rank)].boxed() }
}

/// Any view of a tensor of this shape; sometimes one that does not fit.
pub(crate) fn views(shape: Vec<usize>) -> BoxedStrategy<View> {
    let rank = shape.len();
    let axes: Dims<usize> = (0..rank).collect();
    let numel: usize = shape.iter().product();
    let permute = prop_oneof![
        9 => Just(axes.to_vec()).prop_shuffle(),
        1 => vec(0..=rank, 0..=rank + 1),
    ]
    .prop_map(|axes| View::Permute(axes.into()));
    let expand = (vec(0..4usize, 0..3), vec(0..5usize, rank), prop::bool::weighted(0.1)).prop_map({
        let shape = shape.clone();
        move |(front, sizes, wrong)| {
            let own = shape.iter().zip(sizes).map(|(&old, new)| if old == 1 || wrong { new } else { old });
            View::Expand(front.iter().copied().chain(own).collect())
        }
    });
    let item = prop_oneof![
        3 => (-3..3isize).prop_map(SliceItem::Index),
        9 => (prop::option::of(-7..7isize), prop::option::of(-7..7isize), select(&[-9isize, -2, -1, 1, 2, 3, 9][..]))
            .prop_map(|(start, end, step)| SliceItem::Range { start, end, step }),
        1 => Just(SliceItem::Ellipsis),
        1 => Just(SliceItem::NewAxis),
        1 => select(&[isize::MIN, isize::MAX, 0][..])
            .prop_map(|wild| SliceItem::Range { start: Some(wild), end: None, step: wild }),
    ];
    let slice = vec(item, 0..=rank + 1).prop_map(View::Slice);
    let diagonal = (-4..4isize, 0..rank.max(1), 0..rank.max(2)).prop_map(|(offset, first, second)| View::Diagonal {
        offset,
        first,
        second,
    });
    let unfold = (0..rank.max(1), 0..5usize, prop_oneof![9 => 1..5usize, 1 => Just(0), 1 => Just(usize::MAX)])
        .prop_map(|(axis, size, step)| View::Unfold { axis, size, step });
    prop_oneof![2 => reshapes(numel), 1 => permute, 1 => expand, 3 => slice, 1 => diagonal, 1 => unfold].boxed()
}

/// Another shape for so many elements; rarely, one for more.
fn reshapes(numel: usize) -> BoxedStrategy<View> {
    let spread = move |(primes, ones, wrong): (Vec<usize>, usize, bool)| {
        // The factors of `numel`, dealt out to axes.
        let mut rest = numel;
        let mut shape = vec![1; ones];
        for prime in primes {
            if rest != 0 && rest.is_multiple_of(prime) {
                rest /= prime;
                shape.push(prime);
            }
        }
        shape.insert(shape.len() / 2, rest + usize::from(wrong));
        View::Reshape(shape.into())
    };
    let primes = vec(select(&[2usize, 3, 4, 5, 6, 10][..]), 0..4);
    (primes, 0..2usize, prop::bool::weighted(0.05)).prop_map(spread).boxed()
}

/// Runs `test` on many values of `strategy`; a failure tells the simplest that fails.
pub(crate) fn for_all<V: Debug + 'static>(strategy: BoxedStrategy<V>, test: impl Fn(V)) {
    run(&strategy, &test);
}

/// Compiled once for each type of value, not for each test.
fn run<V: Debug>(strategy: &BoxedStrategy<V>, test: &dyn Fn(V)) {
    // Fewer where PROPTEST_CASES says so: under valgrind everything is slow.
    let cases = Config::default().cases.min(192);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(strategy, |value| {
        test(value);
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
}

/// One test for each element type.
macro_rules! for_types {
    ($name:ident: $($t:ident)*) => {
        mod $name {
            $( #[test] fn $t() { super::$name::<$t>(); } )*
        }
    };
}
pub(crate) use for_types;
