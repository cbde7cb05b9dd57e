//! Random elements, each a function of the key and its own position.
//!
//! An element of 32 bits, if real, takes one word of the stream, any other two ([`words`]). So element `i` is found without those
//! before it, and threads start anywhere.

use super::functions::RealScalar;
use crate::exec::{CHUNK, Executor, Out, for_chunks};
use crate::ops::Distribution;
use crate::random::{Key, words};
use crate::simd::{Kernel, dispatch};
use crate::{Array, DType, Element, Error, ErrorKind, Result, Shape};
use rand::Rng;
use std::mem::MaybeUninit;

/// Elements drawn at once; even, so that pairs stay together.
const BLOCK: usize = 256;

/// A word of the stream, in the order of its bytes.
type Word = [u8; 4];

/// The element types, by how they are drawn.
pub(super) trait Draw: Element {
    /// Whether this type has the distribution, and its parameters make sense.
    fn check(distribution: &Distribution<Self>) -> Result<()>;

    /// Elements of a distribution that was checked, a `Permutation` excepted, from the words set aside for them.
    fn draw(distribution: &Distribution<Self>, words: &[Word], out: &mut [MaybeUninit<Self>]);

    /// The whole number `i`, if this type has it.
    fn whole(i: usize) -> Option<Self>;
}

pub(super) fn random<T: Draw>(
    shape: &Shape,
    distribution: Distribution<T>,
    key: Key,
    exec: &dyn Executor,
) -> Result<Array<T>> {
    T::check(&distribution)?;
    if distribution == Distribution::Permutation {
        return permutation(shape, key);
    }
    // SAFETY: the blocks of the chunks cover the result.
    unsafe {
        Array::build(shape.clone(), |out| {
            let n = out.len();
            let out = Out::new(out.as_mut_ptr());
            for_chunks(exec, n, CHUNK, &|start, end| {
                let mut stream = key.stream_at(words::<T>(start));
                let mut room = [Word::default(); 2 * BLOCK];
                for at in (start..end).step_by(BLOCK) {
                    let len = BLOCK.min(end - at);
                    let words = &mut room[..words::<T>(len.next_multiple_of(2)) as usize];
                    stream.fill_bytes(words.as_flattened_mut());
                    T::draw(&distribution, words, std::slice::from_raw_parts_mut(out.at(at), len));
                }
            });
        })
    }
}

/// The numbers below `n` shuffled by Fisher and Yates: each place from the last on is swapped with one up to it.
fn permutation<T: Draw>(shape: &Shape, key: Key) -> Result<Array<T>> {
    let op = "permutation";
    let [n] = shape[..] else { return Err(Error::shape(op, &[shape], "a permutation has one axis")) };
    let Some(mut numbers) = (0..n).map(T::whole).collect::<Option<Vec<T>>>() else {
        return Err(Error::value(op, format!("a tensor of {} cannot number {n} elements", T::DTYPE)));
    };
    let mut stream = key.stream_at(0);
    for last in (1..n).rev() {
        numbers.swap(last, below(stream.next_u64(), last as u64 + 1) as usize);
    }
    Array::from_slice(&numbers, shape)
}

/// A word as a number below `range` (Lemire: the high half of the product). A number is more likely than another by less
/// than `range` · 2⁻⁶⁴.
#[inline(always)]
fn below(word: u64, range: u64) -> u64 {
    ((u128::from(word) * u128::from(range)) >> 64) as u64
}

#[cold]
fn unsupported(op: &'static str, dtype: DType, hint: &'static str) -> Error {
    ErrorKind::DType { op, dtype, hint }.into()
}

/// Real numbers from words.
trait Unit: RealScalar {
    /// The `i`-th number in [0, 1), a multiple of the step below 1.
    fn unit(words: &[Word], i: usize) -> Self;

    /// The `i`-th number in (0, 1].
    fn positive(words: &[Word], i: usize) -> Self;

    /// The number before this one.
    fn before(self) -> Self;

    /// The angle of a whole turn.
    const TURN: Self;
}

impl Unit for f32 {
    /// 24 bits of a word.
    #[inline(always)]
    fn unit(words: &[Word], i: usize) -> f32 {
        (u32::from_le_bytes(words[i]) >> 8) as i32 as f32 * (1.0 / (1 << 24) as f32)
    }

    /// The whole word, half a step above 0, so that the tail of the normal distribution reaches beyond 6.
    #[inline(always)]
    fn positive(words: &[Word], i: usize) -> f32 {
        u32::from_le_bytes(words[i]) as f32 * (1.0 / (1u64 << 32) as f32) + 1.0 / (1u64 << 33) as f32
    }

    fn before(self) -> f32 {
        self.next_down()
    }

    const TURN: f32 = std::f32::consts::TAU;
}

/// Two words as one number, the first the lower half.
#[inline(always)]
fn wide(words: &[Word], i: usize) -> u64 {
    u64::from(u32::from_le_bytes(words[2 * i])) | u64::from(u32::from_le_bytes(words[2 * i + 1])) << 32
}

impl Unit for f64 {
    /// 53 bits of two words.
    #[inline(always)]
    fn unit(words: &[Word], i: usize) -> f64 {
        (wide(words, i) >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    #[inline(always)]
    fn positive(words: &[Word], i: usize) -> f64 {
        ((wide(words, i) >> 11) + 1) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    fn before(self) -> f64 {
        self.next_down()
    }

    const TURN: f64 = std::f64::consts::TAU;
}

struct Uniform<'a, T> {
    low: T,
    width: T,
    /// The largest number below the upper bound, which rounding might reach.
    last: T,
    words: &'a [Word],
    out: &'a mut [MaybeUninit<T>],
}

impl<T: Unit> Kernel for Uniform<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (i, out) in self.out.iter_mut().enumerate() {
            let x = T::unit(self.words, i).mul_add(self.width, self.low);
            out.write(if x > self.last { self.last } else { x });
        }
    }
}

/// Box and Muller: each pair of elements is the point at a random angle whose squared distance has an exponential
/// distribution.
struct Normal<'a, T> {
    mean: T,
    std: T,
    words: &'a [Word],
    out: &'a mut [MaybeUninit<T>],
}

impl<T: Unit> Kernel for Normal<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        use crate::math::Math;
        let Normal { mean, std, words, out } = self;
        let two = T::one() + T::one();
        let pairs = out.len().div_ceil(2);
        let (mut distance, mut angle) = ([T::one(); BLOCK / 2], [T::zero(); BLOCK / 2]);
        for k in 0..pairs {
            distance[k] = T::positive(words, 2 * k);
            angle[k] = T::TURN * T::unit(words, 2 * k + 1);
        }
        // One function to a loop, so that each becomes vector instructions.
        for distance in &mut distance[..pairs] {
            *distance = num_traits::Float::sqrt(-two * Math::ln(*distance));
        }
        let mut points = [[T::zero(); BLOCK / 2]; 2];
        for (x, (&distance, &angle)) in points[0][..pairs].iter_mut().zip(distance.iter().zip(&angle)) {
            *x = (distance * Math::cos(angle)).mul_add(std, mean);
        }
        for (y, (&distance, &angle)) in points[1][..pairs].iter_mut().zip(distance.iter().zip(&angle)) {
            *y = (distance * Math::sin(angle)).mul_add(std, mean);
        }
        for (i, out) in out.iter_mut().enumerate() {
            out.write(points[i % 2][i / 2]);
        }
    }
}

fn check_real<T: RealScalar>(distribution: &Distribution<T>) -> Result<()> {
    match *distribution {
        Distribution::Uniform { low, high } if !(low <= high && (high - low).is_finite()) => {
            Err(Error::value("uniform", format!("needs finite bounds, low ≤ high, not {low} and {high}")))
        }
        Distribution::Normal { mean, std } if !(mean.is_finite() && std.is_finite() && std >= T::zero()) => {
            let message = format!("needs a finite mean and a finite standard deviation ≥ 0, not {mean} and {std}");
            Err(Error::value("normal", message))
        }
        Distribution::Permutation => {
            Err(unsupported("permutation", T::DTYPE, "draw whole numbers (i64, i32, u8) and cast them"))
        }
        _ => Ok(()),
    }
}

macro_rules! reals {
    ($($t:ty),*) => { $( impl Draw for $t {
        fn check(distribution: &Distribution<$t>) -> Result<()> {
            check_real(distribution)
        }

        fn draw(distribution: &Distribution<$t>, words: &[Word], out: &mut [MaybeUninit<$t>]) {
            match *distribution {
                Distribution::Uniform { low, high } => {
                    let last = if low < high { high.before() } else { low };
                    dispatch::<Self, _>(Uniform { low, width: high - low, last, words, out })
                }
                Distribution::Normal { mean, std } => dispatch::<Self, _>(Normal { mean, std, words, out }),
                Distribution::Permutation => unreachable!("refused by check"),
            }
        }

        fn whole(_: usize) -> Option<$t> {
            None
        }
    } )* };
}
reals!(f32, f64);

macro_rules! integers {
    ($($t:ty),*) => { $( impl Draw for $t {
        fn check(distribution: &Distribution<$t>) -> Result<()> {
            match *distribution {
                Distribution::Uniform { low, high } if low >= high => {
                    Err(Error::value("uniform", format!("there is no whole number x with {low} ≤ x < {high}")))
                }
                Distribution::Normal { .. } => {
                    Err(unsupported("normal", <$t>::DTYPE, "draw real numbers (f32, f64) and cast them"))
                }
                _ => Ok(()),
            }
        }

        fn draw(distribution: &Distribution<$t>, words: &[Word], out: &mut [MaybeUninit<$t>]) {
            let Distribution::Uniform { low, high } = *distribution else { unreachable!("refused by check") };
            let range = high.abs_diff(low) as u64;
            for (i, out) in out.iter_mut().enumerate() {
                // The offset may exceed the signed type; the sum does not.
                out.write(low.wrapping_add(below(wide(words, i), range) as $t));
            }
        }

        fn whole(i: usize) -> Option<$t> {
            <$t>::try_from(i).ok()
        }
    } )* };
}
integers!(i64, i32, u8);

impl Draw for bool {
    fn check(_: &Distribution<bool>) -> Result<()> {
        Err(unsupported("random", DType::Bool, "draw real numbers and compare them"))
    }

    fn draw(_: &Distribution<bool>, _: &[Word], _: &mut [MaybeUninit<bool>]) {
        unreachable!("refused by check")
    }

    fn whole(_: usize) -> Option<bool> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Generator;
    use crate::cpu::testing::{bits, same_bits};
    use crate::exec::Sequential;
    use proptest::prelude::*;

    fn draw<T: Draw>(n: usize, distribution: Distribution<T>, seed: u64) -> Vec<T> {
        random(&Shape::from([n]), distribution, Generator::new(seed).reserve(0), &Sequential).unwrap().to_vec()
    }

    #[test]
    fn elements_depend_on_their_position_alone() {
        fn check<T: Draw + super::super::functions::Arithmetic>(distribution: Distribution<T>) {
            let long = same_bits(|exec| {
                bits(&random(&Shape::from([CHUNK * 3 + 5]), distribution, Generator::new(5).reserve(0), exec).unwrap())
            });
            for n in [1, 2, 7, BLOCK + 1, CHUNK + 3] {
                let short = Array::from_slice(&draw(n, distribution, 5), [n]).unwrap();
                assert!(bits(&short) == long[..n]);
            }
        }
        check(Distribution::Uniform { low: -1.0f32, high: 1.0 });
        check(Distribution::Uniform { low: -1.0f64, high: 1.0 });
        check(Distribution::Uniform { low: -10i64, high: 10 });
        check(Distribution::Uniform { low: 0u8, high: 255 });
        check(Distribution::Normal { mean: 0.0f32, std: 1.0 });
        check(Distribution::Normal { mean: 0.0f64, std: 1.0 });
    }

    #[test]
    fn draws_from_one_generator_share_no_words() {
        let mut generator = Generator::new(1);
        let uniform = Distribution::Uniform { low: 0.0f32, high: 1.0 };
        let mut next = |n: usize| {
            random(&Shape::from([n]), uniform, generator.reserve(words::<f32>(n)), &Sequential).unwrap().to_vec()
        };
        let (a, b) = (next(16), next(16));
        assert_eq!([a, b].concat(), draw(32, uniform, 1));
    }

    proptest! {
        #[test]
        fn bounds_are_kept(low in -1e6f32..1e6, width in 0.0f32..10.0, seed: u64) {
            let high = low + width;
            let draws = draw(1000, Distribution::Uniform { low, high }, seed);
            prop_assert!(draws.iter().all(|&x| low <= x && (x < high || low == high)));
        }

        #[test]
        fn whole_bounds_are_kept(a: i32, b: i32, seed: u64) {
            prop_assume!(a != b);
            let (low, high) = (a.min(b), a.max(b));
            let draws = draw(1000, Distribution::Uniform { low, high }, seed);
            prop_assert!(draws.iter().all(|x| (low..high).contains(x)));
        }
    }

    #[test]
    fn the_narrowest_interval_never_reaches_its_upper_bound() {
        let high = 1.0f32.next_up();
        assert!(draw(1000, Distribution::Uniform { low: 1.0, high }, 3).iter().all(|&x| x == 1.0));
        let draws = draw(1000, Distribution::Uniform { low: i64::MIN, high: i64::MAX }, 3);
        assert!(draws.iter().any(|&x| x < 0) && draws.iter().any(|&x| x > 0));
    }

    #[test]
    fn moments_are_those_of_the_distribution() {
        let n = 400_000;
        let moments = |x: &[f64]| -> Vec<f64> {
            (1..5).map(|k| x.iter().map(|x| x.powi(k)).sum::<f64>() / x.len() as f64).collect()
        };
        let near = |found: Vec<f64>, wanted: [f64; 4]| {
            assert!(found.iter().zip(wanted).all(|(f, w)| (f - w).abs() < 0.03), "{found:?} {wanted:?}");
        };
        let double = |x: Vec<f32>| x.into_iter().map(f64::from).collect::<Vec<_>>();
        let uniform = [0.0, 1.0 / 3.0, 0.0, 0.2];
        near(moments(&draw(n, Distribution::Uniform { low: -1.0f64, high: 1.0 }, 1)), uniform);
        near(moments(&double(draw(n, Distribution::Uniform { low: -1.0f32, high: 1.0 }, 1))), uniform);
        let normal = [0.0, 1.0, 0.0, 3.0];
        near(moments(&draw(n, Distribution::Normal { mean: 0.0f64, std: 1.0 }, 1)), normal);
        let x = double(draw(n, Distribution::Normal { mean: 0.0f32, std: 1.0 }, 1));
        near(moments(&x), normal);
        let neighbours = x.chunks(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / n as f64;
        assert!(neighbours.abs() < 0.01, "the two of a pair are independent");
        let scaled = draw(n, Distribution::Normal { mean: 3.0f64, std: 0.5 }, 1);
        let found = moments(&scaled);
        assert!((found[0] - 3.0).abs() < 0.01 && (found[1] - found[0] * found[0] - 0.25).abs() < 0.01);
        let dice = draw(60_000, Distribution::Uniform { low: 1u8, high: 7 }, 1);
        for side in 1..7 {
            let count = dice.iter().filter(|&&d| d == side).count();
            assert!((9_600..10_400).contains(&count), "{side}: {count}");
        }
    }

    #[test]
    fn a_permutation_has_each_number_once() {
        for n in [0, 1, 2, 5, 1000] {
            let mut numbers = draw::<i64>(n, Distribution::Permutation, 9);
            assert!(n < 5 || numbers != (0..n as i64).collect::<Vec<_>>());
            numbers.sort_unstable();
            assert_eq!(numbers, (0..n as i64).collect::<Vec<_>>());
        }
        let mut orders = std::collections::BTreeMap::new();
        for seed in 0..6000 {
            *orders.entry(draw::<u8>(3, Distribution::Permutation, seed)).or_insert(0) += 1;
        }
        assert!(orders.len() == 6 && orders.values().all(|count| (850..1150).contains(count)), "{orders:?}");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        fn refused<T: Draw>(shape: impl Into<Shape>, distribution: Distribution<T>, why: &str) {
            let error = random(&shape.into(), distribution, Generator::new(0).reserve(0), &Sequential).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
        refused([2], Distribution::Uniform { low: 1.0f32, high: 0.0 }, "not 1 and 0");
        refused([2], Distribution::Uniform { low: f64::NAN, high: 0.0 }, "finite");
        refused([2], Distribution::Uniform { low: f32::MIN, high: f32::MAX }, "finite");
        refused([2], Distribution::Uniform { low: 3, high: 3i32 }, "no whole number x with 3 ≤ x < 3");
        refused([2], Distribution::Normal { mean: 0.0f32, std: -1.0 }, "-1");
        refused([2], Distribution::Normal { mean: 0i64, std: 1 }, "not for tensors of i64");
        refused([2], Distribution::<f32>::Permutation, "not for tensors of f32");
        refused([2], Distribution::Uniform { low: false, high: true }, "not for tensors of bool");
        refused([2, 2], Distribution::<i64>::Permutation, "one axis");
        refused([257], Distribution::<u8>::Permutation, "cannot number 257");
        assert_eq!(draw(256, Distribution::<u8>::Permutation, 1).len(), 256);
    }
}
