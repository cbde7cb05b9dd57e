//! In from and out to `ndarray`: the same shape, the same elements, whatever the layout.
#![cfg(feature = "ndarray")]

use ndarray::{Array1, Array3, ArrayD, Axis, IxDyn, arr0, array, s};
use tensor_core::{Backend, Element, Serial, Tensor, step};

/// Looks at a tensor, and whether each fills a gapless stretch of memory.
fn looks<T: Element, B: Backend>(elements: [T; 24]) -> Vec<(Tensor<T, B>, bool)> {
    let x = Tensor::<T, B>::from_slice(&elements, [2, 3, 4]);
    vec![
        (x.clone(), true),
        (x.permute([2, 0, 1]).into_tensor(), true),
        (x.permute([1, 2, 0]).unsqueeze(1).into_tensor(), true),
        (x.slice(1).t().into_tensor(), true),
        (x.slice((0, 1, 2)).into_tensor(), true),
        (x.slice((0, 0..0)).into_tensor(), true),
        (x.slice((.., 1)).into_tensor(), false),
        (x.flip(1).into_tensor(), false),
        (x.slice((.., .., step(.., 2))).into_tensor(), false),
        (x.slice((0, 1, 2)).expand([5, 2]).into_tensor(), false),
    ]
}

fn round_trip<T: Element, B: Backend>(elements: [T; 24]) {
    for (x, gapless) in looks::<T, B>(elements) {
        let array = x.to_ndarray();
        assert_eq!(array.shape(), x.shape());
        assert_eq!(array.iter().copied().collect::<Vec<T>>(), x.to_vec());

        let view = x.as_ndarray();
        assert_eq!(view.is_some(), gapless, "{:?}", x.layout());
        if let Some(view) = view {
            assert_eq!(view, array);
            assert!(view.is_empty() || view.as_ptr() as usize == x.array().address());
        }

        let back = Tensor::<T, B>::from(&array);
        assert_eq!((back.shape(), back.to_vec()), (x.shape(), x.to_vec()));
    }
}

fn every_type<B: Backend>() {
    round_trip::<f32, B>(std::array::from_fn(|i| i as f32));
    round_trip::<f64, B>(std::array::from_fn(|i| i as f64));
    round_trip::<i64, B>(std::array::from_fn(|i| i as i64));
    round_trip::<i32, B>(std::array::from_fn(|i| i as i32));
    round_trip::<u8, B>(std::array::from_fn(|i| i as u8));
    round_trip::<bool, B>(std::array::from_fn(|i| i % 3 == 0));
}

#[test]
fn tensors_go_out_and_come_back() {
    every_type::<Serial>();
    #[cfg(feature = "rayon")]
    every_type::<tensor_core::Parallel>();
}

#[test]
fn arrays_of_any_layout_come_in() {
    let array = Array3::from_shape_fn((2, 3, 4), |(i, j, k)| (100 * i + 10 * j + k) as f64);
    let same = |x: Tensor<f64, Serial>, array: ArrayD<f64>| {
        assert_eq!((x.shape(), x.to_vec()), (array.shape(), array.iter().copied().collect()));
    };
    same((&array).into(), array.clone().into_dyn());
    same((&array.t()).into(), array.t().to_owned().into_dyn());
    let part = array.slice(s![1, ..;-1, 1..;2]);
    same(part.into(), part.to_owned().into_dyn());
    let repeated = array.index_axis(Axis(0), 0);
    let repeated = repeated.broadcast((2, 3, 4)).unwrap();
    same(repeated.into(), repeated.to_owned().into_dyn());
    same((&ArrayD::zeros(IxDyn(&[3, 0, 2]))).into(), ArrayD::zeros(IxDyn(&[3, 0, 2])));
    same(arr0(5.0).into(), arr0(5.0).into_dyn());
    same(Array1::from_vec(vec![1.0, 2.0]).into(), array![1.0, 2.0].into_dyn());
}
