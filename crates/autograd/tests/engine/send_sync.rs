//! Tensors, their backends and what is made of them can be sent to and shared with other threads: checked by the compiler.

use autograd::{Autodiff, GradMut, GradcheckError, GradcheckReport, Var};
use tensor_core::{Serial, Tensor, View};

const fn crosses_threads<T: Send + Sync>() {}

macro_rules! cross_threads {
    ($($name:ident: $backend:ty;)*) => { $( mod $name {
        use super::*;
        const _: () = {
            crosses_threads::<$backend>();
            crosses_threads::<Autodiff<$backend>>();
            crosses_threads::<Tensor<f32, $backend>>();
            crosses_threads::<Tensor<f32, Autodiff<$backend>>>();
            crosses_threads::<Tensor<f64, Autodiff<$backend>>>();
            crosses_threads::<Tensor<i64, Autodiff<$backend>>>();
            crosses_threads::<Tensor<bool, Autodiff<$backend>>>();
            crosses_threads::<View<f32, Autodiff<$backend>>>();
            crosses_threads::<Var<f32, $backend>>();
            crosses_threads::<GradMut<f32, $backend>>();
            // A backend that decorates a decorated one.
            crosses_threads::<Tensor<f32, Autodiff<Autodiff<$backend>>>>();
        };
    } )* };
}

cross_threads! { serial: Serial; }
#[cfg(feature = "rayon")]
cross_threads! { parallel: tensor_core::Parallel; }

const _: () = {
    crosses_threads::<GradcheckError>();
    crosses_threads::<GradcheckReport>();
};
