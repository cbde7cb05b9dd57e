//! Someone who needs to read and write arrays.

use tensor_core::{Serial, Tensor};
use tensor_io::npy;

fn main() {
    let path = std::env::temp_dir().join(format!("takes-tensor-io-{}.npy", std::process::id()));
    let x = Tensor::<f32, Serial>::new([[1.0, 2.0], [3.0, 4.0]]);
    npy::save(&path, &x.t()).expect("a folder to write to");
    let y = npy::load::<f32, Serial>(&path).expect("a file just written");
    std::fs::remove_file(&path).expect("a file just read");
    assert_eq!(y.to_vec(), [1.0, 3.0, 2.0, 4.0]);
}
