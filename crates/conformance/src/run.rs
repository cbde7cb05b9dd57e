//! Runs recorded cases on one backend.

use crate::args::{Any, Args, Fault};
use crate::case::{Case, Expected, Results, Second, Stored};
use crate::compare::{Tolerances, same};
use crate::ops;
use crate::tensors::{Lay, elements, real, tensors};
use autograd::{Autodiff, BackwardOptions, Gradient, try_grad};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tensor_core::{Backend, Real, Tensor};

/// How a part of a case went.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    Passed,
    Failed(String),
    Unsupported(String),
}

/// The parts of a case that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Forward,
    Gradient,
    Second,
    Error,
    Bits,
}

/// What came of each part.
pub(crate) type Report = Vec<(Part, Outcome)>;

/// Runs a case; a panic is a failure of it, not the end.
pub(crate) fn run<T: Real, B: Backend>(case: &Case, tolerances: &Tolerances) -> Report {
    let part = if matches!(case.expected, Expected::Failure) { Part::Error } else { Part::Forward };
    catch_unwind(AssertUnwindSafe(|| match &case.expected {
        Expected::Results(results) => succeed::<T, B>(case, results, tolerances),
        Expected::Failure => vec![(Part::Error, fail::<T, B>(case))],
        Expected::Unknown => vec![(Part::Forward, Outcome::Unsupported("nothing is recorded".into()))],
    }))
    .unwrap_or_else(|panic| vec![(part, Outcome::Failed(format!("a panic: {}", panic_message(&*panic))))])
}

pub(crate) fn panic_message(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("of no message").lines().next().unwrap_or_default()
}

/// The operation's results, and what arguments hold after it.
pub(crate) fn call<T: Real, B: Backend>(
    case: &Case,
    tensors: Vec<Any<T, B>>,
) -> Result<(Vec<Any<T, B>>, BTreeMap<usize, Any<T, B>>), Fault> {
    let mut args = Args::new(case, tensors);
    let results = ops::call(&case.op, &mut args)?
        .ok_or_else(|| Fault::Unsupported(format!("there is no operation `{}`", case.op)))?;
    Ok((results, args.finish()?))
}

/// A call that must be refused.
fn fail<T: Real, B: Backend>(case: &Case) -> Outcome {
    match tensors::<T, B>(&case.tensors, Lay::Recorded, false).and_then(|tensors| call(case, tensors)) {
        Err(Fault::Error(_) | Fault::Type(_)) => Outcome::Passed,
        Err(Fault::Unsupported(what)) => Outcome::Unsupported(what),
        Ok(_) => Outcome::Failed("the call succeeded, and must not".into()),
    }
}

fn succeed<T: Real, B: Backend>(case: &Case, want: &Results, tolerances: &Tolerances) -> Report {
    let leaves = match tensors::<T, B>(&case.tensors, Lay::Recorded, true) {
        Ok(leaves) => leaves,
        Err(fault) => return vec![(Part::Forward, Outcome::Unsupported(format!("{fault:?}")))],
    };
    let (results, mutated) = match call(case, leaves.clone()) {
        Ok(results) => results,
        Err(Fault::Unsupported(what)) => return vec![(Part::Forward, Outcome::Unsupported(what))],
        Err(Fault::Error(error)) => return vec![(Part::Forward, Outcome::Failed(error.to_string()))],
        Err(Fault::Type(what)) => return vec![(Part::Forward, Outcome::Failed(what))],
    };
    let forward = check_outputs(&results, want, tolerances).and_then(|()| {
        want.mutated.iter().try_for_each(|(k, want)| {
            let got = mutated.get(k).ok_or_else(|| format!("argument {k} did not change"))?;
            let (shape, data) = elements(got);
            same(&shape, &data, want, tolerances.outputs).map_err(|error| format!("argument {k} afterwards: {error}"))
        })
    });
    let mut report = vec![(Part::Forward, outcome(forward))];
    if want.gradients.iter().any(Option::is_some) {
        let second = want.second.as_ref().filter(|_| tolerances.second.absolute.is_finite());
        match first::<T, B>(&leaves, &results, want, tolerances, second.is_some()) {
            Ok((gradients, cotangents)) => {
                report.push((Part::Gradient, Outcome::Passed));
                if let Some(second) = second {
                    report.push((Part::Second, outcome(twice(&leaves, &gradients, &cotangents, second, tolerances))));
                }
            }
            Err(error) => report.push((Part::Gradient, Outcome::Failed(error))),
        }
    }
    report
}

fn outcome(result: Result<(), String>) -> Outcome {
    result.map_or_else(Outcome::Failed, |()| Outcome::Passed)
}

fn check_outputs<T: Real, B: Backend>(
    results: &[Any<T, B>],
    want: &Results,
    tolerances: &Tolerances,
) -> Result<(), String> {
    if results.len() != want.outputs.len() {
        return Err(format!("{} results, not {}", results.len(), want.outputs.len()));
    }
    for (i, (got, want)) in results.iter().zip(&want.outputs).enumerate() {
        let Some(want) = want else { continue };
        let (shape, data) = elements(got);
        same(&shape, &data, want, tolerances.outputs).map_err(|error| format!("result {i}: {error}"))?;
    }
    Ok(())
}

type Recorded<T, B> = Tensor<T, Autodiff<B>>;

/// The gradients of the leaves among the arguments, by their number, and the cotangents they belong to.
fn first<T: Real, B: Backend>(
    leaves: &[Any<T, Autodiff<B>>],
    results: &[Any<T, Autodiff<B>>],
    want: &Results,
    tolerances: &Tolerances,
    again: bool,
) -> Result<(Vec<Option<Recorded<T, B>>>, Vec<Option<Recorded<T, B>>>), String> {
    let cotangent = |x: &Option<Stored>| {
        let v: Option<Recorded<T, B>> = real(x.as_ref()?);
        if again { v.map(Gradient::with_grad) } else { v }
    };
    let cotangents: Vec<_> = want.cotangents.iter().map(cotangent).collect();
    let roots: Vec<_> = results
        .iter()
        .zip(&cotangents)
        .filter_map(|(result, v)| match (result, v) {
            (Any::Real(y), Some(v)) if y.requires_grad() => Some((y, Some(v))),
            _ => None,
        })
        .collect();
    let inputs: Vec<(usize, &Recorded<T, B>)> = leaves
        .iter()
        .enumerate()
        .filter_map(|(k, x)| match x {
            Any::Real(x) if x.requires_grad() => Some((k, x)),
            _ => None,
        })
        .collect();
    let targets: Vec<_> = inputs.iter().map(|(_, x)| *x).collect();
    let options = BackwardOptions { create_graph: again, retain_graph: again };
    let found = try_grad(&roots, &targets, options).map_err(|error| error.to_string())?;
    let mut gradients = vec![None; leaves.len()];
    inputs.iter().zip(found).for_each(|(&(k, _), gradient)| gradients[k] = gradient);
    for (k, want) in want.gradients.iter().enumerate() {
        let Some(want) = want else { continue };
        compare(gradients[k].as_ref(), want, tolerances.gradients)
            .map_err(|error| format!("of argument {k}: {error}"))?;
    }
    Ok((gradients, cotangents))
}

/// No gradient is a gradient of 0.
fn compare<T: Real, B: Backend>(
    got: Option<&Recorded<T, B>>,
    want: &Stored,
    tolerance: crate::compare::Tolerance,
) -> Result<(), String> {
    let got = match got {
        Some(got) => got.clone(),
        None => Tensor::zeros(&want.shape[..]),
    };
    let (shape, data) = elements(&Any::Real(got));
    same(&shape, &data, want, tolerance)
}

fn twice<T: Real, B: Backend>(
    leaves: &[Any<T, Autodiff<B>>],
    gradients: &[Option<Recorded<T, B>>],
    cotangents: &[Option<Recorded<T, B>>],
    want: &Second,
    tolerances: &Tolerances,
) -> Result<(), String> {
    let mut roots = Vec::new();
    for (&k, v) in want.inputs.iter().zip(&want.v) {
        if let (Some(gradient), Some(v)) = (&gradients[k], v) {
            let v: Recorded<T, B> = real(v).ok_or("a direction that is not real")?;
            if gradient.requires_grad() {
                roots.push((gradient, v));
            }
        }
    }
    let roots: Vec<_> = roots.iter().map(|(gradient, v)| (*gradient, Some(v))).collect();
    let mut targets = Vec::new();
    let mut names = Vec::new();
    for (i, (&k, wanted)) in want.inputs.iter().zip(&want.by_inputs).enumerate() {
        if let (Any::Real(x), Some(wanted)) = (&leaves[k], wanted) {
            targets.push(x);
            names.push((format!("argument {}", want.inputs[i]), wanted));
        }
    }
    for (o, (v, wanted)) in cotangents.iter().zip(&want.by_cotangents).enumerate() {
        if let (Some(v), Some(wanted)) = (v, wanted) {
            targets.push(v);
            names.push((format!("cotangent {o}"), wanted));
        }
    }
    let found = try_grad(&roots, &targets, BackwardOptions::default()).map_err(|error| error.to_string())?;
    for (got, (name, want)) in found.iter().zip(names) {
        compare(got.as_ref(), want, tolerances.second).map_err(|error| format!("of {name}: {error}"))?;
    }
    Ok(())
}
