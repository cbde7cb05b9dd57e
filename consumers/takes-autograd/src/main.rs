//! Someone who has a function of their own and wants its gradient, and to know that it is right.

use autograd::{Autodiff, Gradient, gradcheck};
use tensor_core::{Serial, Tensor};

type T = Tensor<f64, Autodiff<Serial>>;

fn swish(x: &T) -> T {
    x * x.sigmoid()
}

/// The logarithm of the volume that the columns span.
#[cfg(test)]
fn log_volume(a: &T) -> T {
    a.det().abs().ln()
}

fn main() {
    let x = T::new([-1.0, 0.0, 2.0]).with_grad();
    swish(&x).sum().backward();
    assert_eq!(x.grad().slice(1).item(), 0.5);
    assert_eq!(gradcheck(|x| swish(&x[0]), &[&x.detach()], Default::default()).checked, 3);
}

#[cfg(test)]
mod tests {
    use super::*;
    use autograd::gradgradcheck;
    use autograd::strategies::{between, shapes, tensors, well_conditioned};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn swish_has_the_right_gradient(x in tensors(shapes(4), between(-2.0, 2.0))) {
            gradcheck(|x| swish(&x[0]), &[&x], Default::default());
            gradgradcheck(|x| swish(&x[0]), &[&x], Default::default());
        }

        #[test]
        fn log_volume_has_the_right_gradient(a in well_conditioned(Just(3), Just(3), 5.0)) {
            gradcheck(|a| log_volume(&a[0]), &[&a], Default::default());
            gradgradcheck(|a| log_volume(&a[0]), &[&a], Default::default());
        }
    }
}
