//! Someone who needs a matrix product and nothing else.

use tensor_matmul::{MatMut, MatRef, matmul};

fn main() {
    let (a, b) = ([1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
    let mut c = [0.0; 4];
    matmul(MatRef::row_major(&a, 2, 3), MatRef::row_major(&b, 3, 2), MatMut::row_major(&mut c, 2, 2));
    assert_eq!(c, [4.0, 5.0, 10.0, 11.0]);
}
