//! Someone who needs arrays, on one thread, without gradients.

use tensor_core::{Generator, Serial, Tensor};

fn main() {
    let mut x = Tensor::<f64, Serial>::ones([4, 2]);
    x.slice_mut((.., 0)).uniform_with_(&mut Generator::new(1), -1.0, 1.0);
    let y = x.matmul(&Tensor::new([3.0, 2.0]));
    assert_eq!(y.shape(), [4]);
    assert_eq!(y.slice(1).item(), 3.0 * x.slice((1, 0)).item() + 2.0);
}
