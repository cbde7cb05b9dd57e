//! Someone who takes it all, on one thread: the lesson.

use gradus::prelude::*;

fn main() {
    manual_seed(42);
    let mut x = ones([100, 2]);
    x.slice_mut((.., 0)).uniform_(-1.0, 1.0);
    let y = x.matmul(tensor([3.0, 2.0])) + rand([100]);
    let a = Parameter::new(tensor([-1.0, 1.0]));
    for _ in 0..100 {
        mse(&x.matmul(&a), &y).backward();
        no_grad(|| a.sub_(0.1 * a.grad()));
        a.zero_grad();
    }
    assert!(mse(&x.matmul(&a), &y).item() < 0.1);
}
