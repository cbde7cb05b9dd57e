use crate::{X, close, random};
use nn::functional::*;

/// (x − mean) / √(var + eps) of some numbers.
fn standard(x: &[f64], eps: f64) -> Vec<f64> {
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    let var = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    x.iter().map(|x| (x - mean) / (var + eps).sqrt()).collect()
}

/// Rows of a matrix, each by itself.
fn by_rows(x: &X, f: impl Fn(&[f64]) -> Vec<f64>) -> X {
    let rows: Vec<f64> = (0..x.size(0)).flat_map(|row| f(&x.slice(row).to_vec())).collect();
    X::from_vec(rows, x.shape())
}

#[test]
fn every_norm_makes_mean_0_and_variance_1() {
    let x = random(1, [4, 6, 3]);
    let (weight, bias) = (random(2, [6]), random(3, [6]));
    let affine = |y: X| y * weight.unsqueeze(1) + bias.unsqueeze(1);
    let eps = 0.1;

    let rows = by_rows(&x.transpose(0, 1).reshape([6, 12]), |row| standard(row, eps));
    let batch = BatchNorm { weight: Some(&weight), bias: Some(&bias), training: true, eps, ..BatchNorm::default() };
    close(&batch_norm(&x, None, batch), &affine(rows.reshape([6, 4, 3]).transpose(0, 1).into_tensor()));

    let rows = by_rows(&x.reshape([24, 3]), |row| standard(row, eps)).reshape([4, 6, 3]).into_tensor();
    let instance = InstanceNorm { weight: Some(&weight), bias: Some(&bias), eps, ..InstanceNorm::default() };
    close(&instance_norm(&x, None, instance), &affine(rows.clone()));
    close(&layer_norm(&x, &[3], Norm { eps, ..Norm::default() }), &rows);

    let rows = by_rows(&x.reshape([8, 9]), |row| standard(row, eps)).reshape([4, 6, 3]).into_tensor();
    close(&group_norm(&x, 2, Norm { weight: Some(&weight), bias: Some(&bias), eps }), &affine(rows));

    let square = |row: &[f64]| (row.iter().map(|x| x * x).sum::<f64>() / row.len() as f64 + eps).sqrt();
    let rows = by_rows(&x.reshape([4, 18]), |row| row.iter().map(|x| x / square(row)).collect()).reshape([4, 6, 3]);
    let weight = random(4, [6, 3]);
    close(&rms_norm(&x, &[6, 3], RmsNorm { weight: Some(&weight), eps: Some(eps) }), &(rows * &weight));
}

#[test]
fn running_statistics_follow_the_batch_and_serve_without_training() {
    let x = random(1, [4, 2, 3]);
    let (mut mean, mut var) = (X::new([1.0, 2.0]), X::new([3.0, 4.0]));
    let training = BatchNorm { training: true, momentum: 0.25, ..BatchNorm::default() };
    let _ = batch_norm(&x, Some((&mut mean, &mut var)), training);
    close(&mean, &(X::new([1.0, 2.0]) * 0.75 + x.mean_axes([0, 2]) * 0.25));
    close(&var, &(X::new([3.0, 4.0]) * 0.75 + x.var_axes([0, 2], 1) * 0.25));

    let before = (mean.clone(), var.clone());
    let y = batch_norm(&x, Some((&mut mean, &mut var)), BatchNorm::default());
    close(&y, &((&x - mean.unsqueeze(1)) / (var.unsqueeze(1) + 1e-5).sqrt()));
    assert_eq!((mean.to_vec(), var.to_vec()), (before.0.to_vec(), before.1.to_vec()));
    let fixed = InstanceNorm { use_input_stats: false, ..InstanceNorm::default() };
    close(&instance_norm(&x, Some((&mut mean, &mut var)), fixed), &y);

    let (mut mean, mut var) = (X::new([1.0, 2.0]), X::new([3.0, 4.0]));
    let instance = InstanceNorm { momentum: 0.25, ..InstanceNorm::default() };
    let _ = instance_norm(&x, Some((&mut mean, &mut var)), instance);
    close(&mean, &(X::new([1.0, 2.0]) * 0.75 + x.mean_axes(2).mean_axes(0) * 0.25));
    close(&var, &(X::new([3.0, 4.0]) * 0.75 + x.var_axes(2, 1).mean_axes(0) * 0.25));
}

#[test]
fn a_response_is_divided_by_those_of_neighbouring_channels() {
    let x = random(1, [2, 5, 3]);
    let options = LocalResponseNorm { alpha: 0.5, beta: 0.7, k: 1.5 };
    let y = local_response_norm(&x, 3, options);
    let channel = |c: usize| x.slice((.., c));
    let near =
        |c: usize| (c.saturating_sub(1)..(c + 2).min(5)).map(|c| channel(c).square()).reduce(|a, b| a + b).unwrap();
    for c in 0..5 {
        close(&y.slice((.., c)), &(channel(c) / (near(c) * (0.5 / 3.0) + 1.5).pow(0.7)));
    }
}

#[test]
fn empty_batches_stay_empty_and_keep_the_statistics() {
    let (mut mean, mut var) = (X::zeros([2]), X::ones([2]));
    let training = BatchNorm { training: true, ..BatchNorm::default() };
    assert_eq!(batch_norm(&X::zeros([0, 2, 3]), Some((&mut mean, &mut var)), training).shape(), [0, 2, 3]);
    assert_eq!((mean.to_vec(), var.to_vec()), (vec![0.0; 2], vec![1.0; 2]));
    assert_eq!(batch_norm(&X::zeros([0]), None, training).shape(), [0]);
    assert_eq!(layer_norm(&X::zeros([0, 2]), &[2], Norm::default()).shape(), [0, 2]);
    assert_eq!(group_norm(&X::zeros([0, 2]), 1, Norm::default()).shape(), [0, 2]);
    assert_eq!(local_response_norm(&X::zeros([0, 2, 2]), 2, LocalResponseNorm::default()).shape(), [0, 2, 2]);
}

#[test]
fn what_norms_refuse() {
    let x = X::ones([1, 4, 2]);
    let training = BatchNorm { training: true, ..BatchNorm::default() };
    let three = X::ones([3]);
    assert!(try_batch_norm(&x, None, BatchNorm::default()).is_err());
    assert!(try_batch_norm(&X::ones([1, 4]), None, training).is_err());
    assert!(try_batch_norm(&X::ones([4]), None, training).is_err());
    assert!(try_batch_norm(&x, None, BatchNorm { weight: Some(&three), ..training }).is_err());
    assert!(try_batch_norm(&x, Some((&mut X::ones([4]), &mut X::ones([3]))), training).is_err());
    assert!(try_instance_norm(&X::ones([2, 4, 1]), None, InstanceNorm::default()).is_err());
    assert!(try_layer_norm(&x, &[4], Norm::default()).is_err());
    assert!(try_layer_norm(&x, &[2], Norm { weight: Some(&three), ..Norm::default() }).is_err());
    assert!(try_rms_norm(&x, &[], RmsNorm::default()).is_err());
    assert!(try_group_norm(&x, 3, Norm::default()).is_err() && try_group_norm(&x, 0, Norm::default()).is_err());
    assert!(try_group_norm(&X::ones([1, 0, 2]), 1, Norm::default()).is_err());
    assert!(try_local_response_norm(&x, 0, LocalResponseNorm::default()).is_err());
}
