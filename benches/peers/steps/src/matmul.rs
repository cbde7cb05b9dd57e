//! A few products of tensors, the result's allocation included. The kernels themselves are raced in `bin/matmul.rs`.

use crate::{Contest, data};
use burn::tensor::{Device as BurnDevice, Tensor as Burn, TensorData};
use candle_core::{Device, Tensor as Candle};
use gradus::DefaultBackend;
use gradus::tensor_core::Tensor;
use ndarray::Array2;
use peers::Entry;
use std::hint::black_box;

pub fn rows(contest: &mut Contest) {
    for (m, k, n) in [(16, 16, 16), (64, 64, 64), (256, 256, 256), (1024, 1024, 1024), (64, 784, 128), (1, 1024, 1024)]
    {
        contest.row(&format!("matmul {m}×{k}×{n}"), 1.0, || {
            let (a, b) = (data(m * k, 1), data(k * n, 2));
            let ours = |data: &[f32], rows, columns| {
                Tensor::<f32, DefaultBackend>::new(data).reshape([rows, columns]).into_tensor()
            };
            let (oa, ob) = (ours(&a, m, k), ours(&b, k, n));
            let candle = |data: &[f32], rows, columns| Candle::from_slice(data, (rows, columns), &Device::Cpu).unwrap();
            let (ca, cb) = (candle(&a, m, k), candle(&b, k, n));
            let burn = |data: &[f32], rows, columns| {
                Burn::<2>::from_data(TensorData::new(data.to_vec(), [rows, columns]), &BurnDevice::flex())
            };
            let (ba, bb) = (burn(&a, m, k), burn(&b, k, n));
            let array = |data, rows, columns| Array2::from_shape_vec((rows, columns), data).unwrap();
            let (na, nb) = (array(a, m, k), array(b, k, n));
            vec![
                Entry::new("gradus", move || drop(black_box(oa.matmul(&ob)))),
                Entry::new("candle", move || drop(black_box(ca.matmul(&cb).unwrap()))),
                Entry::new("burn", move || drop(black_box(ba.clone().matmul(bb.clone())))),
                Entry::new("ndarray", move || drop(black_box(na.dot(&nb)))),
            ]
        });
    }
}
