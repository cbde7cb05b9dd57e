//! What it means to agree.

use crate::arrays::{Described, Epsilon, Sample};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::{LazyLock, Mutex, PoisonError};
use tensor_core::ops::{BinaryReal, UnaryReal};
use tensor_core::simd::{force_isa, isa, supported};
use tensor_core::{Arg, Array, Result, Serial};

/// Runs a verb on some operands.
type Run<'f, T, U, const N: usize> = Box<dyn Fn([Arg<'_, T, Array<T>>; N]) -> Result<Array<U>> + Send + Sync + 'f>;

/// The same verb in each place of execution; made by [`verb!`].
pub(crate) struct Verb<'f, T: Sample, U: Sample, const N: usize> {
    pub reference: Run<'f, T, U, N>,
    pub serial: Run<'f, T, U, N>,
    pub parallel: Run<'f, T, U, N>,
}

/// Helps the compiler see the lifetimes of a closure's operands.
pub(crate) fn run<'f, T: Sample, U: Sample, const N: usize>(
    f: impl Fn([Arg<'_, T, Array<T>>; N]) -> Result<Array<U>> + Send + Sync + 'f,
) -> Run<'f, T, U, N> {
    Box::new(f)
}

/// `verb!(B, [a, b] => B::binary(op, a, b))`: the verb on each backend, operands that may be given up in brackets.
macro_rules! verb {
    ($backend:ident, [$($arg:ident),*] => $body:expr) => {
        $crate::check::Verb {
            reference: { type $backend = reference::Reference; $crate::check::run(|[$($arg),*]| $body) },
            serial: { type $backend = tensor_core::Serial; $crate::check::run(|[$($arg),*]| $body) },
            parallel: { type $backend = tensor_core::Parallel; $crate::check::run(|[$($arg),*]| $body) },
        }
    };
}
pub(crate) use verb;

/// How near a result is to what `Reference` defines; a matter of rounding, so integers are always equal.
#[derive(Clone, Copy)]
pub(crate) enum Near<'a> {
    /// The same bits, but for NaN's sign and payload.
    Exactly,
    /// The same number; −0 is 0.
    Equal,
    /// At most so far away, given the place in row-major order and the number defined.
    Within(&'a dyn Fn(usize, f64) -> f64),
}

/// So many units in the last place, and so many times the distance from 1 to the next number; below the normal numbers
/// units are no smaller.
fn units<T: Epsilon>(units: f64, absolute: f64) -> impl Fn(usize, f64) -> f64 {
    move |_, defined| units / 2.0 * (T::EPSILON * defined.abs()).max(T::TINY) + absolute * T::EPSILON
}

/// What an elementary function may be off: two units in the last place for the function itself, one for its definition by
/// the standard library, one for rounding. What the standard library does not have is defined less precisely, and next to a
/// zero in absolute terms.
pub(crate) fn error_of<T: Epsilon>(op: UnaryReal) -> impl Fn(usize, f64) -> f64 {
    use UnaryReal::*;
    match op {
        Lgamma | Digamma => units::<T>(16.0, 64.0),
        Asinh | Acosh | Atanh | Erfc | Erfinv | NormalCdf => units::<T>(16.0, 0.0),
        _ => units::<T>(4.0, 0.0),
    }
}

/// The same for a function of two numbers.
pub(crate) fn error_of_two<T: Epsilon>(op: BinaryReal) -> impl Fn(usize, f64) -> f64 {
    match op {
        BinaryReal::Logaddexp => units::<T>(4.0, 4.0),
        BinaryReal::Polygamma => units::<T>(64.0, 0.0),
        _ => units::<T>(4.0, 0.0),
    }
}

/// Where a verb runs.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Reference,
    Serial,
    Parallel,
}

/// How it is handed its operands.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Handed {
    /// By reference.
    Borrowed,
    /// Those given up whose bits are set; all are the only handles of their buffers, or none is.
    GivenUp { which: usize, shared: bool },
    /// As plain numbers, those of rank 0.
    Scalars,
}

/// The elements of an array: their bits, but for NaN, and the numbers.
#[derive(PartialEq)]
struct Elements {
    shape: Vec<usize>,
    bits: Vec<Option<u64>>,
    numbers: Vec<f64>,
}

/// What came out, and which operands are no longer what they were.
struct Outcome {
    result: Result<Elements>,
    changed: Vec<usize>,
}

/// The bits of each element, but for NaN.
pub(crate) fn bits<T: Sample>(x: &Array<T>) -> Vec<Option<u64>> {
    x.to_vec().into_iter().map(|x| (!x.number().is_nan()).then(|| x.bits())).collect()
}

fn elements<T: Sample>(x: &Array<T>) -> Elements {
    let numbers = x.to_vec().into_iter().map(Sample::number).collect();
    Elements { shape: x.shape().to_vec(), bits: bits(x), numbers }
}

/// Runs a verb once.
fn attempt<T: Sample, U: Sample, const N: usize>(
    operands: [&Described<T>; N],
    verb: &Verb<'_, T, U, N>,
    place: Place,
    handed: Handed,
) -> Outcome {
    let mut own = match place {
        Place::Reference => operands.map(|x| x.on::<reference::Reference>()),
        Place::Serial | Place::Parallel => operands.map(|x| x.on::<Serial>()),
    };
    let run = match place {
        Place::Reference => &verb.reference,
        Place::Serial => &verb.serial,
        Place::Parallel => &verb.parallel,
    };
    let Handed::GivenUp { which, shared } = handed else {
        let args = own.each_ref().map(|x| match x.as_slice() {
            Some(&[number]) if handed == Handed::Scalars && x.shape().is_empty() => Arg::Scalar(number),
            _ => Arg::Ref(x),
        });
        return Outcome { result: run(args).map(|x| elements(&x)), changed: Vec::new() };
    };
    let others = if shared { own.to_vec() } else { Vec::new() };
    let before = own.each_ref().map(|x| (x.address(), bits(x)));
    let mut i = 0..N;
    let args = own.each_mut().map(|x| if which >> i.next().unwrap() & 1 == 1 { Arg::Own(x) } else { Arg::Ref(&*x) });
    let result = run(args).map(|x| elements(&x));
    let kept = |i: usize| result.is_ok() && which >> i & 1 == 1 || (own[i].address(), bits(&own[i])) == before[i];
    let untouched = |i: usize| others.get(i).is_none_or(|other| bits(other) == before[i].1);
    let changed = (0..N).filter(|&i| !(kept(i) && untouched(i))).collect();
    Outcome { result, changed }
}

static POOLS: LazyLock<Vec<ThreadPool>> = LazyLock::new(|| {
    let pool = |threads| ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    [1, 2, 3, 8].map(pool).into()
});

/// Held while an instruction set is forced, which is so for the whole process.
static ISA: Mutex<()> = Mutex::new(());

/// `Serial` computes what `Reference` defines, and nothing changes a bit of it.
pub(crate) fn agree<T: Sample, U: Sample, const N: usize>(
    what: &str,
    operands: [&Described<T>; N],
    verb: &Verb<'_, T, U, N>,
    near: Near<'_>,
) {
    let near = if U::REAL { near } else { Near::Exactly };
    judge(what, N, near, &|place, handed| attempt(operands, verb, place, handed));
}

/// As [`agree`], for verbs whose operands cannot be given up.
pub(crate) fn agree_on<U: Sample>(what: &str, verb: &Verb<'_, bool, U, 0>, near: Near<'_>) {
    agree(what, [], verb, near);
}

fn judge(what: &str, operands: usize, near: Near<'_>, attempt: &(dyn Fn(Place, Handed) -> Outcome + Sync)) {
    let defined = attempt(Place::Reference, Handed::Borrowed).result;
    let serial = attempt(Place::Serial, Handed::Borrowed).result;
    assert_near(what, "on Serial", &defined, &serial, near);

    let same = |place: &str, outcome: Outcome| {
        assert_near(what, place, &serial, &outcome.result, Near::Exactly);
        assert!(outcome.changed.is_empty(), "{what} changes operands {:?} {place}", outcome.changed);
    };
    for pool in POOLS.iter() {
        let outcome = pool.install(|| attempt(Place::Parallel, Handed::Borrowed));
        same(&format!("on Parallel with {} threads", pool.current_num_threads()), outcome);
    }
    {
        let _alone = ISA.lock().unwrap_or_else(PoisonError::into_inner);
        let best = isa();
        for isa in supported() {
            force_isa(isa);
            let outcome = attempt(Place::Serial, Handed::Borrowed);
            force_isa(best);
            same(&format!("with {isa:?}"), outcome);
        }
    }
    for which in 1..1usize << operands {
        for shared in [false, true] {
            let handed = Handed::GivenUp { which, shared };
            same(&format!("with operands {handed:?}"), attempt(Place::Serial, handed));
        }
    }
    if operands > 0 {
        same("with scalars", attempt(Place::Serial, Handed::Scalars));
    }
}

fn assert_near(what: &str, place: &str, defined: &Result<Elements>, got: &Result<Elements>, near: Near<'_>) {
    match (defined, got) {
        (Err(_), Err(_)) => {}
        (Ok(defined), Ok(got)) => {
            assert_eq!(defined.shape, got.shape, "{what}: the shape {place}");
            for i in 0..defined.bits.len() {
                let (number, other) = (defined.numbers[i], got.numbers[i]);
                let holds = defined.bits[i] == got.bits[i]
                    || match near {
                        Near::Exactly => false,
                        Near::Equal => number == other,
                        Near::Within(bound) => number == other || (number - other).abs() <= bound(i, number),
                    };
                assert!(holds, "{what}: element {i} is {number:?}, but {other:?} {place}");
            }
        }
        (Ok(_), Err(error)) => panic!("{what} fails {place}: {error}"),
        (Err(error), Ok(_)) => panic!("{what} succeeds {place}, instead of: {error}"),
    }
}
