//! Hearing of each operation: what [`explain`](crate::explain), [`detect_anomaly`](crate::detect_anomaly) and
//! [`profile`](crate::profile) are made of.
//!
//! An observer belongs to its thread and is there while a closure runs. Where there is none, an operation pays for a test
//! of one bit that it looks at anyway.

use crate::backend::{Autodiff, Var};
use crate::graph::{NodeRef, address, walk, walk_unseen};
use crate::mode::{Restore, is_grad_enabled};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::OsStr;
use std::path::Path;
use std::time::{Duration, Instant};
use tensor_core::{Arg, Array, Backend, Element, Error, Real, Result, Tensor};

/// Who listens, and what has been heard.
pub(crate) enum Observer {
    /// Where each recorded node was made.
    Anomaly(HashMap<usize, String>),
    Explain(Paths),
    Profile(BTreeMap<&'static str, Row>),
}

/// What became of the leaves: which were used, and where the way to a gradient ended.
#[derive(Default)]
pub(crate) struct Paths {
    /// Operands, and all that they were computed from; so each node is walked once.
    pub(crate) used: HashSet<usize>,
    /// With the leaves behind each.
    pub(crate) cuts: Vec<(Cut, HashSet<usize>)>,
}

impl Paths {
    fn used<T: Element, B: Backend>(&mut self, operands: &[&Arg<'_, T, Var<T, B>>]) {
        for node in nodes(operands) {
            if self.used.insert(address(node)) {
                walk_unseen(node, &mut self.used, |_| true);
            }
        }
    }

    fn cut<T: Element, B: Backend>(&mut self, name: &'static str, operands: &[&Arg<'_, T, Var<T, B>>], no_grad: bool) {
        let mut behind = HashSet::new();
        nodes(operands).for_each(|node| leaves(node, &mut behind));
        if !behind.is_empty() {
            self.cuts.push((Cut { operation: name, no_grad, location: location() }, behind));
        }
    }
}

fn nodes<'a, T: Element, B: Backend>(
    operands: &'a [&'a Arg<'a, T, Var<T, B>>],
) -> impl Iterator<Item = &'a NodeRef<B>> {
    operands.iter().filter_map(|operand| Some(operand.prim()?.track.as_ref()?.node()))
}

/// A place where no gradient passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The operation: `detach`, a comparison, `argmax`…
    pub operation: &'static str,
    /// Whether it is cut because nothing is recorded inside `no_grad`, and not by the operation itself.
    pub no_grad: bool,
    /// The line of the program, `file:line:column`, or the function where it was compiled without line numbers.
    pub location: Option<String>,
}

/// What an operation has cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// How often it ran forward.
    pub forward: usize,
    /// The time that took.
    pub forward_time: Duration,
    /// The bytes of its outputs.
    pub bytes: usize,
    /// How often its gradient rule ran.
    pub backward: usize,
    /// The time that took.
    pub backward_time: Duration,
}

thread_local! {
    static OBSERVER: RefCell<Option<Observer>> = const { RefCell::new(None) };
}

/// Runs `f` under `observer`; what has been heard comes back with the result.
pub(crate) fn observed<R>(observer: Observer, f: impl FnOnce() -> R) -> (R, Observer) {
    /// Puts back who listened before, also if `f` panics.
    struct PutBack(Option<Observer>);
    impl Drop for PutBack {
        fn drop(&mut self) {
            OBSERVER.set(self.0.take());
        }
    }
    let put_back = PutBack(OBSERVER.replace(Some(observer)));
    let mode = Restore::observe(true);
    let result = f();
    drop(mode);
    let heard = OBSERVER.take().expect("nobody else takes it");
    drop(put_back);
    (result, heard)
}

fn tell<R>(f: impl FnOnce(&mut Observer) -> R) -> Option<R> {
    OBSERVER.with_borrow_mut(|observer| observer.as_mut().map(f))
}

/// An operation that is running.
pub(crate) struct Event {
    name: &'static str,
    start: Instant,
    /// Whether all operands are finite; looked at in search of anomalies only.
    finite: bool,
}

impl Event {
    #[cold]
    pub(crate) fn begin<T: Element, B: Backend>(name: &'static str, operands: &[&Arg<'_, T, Var<T, B>>]) -> Self {
        let mut event = Event { name, start: Instant::now(), finite: true };
        tell(|observer| match observer {
            Observer::Anomaly(_) => {
                event.finite = operands.iter().all(|operand| match operand {
                    Arg::Scalar(x) => x.real().is_none_or(f64::is_finite),
                    Arg::Ref(x) => finite(B::as_array(&x.value)),
                    Arg::Own(x) => finite(B::as_array(&x.value)),
                })
            }
            Observer::Explain(paths) => {
                paths.used(operands);
                if !is_grad_enabled() {
                    paths.cut(name, operands, true);
                }
            }
            Observer::Profile(_) => {}
        });
        event.start = Instant::now();
        event
    }

    /// An operation whose result is a constant.
    #[cold]
    pub(crate) fn constant<T: Element, B: Backend>(name: &'static str, operands: &[&Arg<'_, T, Var<T, B>>]) {
        tell(|observer| {
            if let Observer::Explain(paths) = observer {
                paths.used(operands);
                paths.cut(name, operands, !is_grad_enabled());
            }
        });
    }

    /// The operation ended.
    #[cold]
    pub(crate) fn end<T: Element, B: Backend>(self, result: Result<Var<T, B>>) -> Result<Var<T, B>> {
        let time = self.start.elapsed();
        let output = result?;
        tell(|observer| match observer {
            Observer::Anomaly(places) => {
                if self.finite
                    && let Some((index, value)) = not_finite(B::as_array(&output.value))
                {
                    let place = location().map_or(String::new(), |place| format!(": {place}"));
                    let message = format!("the result at {index:?} is {value}, while all operands are finite{place}");
                    return Err(Error::gradient(self.name, message));
                }
                if let Some(track) = &output.track {
                    places.insert(address(track.node()), location().unwrap_or_default());
                }
                Ok(())
            }
            Observer::Profile(rows) => {
                let row = rows.entry(self.name).or_default();
                row.forward += 1;
                row.forward_time += time;
                row.bytes += B::as_array(&output.value).numel() * size_of::<T>();
                Ok(())
            }
            Observer::Explain(_) => Ok(()),
        })
        .unwrap_or(Ok(()))?;
        Ok(output)
    }
}

/// A gradient rule that is running. What a backward pass computes is not observed by itself.
pub(crate) struct BackwardEvent {
    name: &'static str,
    node: usize,
    start: Instant,
}

impl BackwardEvent {
    #[cold]
    pub(crate) fn begin<B: Backend>(node: &NodeRef<B>) -> Self {
        BackwardEvent { name: node.name(), node: address(node), start: Instant::now() }
    }

    /// In search of anomalies: whether the gradient for an operand is finite.
    pub(crate) fn check<T: Real, B: Backend>(&self, operand: usize, gradient: &Tensor<T, Autodiff<B>>) -> Result<()> {
        tell(|observer| {
            let Observer::Anomaly(places) = observer else { return Ok(()) };
            let Some((index, value)) = not_finite(gradient.array()) else { return Ok(()) };
            let place = places.get(&self.node).filter(|place| !place.is_empty());
            let place = place.map_or(String::new(), |place| format!("; where it was computed: {place}"));
            let message = format!("the gradient of operand {operand} at {index:?} is {value}{place}");
            Err(Error::gradient(self.name, message))
        })
        .unwrap_or(Ok(()))
    }

    #[cold]
    pub(crate) fn end(&self) {
        let time = self.start.elapsed();
        tell(|observer| {
            if let Observer::Profile(rows) = observer {
                let row = rows.entry(self.name).or_default();
                row.backward += 1;
                row.backward_time += time;
            }
        });
    }
}

/// Adds the leaves that `node` was computed from.
pub(crate) fn leaves<B: Backend>(node: &NodeRef<B>, all: &mut HashSet<usize>) {
    walk(node, |node| {
        if node.is_leaf() {
            all.insert(address(node));
        }
        true
    });
}

fn finite<T: Element>(x: &Array<T>) -> bool {
    not_finite(x).is_none()
}

/// The index and value of the first element that is NaN or infinite.
fn not_finite<T: Element>(x: &Array<T>) -> Option<(Vec<usize>, f64)> {
    T::default().real()?;
    let (mut at, value) = x.to_vec().into_iter().enumerate().find_map(|(at, x)| {
        let x = x.real()?;
        (!x.is_finite()).then_some((at, x))
    })?;
    let mut index: Vec<usize> = x
        .shape()
        .iter()
        .rev()
        .map(|&size| {
            let i = at % size;
            at /= size;
            i
        })
        .collect();
    index.reverse();
    Some((index, value))
}

/// The innermost line of the program that is not of this library or the standard one; where the program was compiled
/// without line numbers, the function.
fn location() -> Option<String> {
    let trace = std::backtrace::Backtrace::force_capture().to_string();
    let here = std::env::current_dir().unwrap_or_default();
    let mut lines = trace.lines().filter_map(|line| line.trim().strip_prefix("at "));
    let line = lines.find(|place| place.contains(".rs:") && !of_library(&here.join(place.trim_start_matches("./"))));
    line.map(str::to_string).or_else(|| trace.lines().find_map(function))
}

/// Whether a source file is the library's or the standard library's.
fn of_library(file: &Path) -> bool {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("/"));
    let mut parts = file.strip_prefix(crates).into_iter().flat_map(Path::iter).filter_map(OsStr::to_str);
    // A folder is named as the crate, or as the package with its version.
    let package = parts.next().map(|folder| folder.trim_end_matches(|c: char| c.is_ascii_digit() || "-.".contains(c)));
    let ours =
        package.is_some_and(|name| FAMILY.contains(&name.trim_start_matches("gradus-").replace('-', "_").as_str()));
    ours && parts.next() == Some("src") || file.starts_with("/rustc") || file.iter().any(|part| part == "rustlib")
}

/// The function that a line of a trace names, if it is the program's: `12: program::model`.
fn function(line: &str) -> Option<String> {
    let (number, name) = line.trim().split_once(": ")?;
    number.parse::<usize>().ok()?;
    // `<tensor_core::Tensor<T> as core::ops::Add>::add` belongs to the first crate in it.
    let (owner, _) = name.trim_start_matches(['<', '&', '*', '(']).split_once("::")?;
    let of_others = FAMILY.contains(&owner) || ["std", "core", "alloc"].contains(&owner);
    (!of_others).then(|| format!("in `{name}`"))
}

/// The crates whose lines and functions are no program's own.
const FAMILY: [&str; 7] = ["tensor_matmul", "tensor_core", "tensor_io", "autograd", "optim", "nn", "gradus"];

#[cfg(test)]
mod tests {
    use super::function;

    #[test]
    fn a_function_of_the_program_is_told_from_those_of_libraries() {
        assert_eq!(function("  12: program::model::{{closure}}"), Some("in `program::model::{{closure}}`".into()));
        for line in [
            "  3: tensor_core::tensor::Tensor<T,B>::sqrt",
            "  4: <&tensor_core::tensor::Tensor<T,B> as core::ops::arith::Add<R>>::add",
            "  5: core::ops::function::FnOnce::call_once",
            "  6: main",
            "     at ./src/main.rs:3:5",
        ] {
            assert_eq!(function(line), None, "{line}");
        }
    }
}
