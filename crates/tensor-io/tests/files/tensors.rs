//! Tensors in and out of files, of every element type, layout and backend.

use std::{fmt::Debug, fs, path::PathBuf};

use autograd::{Autodiff, Gradient};
use tensor_core::{Backend, Parallel, Serial, Tensor};
use tensor_io::npy::{self, Element};

/// A file of this test's own, gone when dropped.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str) -> Self {
        Temporary(std::env::temp_dir().join(format!("tensor-io-{}-{name}.npy", std::process::id())))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// The tensor comes back, and so do looks at it that are laid out otherwise.
fn comes_back<T: Element + Debug, B: Backend>(name: &str, elements: [T; 24]) {
    let file = Temporary::new(name);
    let x = Tensor::<T, B>::from_slice(&elements, [2, 3, 4]);
    let looks = [
        x.clone(),
        x.permute([2, 0, 1]).into_tensor(),
        x.slice((1, .., tensor_core::step(.., -2))).into_tensor(),
        x.slice((0, 1, 2)).expand([5, 2]).into_tensor(),
        x.slice((0, 0..0)).into_tensor(),
        x.slice((0, 0, 3)).into_tensor(),
    ];
    for look in looks {
        npy::save(&file.0, &look).unwrap();
        let back = npy::load::<T, B>(&file.0).unwrap();
        assert_eq!((back.shape(), back.to_vec()), (look.shape(), look.to_vec()));
    }
}

fn every_type<B: Backend>(name: &str) {
    let file = |dtype: &str| format!("{name}-{dtype}");
    comes_back::<f32, B>(&file("f32"), std::array::from_fn(|i| i as f32 / 8.0 - 1.0));
    comes_back::<f64, B>(&file("f64"), std::array::from_fn(|i| i as f64 / 8.0 - 1.0));
    comes_back::<i32, B>(&file("i32"), std::array::from_fn(|i| i as i32 - 5));
    comes_back::<i64, B>(&file("i64"), std::array::from_fn(|i| i as i64 - 5));
    comes_back::<u8, B>(&file("u8"), std::array::from_fn(|i| i as u8));
    comes_back::<bool, B>(&file("bool"), std::array::from_fn(|i| i % 3 == 0));
}

#[test]
fn what_is_saved_is_loaded_on_every_backend() {
    every_type::<Serial>("serial");
    every_type::<Parallel>("parallel");
    every_type::<Autodiff<Serial>>("autodiff-serial");
    every_type::<Autodiff<Parallel>>("autodiff-parallel");
}

#[test]
fn a_leaf_is_saved_and_comes_back_as_a_constant() {
    let file = Temporary::new("leaf");
    let x = Tensor::<f64, Autodiff<Serial>>::new([1.0, 2.0]).with_grad();
    npy::save(&file.0, &x).unwrap();
    assert!(!npy::load::<f64, Autodiff<Serial>>(&file.0).unwrap().requires_grad());
}

#[test]
fn fortrans_order_is_a_layout() {
    let path = format!("{}/tests/numpy/fortran.npy", env!("CARGO_MANIFEST_DIR"));
    let x = npy::load::<f64, Serial>(path).unwrap();
    assert_eq!((x.shape(), x.layout().strides()), (&[2, 3, 4][..], &[1, 2, 6][..]));
    let c = (0..24).map(|i| f64::from(i) / 8.0 - 1.0).collect::<Vec<_>>();
    assert_eq!(x.to_vec(), c);
}

#[test]
fn what_cannot_be_loaded_names_the_file() {
    let file = Temporary::new("wrong");
    npy::save(&file.0, &Tensor::<i64, Serial>::new([1, 2])).unwrap();
    let message = npy::load::<f32, Serial>(&file.0).unwrap_err().to_string();
    assert!(message.starts_with(&file.0.display().to_string()) && message.ends_with("are i64, not f32"), "{message}");

    // No elements, and sizes whose product no tensor may have.
    fs::write(&file.0, npy::encode::<f32>(&[0, usize::MAX / 2], &[])).unwrap();
    let message = npy::load::<f32, Serial>(&file.0).unwrap_err().to_string();
    assert!(message.starts_with(&file.0.display().to_string()) && message.contains("more elements"), "{message}");
    assert!(npy::load::<f32, Serial>("no/such/file.npy").is_err());
}

#[cfg(feature = "csv")]
#[test]
fn columns_become_tensors_in_both_precisions() {
    fn check<B: Backend>() {
        let table = tensor_io::csv::parse(b"y,a,b\n1,0.1,3\n4,5,NaN\n", "here").unwrap();
        let x = table.tensor::<f64, B>(&["b", "a"]).unwrap();
        assert_eq!((x.shape(), &x.to_vec()[..2]), (&[2, 2][..], &[3.0, 0.1][..]));
        assert!(x.to_vec()[2].is_nan());
        assert_eq!(table.tensor::<f32, B>(&["a", "y"]).unwrap().to_vec(), [0.1, 1.0, 5.0, 4.0]);
        assert_eq!(table.tensor::<f32, B>(&[]).unwrap().shape(), [2, 0]);
        let message = table.tensor::<f32, B>(&["A"]).unwrap_err().to_string();
        assert!(message.contains("did you mean `a`?"), "{message}");
    }
    check::<Serial>();
    check::<Parallel>();
    check::<Autodiff<Serial>>();
    check::<Autodiff<Parallel>>();
}
