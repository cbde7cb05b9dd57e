//! Cases without recorded results: the reference backend, finite differences and the bits of other backends judge them.

use crate::args::{Any, Fault};
use crate::case::{Case, Data};
use crate::compare::{DOUBLE, Tolerance, close, numbers};
use crate::run::{Outcome, Part, Report, call, panic_message};
use crate::tensors::{Lay, elements, tensors};
use autograd::{Autodiff, Gradient, try_grad, try_gradcheck, try_gradgradcheck};
use reference::Reference;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tensor_core::{Backend, Generator, Parallel, Real, Serial, Tensor, manual_seed};

/// Holds a case against the reference backend in every layout, and its derivatives against finite differences.
pub(crate) fn judge(case: &Case) -> Report {
    let parts: [(Part, &dyn Fn() -> Result<(), String>); 3] = [
        (Part::Forward, &|| agrees(case)),
        (Part::Gradient, &|| derivative(case, false)),
        (Part::Second, &|| derivative(case, true)),
    ];
    let mut report = Report::new();
    for (part, check) in parts {
        let outcome = match catch_unwind(AssertUnwindSafe(check)) {
            Ok(Ok(())) => Outcome::Passed,
            Ok(Err(error)) => Outcome::Failed(error),
            Err(panic) => Outcome::Failed(format!("a panic: {}", panic_message(&*panic))),
        };
        let failed = outcome != Outcome::Passed;
        report.push((part, outcome));
        if failed {
            break;
        }
    }
    report
}

fn said(fault: Fault) -> String {
    match fault {
        Fault::Error(error) => error.to_string(),
        Fault::Type(what) | Fault::Unsupported(what) => what,
    }
}

type Results = Vec<(Vec<usize>, Data)>;

fn results<T: Real, B: Backend>(case: &Case, lay: Lay) -> Result<Results, String> {
    manual_seed(0);
    let all = tensors::<T, B>(&case.tensors, lay, false).and_then(|tensors| call(case, tensors)).map_err(said)?;
    Ok(all.0.iter().chain(all.1.values()).map(elements).collect())
}

fn agrees(case: &Case) -> Result<(), String> {
    let want = results::<f64, Reference>(case, Lay::Recorded)?;
    let same = |got: Results, tolerance: Tolerance| {
        if got.len() != want.len() {
            return Err(format!("{} results, not {}", got.len(), want.len()));
        }
        got.iter().zip(&want).enumerate().try_for_each(|(i, ((shape, data), (want_shape, want_data)))| {
            if shape != want_shape {
                return Err(format!("result {i}: the shape is {shape:?}, not {want_shape:?}"));
            }
            close(&numbers(data), &numbers(want_data), tolerance).map_err(|error| format!("result {i}: {error}"))
        })
    };
    for lay in Lay::ALL {
        let got = results::<f64, Serial>(case, lay).and_then(|got| same(got, DOUBLE.outputs));
        got.map_err(|error| format!("{lay:?} operands: {error}"))?;
    }
    Ok(())
}

/// The case as a function of those tensors that take part in differentiation, to its real results.
fn function<T: Real, B: Backend>(case: &Case, x: &[Tensor<T, Autodiff<B>>]) -> Vec<Tensor<T, Autodiff<B>>> {
    manual_seed(0);
    let mut all =
        tensors::<T, B>(&case.tensors, Lay::Recorded, false).unwrap_or_else(|fault| panic!("{}", said(fault)));
    let places = case.tensors.iter().enumerate().filter(|(_, tensor)| tensor.grad).map(|(k, _)| k);
    places.zip(x).for_each(|(k, x)| all[k] = Any::Real(x.clone()));
    let (results, _) = call(case, all).unwrap_or_else(|fault| panic!("{}", said(fault)));
    let real = |result| if let Any::Real(y) = result { Some(y) } else { None };
    results.into_iter().filter_map(real).collect()
}

fn leaves<T: Real, B: Backend>(case: &Case) -> Vec<Tensor<T, Autodiff<B>>> {
    let all = tensors::<T, B>(&case.tensors, Lay::Recorded, true).unwrap_or_else(|fault| panic!("{}", said(fault)));
    let leaf = |x| if let Any::Real(x) = x { Some(x).filter(Gradient::requires_grad) } else { None };
    all.into_iter().filter_map(leaf).collect()
}

fn derivative(case: &Case, second: bool) -> Result<(), String> {
    let leaves = leaves::<f64, Serial>(case);
    if leaves.is_empty() {
        return Ok(());
    }
    let inputs: Vec<_> = leaves.iter().collect();
    let f = |x: &[Tensor<f64, Autodiff<Serial>>]| function(case, x);
    let check = if second {
        try_gradgradcheck(f, &inputs, Default::default())
    } else {
        try_gradcheck(f, &inputs, Default::default())
    };
    check.map(|_| ()).map_err(|error| error.to_string().lines().collect::<Vec<_>>().join(" "))
}

/// The bits of a case's results and of its gradients for a random cotangent; one NaN is as good as another.
fn bits<T: Real, B: Backend>(case: &Case) -> Vec<Vec<u64>> {
    let pattern = |x: &[f64]| x.iter().map(|x| if x.is_nan() { u64::MAX } else { x.to_bits() }).collect();
    let mut all: Vec<Vec<u64>> = match results::<T, B>(case, Lay::Recorded) {
        Ok(results) => results.iter().map(|(_, data)| pattern(&numbers(data))).collect(),
        Err(_) => return Vec::new(),
    };
    let leaves = leaves::<T, B>(case);
    let outputs = function(case, &leaves);
    let roots: Vec<_> = outputs
        .iter()
        .filter(|y| y.requires_grad())
        .map(|y| (y, Tensor::rand_with(&mut Generator::new(7), y.shape())))
        .collect();
    let roots: Vec<_> = roots.iter().map(|(y, v)| (*y, Some(v))).collect();
    let gradients = try_grad(&roots, &leaves.iter().collect::<Vec<_>>(), Default::default());
    all.extend(gradients.into_iter().flatten().flatten().map(|x| pattern(&numbers(&elements(&Any::Real(x)).1))));
    all
}

type Bits = Vec<Result<Vec<Vec<u64>>, ()>>;

fn all_bits<T: Real, B: Backend>(cases: &[&Case]) -> Bits {
    cases.iter().map(|case| catch_unwind(AssertUnwindSafe(|| bits::<T, B>(case))).map_err(|_| ())).collect()
}

/// Whether the bits of each case are the same on one thread and on several, and on every instruction set of this machine:
/// for each case where they are not, on which.
pub(crate) fn bits_differ(cases: &[&Case]) -> Vec<Option<String>> {
    fn of<T: Real>(cases: &[&Case], differ: &mut [Option<String>]) {
        let want = all_bits::<T, Serial>(cases);
        let mut compare = |got: Bits, place: &str| {
            for ((differ, got), want) in differ.iter_mut().zip(&got).zip(&want) {
                if got != want {
                    differ.get_or_insert_with(|| format!("other bits in {} {place}", T::DTYPE));
                }
            }
        };
        for threads in [1, 2, 3, 8] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of threads");
            compare(pool.install(|| all_bits::<T, Parallel>(cases)), &format!("on {threads} threads"));
        }
        let usual = tensor_core::simd::isa();
        for isa in tensor_core::simd::supported() {
            tensor_core::simd::force_isa(isa);
            compare(all_bits::<T, Serial>(cases), &format!("with {isa:?}"));
        }
        tensor_core::simd::force_isa(usual);
    }
    let mut differ = vec![None; cases.len()];
    of::<f64>(cases, &mut differ);
    of::<f32>(cases, &mut differ);
    differ
}
