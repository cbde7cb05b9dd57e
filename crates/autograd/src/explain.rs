//! Why does this parameter have no gradient?

use crate::observe::{Cut, Observer, Paths, leaves, observed};
use crate::parameter::Parameter;
use crate::{Autodiff, Gradient};
use std::collections::HashSet;
use std::fmt;
use tensor_core::{Backend, Real, Tensor};

/// What became of the way from a parameter to a loss.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Path {
    /// A gradient arrives.
    Whole,
    /// Each way ends before the loss, at these places.
    Cut(Vec<Cut>),
    /// The parameter was used, but nothing that was computed from it goes into the loss by recorded operations.
    Aside,
    /// No operation used the parameter; its numbers may have been taken out by `item` or `to_vec`.
    Unused,
    /// The parameter is frozen: it asks for no gradient.
    Frozen,
}

/// What [`explain`] found: for each parameter its name and its [`Path`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation(pub Vec<(String, Path)>);

impl Explanation {
    /// Whether every parameter receives a gradient.
    pub fn is_whole(&self) -> bool {
        self.0.iter().all(|(_, path)| *path == Path::Whole)
    }
}

/// Runs the computation of a loss, and says of each parameter whether a gradient would reach it, and if not where the way
/// was cut: at a `detach`, inside `no_grad`, at a comparison or another operation whose result is a constant.
///
/// Printed, it is a line for each parameter. Lines of the program are named, functions where it was compiled without line numbers. It
/// takes much longer than the computation; it is a tool for finding mistakes.
///
/// ```
/// use autograd::{Autodiff, Parameter, Path, explain};
/// use tensor_core::{Serial, Tensor};
/// type T = Tensor<f32, Autodiff<Serial>>;
/// let (a, b, c) = (Parameter::named("a", T::new(1.0)), Parameter::named("b", T::new(2.0)), Parameter::new(T::new(3.0)));
/// let found = explain(&[&a, &b, &c], || (&a * 2.0) + (&b * 3.0).detach());
/// assert_eq!(found.0[0].1, Path::Whole);
/// assert!(matches!(&found.0[1].1, Path::Cut(cuts) if cuts[0].operation == "detach"));
/// assert_eq!(found.0[2].1, Path::Unused);
/// assert!(found.to_string().contains("b: no gradient: cut at `detach`"));
/// ```
pub fn explain<T: Real, B: Backend>(
    parameters: &[&Parameter<T, B>],
    loss: impl FnOnce() -> Tensor<T, Autodiff<B>>,
) -> Explanation {
    let (loss, Observer::Explain(paths)) = observed(Observer::Explain(Paths::default()), loss) else {
        unreachable!("the observer that was put there")
    };
    let mut reached = HashSet::new();
    if let Some(track) = &loss.prim().track {
        leaves(track.node(), &mut reached);
    }
    let each = parameters.iter().enumerate().map(|(i, parameter)| {
        let name = Some(parameter.name()).filter(|name| !name.is_empty()).unwrap_or_else(|| format!("parameter {i}"));
        (name, path(&parameter.value(), &reached, &paths))
    });
    Explanation(each.collect())
}

fn path<T: Real, B: Backend>(value: &Tensor<T, Autodiff<B>>, reached: &HashSet<usize>, paths: &Paths) -> Path {
    if !value.requires_grad() {
        return Path::Frozen;
    }
    let mut own = HashSet::new();
    value.prim().track.iter().for_each(|track| leaves(track.node(), &mut own));
    if !own.is_disjoint(reached) {
        return Path::Whole;
    }
    if own.is_disjoint(&paths.used) {
        return Path::Unused;
    }
    let mut cuts: Vec<Cut> = Vec::new();
    for (cut, behind) in &paths.cuts {
        if !own.is_disjoint(behind) && !cuts.contains(cut) {
            cuts.push(cut.clone());
        }
    }
    if cuts.is_empty() { Path::Aside } else { Path::Cut(cuts) }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, path) in &self.0 {
            match path {
                Path::Whole => writeln!(f, "{name}: a gradient arrives")?,
                Path::Cut(cuts) => {
                    write!(f, "{name}: no gradient: cut at ")?;
                    for (i, cut) in cuts.iter().enumerate() {
                        write!(f, "{}{cut}", if i > 0 { ", and at " } else { "" })?;
                    }
                    writeln!(f)?;
                }
                Path::Aside => writeln!(f, "{name}: no gradient: used, but for nothing that goes into the loss")?,
                Path::Unused => writeln!(f, "{name}: no gradient: never used by an operation")?,
                Path::Frozen => writeln!(f, "{name}: no gradient: frozen (`requires_grad` is false)")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.operation)?;
        if self.no_grad {
            f.write_str(" inside `no_grad`")?;
        }
        match &self.location {
            Some(location) => write!(f, " ({location})"),
            None => Ok(()),
        }
    }
}
