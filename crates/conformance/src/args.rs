//! The arguments of a call, taken one after the other as a signature names them.

use crate::case::Value;
use std::collections::BTreeMap;
use tensor_core::{Backend, DType, Element, Error, Real, Tensor};

/// An argument or result of any type.
#[derive(Clone)]
pub(crate) enum Any<T: Real, B: Backend> {
    Real(Tensor<T, B>),
    Int(Tensor<i64, B>),
    Bool(Tensor<bool, B>),
    /// A plain number among the arguments.
    Number(f64),
}

macro_rules! any {
    ($($variant:ident: $t:ty;)*) => { $(
        impl<T: Real, B: Backend> From<Tensor<$t, B>> for Any<T, B> {
            fn from(x: Tensor<$t, B>) -> Self { Any::$variant(x) }
        }
        impl<T: Real, B: Backend> From<tensor_core::View<$t, B>> for Any<T, B> {
            fn from(x: tensor_core::View<$t, B>) -> Self { Any::$variant(x.into_tensor()) }
        }
    )* };
}
any! { Int: i64; Bool: bool; }

impl<T: Real, B: Backend> Any<T, B> {
    /// Results of real numbers: `Tensor`, `View`.
    pub(crate) fn real(x: impl Into<Tensor<T, B>>) -> Self {
        Any::Real(x.into())
    }
}

/// One real result.
pub(crate) fn out<T: Real, B: Backend>(x: impl Into<Tensor<T, B>>) -> Vec<Any<T, B>> {
    vec![Any::real(x)]
}

/// Several real results.
pub(crate) fn outs<T: Real, B: Backend>(all: impl IntoIterator<Item = impl Into<Tensor<T, B>>>) -> Vec<Any<T, B>> {
    all.into_iter().map(Any::real).collect()
}

/// Why a call did not give a result.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The library's own refusal.
    Error(Error),
    /// What the call would be in Rust does not compile: an argument has the wrong type, or is missing.
    Type(String),
    /// The library has no such operation or option.
    Unsupported(String),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Fault::Error(error)
    }
}

/// The arguments of a call.
pub(crate) struct Args<'a, T: Real, B: Backend> {
    positional: &'a [Value],
    next: usize,
    named: BTreeMap<&'a str, &'a Value>,
    variant: &'a str,
    tensors: Vec<Any<T, B>>,
    /// What arguments hold after the call, by the number of the tensor.
    mutated: BTreeMap<usize, Any<T, B>>,
}

impl<'a, T: Real, B: Backend> Args<'a, T, B> {
    pub(crate) fn new(case: &'a crate::case::Case, tensors: Vec<Any<T, B>>) -> Self {
        let named = case.kwargs.iter().map(|(name, value)| (name.as_str(), value)).collect();
        Args { positional: &case.args, next: 0, named, variant: &case.variant, tensors, mutated: BTreeMap::new() }
    }

    /// Which form of the operation is meant, where there are several of one name.
    pub(crate) fn variant(&self) -> &str {
        self.variant
    }

    /// The next argument, or the one of this name; `None` if there is neither.
    pub(crate) fn value(&mut self, name: &str) -> Option<&'a Value> {
        if let Some(value) = self.named.remove(name) {
            return Some(value);
        }
        let value = self.positional.get(self.next)?;
        self.next += 1;
        Some(value)
    }

    /// How many positional arguments are left, for signatures that depend on it.
    pub(crate) fn left(&self) -> usize {
        self.positional.len() - self.next
    }

    /// A required argument.
    pub(crate) fn get<X: FromValue<T, B>>(&mut self, name: &str) -> Result<X, Fault> {
        let value = self.value(name).ok_or_else(|| Fault::Type(format!("`{name}` is missing")))?;
        self.convert(name, value)
    }

    /// An optional argument; `None` if it is absent or null.
    pub(crate) fn opt<X: FromValue<T, B>>(&mut self, name: &str) -> Result<Option<X>, Fault> {
        match self.value(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => self.convert(name, value).map(Some),
        }
    }

    /// An optional argument, or its default.
    pub(crate) fn or<X: FromValue<T, B>>(&mut self, name: &str, default: X) -> Result<X, Fault> {
        Ok(self.opt(name)?.unwrap_or(default))
    }

    /// A required tensor of real numbers; a plain number becomes one of rank 0.
    pub(crate) fn real(&mut self, name: &str) -> Result<Tensor<T, B>, Fault> {
        self.get(name)
    }

    /// Tensor `k`, of real numbers, for arguments whose form differs from call to call.
    pub(crate) fn tensor(&self, k: usize) -> Result<Tensor<T, B>, Fault> {
        self.convert("a tensor", &Value::Tensor(k))
    }

    /// An optional tensor that the call writes to, with its number for [`mutate`](Self::mutate).
    pub(crate) fn written(&mut self, name: &str) -> Result<Option<(usize, Tensor<T, B>)>, Fault> {
        match self.value(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value @ &Value::Tensor(k)) => Ok(Some((k, self.convert(name, value)?))),
            Some(_) => Err(Fault::Type(format!("`{name}` is no tensor"))),
        }
    }

    /// Says what tensor `k` of the arguments holds after the call.
    pub(crate) fn mutate(&mut self, k: usize, value: impl Into<Tensor<T, B>>) {
        self.mutated.insert(k, Any::real(value));
    }

    /// What arguments hold after the call.
    ///
    /// # Errors
    /// If an argument was not taken.
    pub(crate) fn finish(self) -> Result<BTreeMap<usize, Any<T, B>>, Fault> {
        if self.next < self.positional.len() {
            return Err(Fault::Unsupported(format!("a positional argument {}", self.next)));
        }
        match self.named.keys().next() {
            Some(name) => Err(Fault::Unsupported(format!("the argument `{name}`"))),
            None => Ok(self.mutated),
        }
    }

    /// A value that was taken as it is, as something.
    pub(crate) fn as_value<X: FromValue<T, B>>(&self, value: &Value) -> Result<X, Fault> {
        self.convert("argument", value)
    }

    fn convert<X: FromValue<T, B>>(&self, name: &str, value: &Value) -> Result<X, Fault> {
        X::from_value(value, &self.tensors)
            .ok_or_else(|| Fault::Type(format!("`{name}` is {value:?}, not {}", X::WHAT)))
    }
}

/// What an argument can be taken as.
pub(crate) trait FromValue<T: Real, B: Backend>: Sized {
    const WHAT: &'static str;
    fn from_value(value: &Value, tensors: &[Any<T, B>]) -> Option<Self>;
}

macro_rules! from_value {
    ($($t:ty: $what:literal, |$value:ident, $tensors:ident| $body:expr;)*) => { $(
        impl<T: Real, B: Backend> FromValue<T, B> for $t {
            const WHAT: &'static str = $what;
            fn from_value($value: &Value, $tensors: &[Any<T, B>]) -> Option<Self> { $body }
        }
    )* };
}
from_value! {
    Value: "an argument", |value, _tensors| Some(value.clone());
    Any<T, B>: "a tensor or a number", |value, tensors| match value {
        Value::Tensor(k) => tensors.get(*k).cloned(),
        Value::Int(i) => Some(Any::Number(*i as f64)),
        Value::Float(x) => Some(Any::Number(*x)),
        Value::Bool(b) => Some(Any::Number(f64::from(*b))),
        _ => None,
    };
    f64: "a number", |value, _tensors| match value {
        Value::Int(i) => Some(*i as f64),
        Value::Float(x) => Some(*x),
        Value::Bool(b) => Some(f64::from(*b)),
        _ => None,
    };
    i64: "an integer", |value, _tensors| match value { Value::Int(i) => Some(*i), _ => None };
    isize: "an integer", |value, _tensors| match value { Value::Int(i) => Some(*i as isize), _ => None };
    usize: "a size", |value, _tensors| match value { Value::Int(i) => usize::try_from(*i).ok(), _ => None };
    bool: "a truth value", |value, _tensors| match value {
        Value::Bool(b) => Some(*b),
        Value::Int(i) => Some(*i != 0),
        _ => None,
    };
    String: "a word", |value, _tensors| match value {
        Value::Text(text) | Value::DType(text) => Some(text.clone()),
        _ => None,
    };
}

impl<T: Real, B: Backend, E: Element> FromValue<T, B> for Tensor<E, B> {
    const WHAT: &'static str = "a tensor of the right type";
    fn from_value(value: &Value, tensors: &[Any<T, B>]) -> Option<Self> {
        // The tensor under the name of its type, which is `E` or not.
        let found: Box<dyn std::any::Any> = match (Any::from_value(value, tensors)?, value, E::DTYPE) {
            (Any::Real(x), ..) => Box::new(x),
            (Any::Int(x), ..) => Box::new(x),
            (Any::Bool(x), ..) => Box::new(x),
            (Any::Number(_), Value::Int(i), DType::I64) => Box::new(Tensor::<i64, B>::full([], *i)),
            (Any::Number(_), Value::Bool(b), DType::Bool) => Box::new(Tensor::<bool, B>::full([], *b)),
            (Any::Number(x), ..) => Box::new(Tensor::<T, B>::full([], T::from_f64(x))),
        };
        found.downcast().ok().map(|x| *x)
    }
}

impl<T: Real, B: Backend, X: FromValue<T, B>> FromValue<T, B> for Option<X> {
    const WHAT: &'static str = X::WHAT;
    fn from_value(value: &Value, tensors: &[Any<T, B>]) -> Option<Self> {
        if *value == Value::Null { Some(None) } else { X::from_value(value, tensors).map(Some) }
    }
}

impl<T: Real, B: Backend, X: FromValue<T, B>> FromValue<T, B> for Vec<X> {
    const WHAT: &'static str = X::WHAT;
    fn from_value(value: &Value, tensors: &[Any<T, B>]) -> Option<Self> {
        match value {
            Value::List(list) | Value::Tuple(list) => list.iter().map(|value| X::from_value(value, tensors)).collect(),
            one => X::from_value(one, tensors).map(|x| vec![x]),
        }
    }
}
