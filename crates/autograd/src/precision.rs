//! What a node and the engine hold in one of the two precisions that have gradients.

use std::any::Any;

/// An `X` for `f32` or a `Y` for `f64`.
///
/// Which of the two a value is, is known wherever it is put in or taken out: those calls compile to moves.
#[derive(Clone)]
pub(crate) enum Precision<X, Y> {
    Single(X),
    Double(Y),
}

const OWN: &str = "a value is put in and asked for in its own precision";

/// `value` as what it is, if that is a `C`.
#[inline(always)]
fn same<A: Any, C: Any>(value: &mut Option<A>) -> Option<C> {
    (value as &mut dyn Any).downcast_mut::<Option<C>>().and_then(Option::take)
}

impl<X: Any, Y: Any> Precision<X, Y> {
    #[inline(always)]
    pub(crate) fn new<A: Any>(value: A) -> Self {
        let mut value = Some(value);
        match same(&mut value) {
            Some(single) => Precision::Single(single),
            None => Precision::Double(same(&mut value).expect(OWN)),
        }
    }

    #[inline(always)]
    pub(crate) fn into<A: Any>(self) -> A {
        match self {
            Precision::Single(value) => same(&mut Some(value)),
            Precision::Double(value) => same(&mut Some(value)),
        }
        .expect(OWN)
    }

    #[inline(always)]
    pub(crate) fn get<A: Any>(&self) -> &A {
        match self {
            Precision::Single(value) => (value as &dyn Any).downcast_ref(),
            Precision::Double(value) => (value as &dyn Any).downcast_ref(),
        }
        .expect(OWN)
    }

    #[inline(always)]
    pub(crate) fn get_mut<A: Any>(&mut self) -> &mut A {
        match self {
            Precision::Single(value) => (value as &mut dyn Any).downcast_mut(),
            Precision::Double(value) => (value as &mut dyn Any).downcast_mut(),
        }
        .expect(OWN)
    }
}
