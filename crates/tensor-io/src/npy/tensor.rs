//! Tensors in and out of `.npy` files.

use std::path::Path;

use tensor_core::{Backend, Tensor};

use super::{Element, read, write};
use crate::Error;

/// Reads a tensor whose elements are `T` in the file; nothing is converted. It is a constant of its backend.
///
/// An array in Fortran's order becomes a tensor of the same shape whose first axis' neighbours are neighbours in memory.
///
/// # Errors
/// If the file cannot be read, is not an array of `T` in the `.npy` format, or ends too early.
///
/// ```
/// # let path = std::env::temp_dir().join("tensor-io-doc-load.npy");
/// use tensor_core::{Serial, Tensor};
/// use tensor_io::npy;
///
/// let x = Tensor::<f32, Serial>::new([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
/// npy::save(&path, &x.t())?;
/// let y: Tensor<f32, Serial> = npy::load(&path)?;
/// assert_eq!(y.shape(), [3, 2]);
/// assert_eq!(y.to_vec(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
/// # std::fs::remove_file(path).unwrap();
/// # Ok::<(), tensor_io::Error>(())
/// ```
pub fn load<T: Element, B: Backend>(path: impl AsRef<Path>) -> Result<Tensor<T, B>, Error> {
    let path = path.as_ref();
    let mut array = read::<T>(path)?;
    if array.fortran {
        array.shape.reverse();
    }
    let tensor = Tensor::try_from_vec(array.data, array.shape).and_then(|tensor| match array.fortran {
        true => {
            tensor.try_permute((0..tensor.rank() as isize).rev().collect::<Vec<_>>()).map(|view| view.into_tensor())
        }
        false => Ok(tensor),
    });
    tensor.map_err(|error| Error::Format { file: path.display().to_string(), line: None, problem: error.to_string() })
}

/// Writes a tensor, of any layout, as an array in C order: the same bytes as `numpy.save`.
///
/// # Errors
/// If the file cannot be written.
pub fn save<T: Element, B: Backend>(path: impl AsRef<Path>, tensor: &Tensor<T, B>) -> Result<(), Error> {
    match tensor.as_slice() {
        Some(elements) => write(path, tensor.shape(), elements),
        None => write(path, tensor.shape(), &tensor.to_vec()),
    }
}
