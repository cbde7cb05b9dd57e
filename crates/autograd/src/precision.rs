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

impl<X: Any, Y: Any> Precision<X, Y> {
    #[inline(always)]
    pub(crate) fn new<A: Any>(value: A) -> Self {
        let mut value = Some(value);
        let any: &mut dyn Any = &mut value;
        match any.downcast_mut::<Option<X>>() {
            Some(single) => Precision::Single(single.take().expect("just put there")),
            None => {
                let double = any.downcast_mut::<Option<Y>>().expect("real numbers are of single or double precision");
                Precision::Double(double.take().expect("just put there"))
            }
        }
    }

    #[inline(always)]
    pub(crate) fn into<A: Any>(self) -> A {
        #[inline(always)]
        fn same<A: Any, C: Any>(value: A) -> C {
            let mut value = Some(value);
            let any: &mut dyn Any = &mut value;
            let value = any.downcast_mut::<Option<C>>().expect("a value is asked for in its own precision");
            value.take().expect("just put there")
        }
        match self {
            Precision::Single(value) => same(value),
            Precision::Double(value) => same(value),
        }
    }

    #[inline(always)]
    pub(crate) fn get<A: Any>(&self) -> &A {
        let any: &dyn Any = match self {
            Precision::Single(value) => value,
            Precision::Double(value) => value,
        };
        any.downcast_ref().expect("a value is asked for in its own precision")
    }
}
