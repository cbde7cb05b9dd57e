//! The gradient of every differentiable operation against finite differences in f64, at first and second order, on random
//! shapes and layouts and on both backends; of linear ones also by the exact adjoint identity.
//!
//! The tests iterate over the lists of operations, so that a new operation is tested as soon as it exists.

/// Runs each test on `Serial` and on `Parallel`.
macro_rules! on_backends {
    ($($name:ident)*) => {
        mod serial {
            $( #[test] fn $name() { super::$name::<tensor_core::Serial>() } )*
        }
        #[cfg(feature = "rayon")]
        mod parallel {
            $( #[test] fn $name() { super::$name::<tensor_core::Parallel>() } )*
        }
    };
}

mod adjoints;
mod axes;
mod composites;
mod conventions;
mod elementwise;
mod index;
mod layout;
mod linalg;
mod products;
mod support;
