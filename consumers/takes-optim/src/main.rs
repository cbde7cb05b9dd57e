//! Someone with gradients from elsewhere who needs an update rule.

use optim::rule::{Rule, Sgd};
use tensor_core::{Serial, Tensor};

fn main() {
    let rule = Sgd { lr: 0.1, momentum: 0.5, ..Sgd::default() };
    let mut state = Default::default();
    let mut x = Tensor::<f64, Serial>::new([1.0, -2.0]);
    for _ in 0..100 {
        let gradient = 2.0 * &x;
        rule.update(&mut x, &gradient, &mut state);
    }
    assert!(x.abs().max().item() < 1e-6);
}
