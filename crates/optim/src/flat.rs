//! Between a structure of tensors and one row of numbers in double precision.

use autograd::{
    functional::{TensorOf, Tree},
    no_grad,
};
use tensor_core::{Real, Tensor};

/// The tensors, one after the other.
pub(crate) fn tensors<X: Tree>(x: &X) -> Vec<&TensorOf<X>> {
    let mut all = Vec::new();
    x.tensors(&mut all);
    all
}

/// The elements of all tensors, one after the other.
pub(crate) fn flatten<X: Tree>(x: &X) -> Vec<f64> {
    tensors(x).into_iter().flat_map(|tensor| tensor.to_vec()).map(Real::as_f64).collect()
}

/// The structure of `like` with these elements, in constants.
pub(crate) fn unflatten<X: Tree>(like: &X, elements: &[f64]) -> X::Owned {
    let mut shapes = tensors(like).into_iter().map(|tensor| tensor.shape().to_vec());
    let mut elements = elements.iter().map(|&x| X::Real::from_f64(x));
    like.rebuild(&mut || {
        let shape = shapes.next().expect("as many as there are tensors");
        let data: Vec<X::Real> = elements.by_ref().take(shape.iter().product()).collect();
        no_grad(|| Tensor::from_vec(data, shape))
    })
}

/// The distance from 1 to the next number of a precision.
pub(crate) fn epsilon<T: Real>() -> f64 {
    T::epsilon().as_f64()
}
