//! The lesson, as a user writes it.

use autograd::{Autodiff, Gradient, no_grad};
use tensor_core::{Parallel, Tensor, manual_seed, mse};

type T = Tensor<f32, Autodiff<Parallel>>;

#[test]
fn gradient_descent_fits_a_line() {
    manual_seed(42);
    let n = 100;
    let mut x = T::ones([n, 2]);
    x.slice_mut((.., 0)).uniform_(-1.0, 1.0);
    let y = x.matmul(T::new([3.0, 2.0])) + T::rand([n]);

    let mut a = T::new([-1.0, 1.0]).with_grad();
    let lr = 0.1;
    for t in 0..100 {
        let loss = mse(&x.matmul(&a), &y);
        if t % 10 == 0 {
            println!("{loss}");
        }
        loss.backward();
        no_grad(|| a.sub_(lr * a.grad()));
        a.zero_grad();
    }
    println!("{a:?} {:?}", x.slice((0..3, ..)));
    assert!((a.slice(0).item() - 3.0).abs() < 0.2);
}
