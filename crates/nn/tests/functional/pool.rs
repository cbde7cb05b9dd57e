use crate::{G, X, at, close, indices, random};
use autograd::Gradient;
use nn::functional::*;
use tensor_core::{Serial, Tensor};

/// The elements of a window along one axis that lie inside.
fn window(i: usize, kernel: usize, stride: usize, dilation: usize, padding: usize, size: usize) -> Vec<usize> {
    let place = |k| (i * stride + k * dilation) as isize - padding as isize;
    (0..kernel).map(place).filter(|&p| p >= 0 && p < size as isize).map(|p| p as usize).collect()
}

/// How many windows there are, by trying.
fn count(kernel: usize, stride: usize, dilation: usize, padding: usize, size: usize, ceil: bool) -> usize {
    let (size, padding) = (size as isize, padding as isize);
    let fits = |i: &isize| {
        let start = i * stride as isize - padding;
        let end = start + (dilation * (kernel - 1) + 1) as isize;
        // With `ceil` the last one may end behind, but less than a stride too far, and not begin there.
        if ceil { end < size + padding + stride as isize && (start < size || *i == 0) } else { end <= size + padding }
    };
    (0..).take_while(fits).count()
}

#[test]
fn the_largest_of_each_window_and_its_place() {
    let x = random(1, [2, 2, 7, 6]);
    for (kernel, stride, dilation, padding) in [
        ([2, 2], [2, 2], [1, 1], [0, 0]),
        ([3, 2], [2, 1], [1, 1], [1, 1]),
        ([3, 3], [2, 3], [2, 1], [2, 1]),
        ([2, 3], [3, 2], [3, 2], [1, 2]),
        ([7, 1], [1, 1], [1, 1], [3, 0]),
    ] {
        for ceil_mode in [false, true] {
            let options = MaxPool { stride: Some(stride), padding, dilation, ceil_mode };
            let (y, place) = max_pool2d_with_indices(&x, kernel, options);
            let size =
                [0, 1].map(|a| count(kernel[a], stride[a], dilation[a], padding[a], x.shape()[2 + a], ceil_mode));
            let shape = [2, 2, size[0], size[1]];
            let (mut values, mut places) = (vec![], vec![]);
            for i in indices(&shape) {
                let rows = window(i[2], kernel[0], stride[0], dilation[0], padding[0], 7);
                let columns = window(i[3], kernel[1], stride[1], dilation[1], padding[1], 6);
                let mut best = (f64::NEG_INFINITY, 0);
                for &r in &rows {
                    for &c in &columns {
                        let value = at(&x, &[i[0] as isize, i[1] as isize, r as isize, c as isize]);
                        if value > best.0 {
                            best = (value, (r * 6 + c) as i64);
                        }
                    }
                }
                values.push(best.0);
                places.push(best.1);
            }
            close(&y, &X::from_vec(values, shape));
            assert_eq!(place.to_vec(), places);
            close(&max_pool2d(&x.slice(0), kernel, options), &y.slice(0));
        }
    }
}

#[test]
fn the_mean_of_each_window() {
    let x = random(1, [2, 2, 7, 6]);
    for (kernel, stride, padding) in
        [([2, 2], [2, 2], [0, 0]), ([3, 2], [2, 1], [1, 1]), ([4, 3], [2, 3], [2, 1]), ([7, 1], [3, 4], [3, 0])]
    {
        for (ceil_mode, count_include_pad) in [(false, false), (false, true), (true, false), (true, true)] {
            let options =
                AvgPool { stride: Some(stride), padding, ceil_mode, count_include_pad, divisor_override: None };
            let size = [0, 1].map(|a| count(kernel[a], stride[a], 1, padding[a], x.shape()[2 + a], ceil_mode));
            let shape = [2, 2, size[0], size[1]];
            let inside =
                |i: &[usize], a: usize| window(i[2 + a], kernel[a], stride[a], 1, padding[a], x.shape()[2 + a]);
            let sum = |i: &Vec<usize>| -> f64 {
                let places = inside(i, 0).into_iter().flat_map(|r| inside(i, 1).into_iter().map(move |c| (r, c)));
                places.map(|(r, c)| at(&x, &[i[0], i[1], r, c].map(|i| i as isize))).sum()
            };
            let elements = |i: &[usize], a: usize| {
                let start = i[2 + a] * stride[a];
                let padded = (start + kernel[a]).min(x.shape()[2 + a] + 2 * padding[a]) - start;
                if count_include_pad { padded } else { inside(i, a).len() }
            };
            let mean = |i: Vec<usize>| sum(&i) / (elements(&i, 0) * elements(&i, 1)) as f64;
            close(
                &avg_pool2d(&x, kernel, options),
                &X::from_vec(indices(&shape).into_iter().map(mean).collect(), shape),
            );
            let third = AvgPool { divisor_override: Some(-3), ..options };
            let expected = X::from_vec(indices(&shape).into_iter().map(|i| sum(&i) / -3.0).collect(), shape);
            close(&avg_pool2d(&x, kernel, third), &expected);
        }
    }
}

#[test]
fn windows_of_a_given_number_cover_the_axis() {
    let x = random(1, [2, 2, 7, 6]);
    for size in [[1, 1], [3, 2], [7, 6], [5, 4], [9, 7]] {
        let bounds = |i: usize, a: usize| {
            let old = x.shape()[2 + a];
            i * old / size[a]..((i + 1) * old).div_ceil(size[a])
        };
        let shape = [2, 2, size[0], size[1]];
        let (mut means, mut values, mut places) = (vec![], vec![], vec![]);
        for i in indices(&shape) {
            let elements: Vec<(f64, usize)> = bounds(i[2], 0)
                .flat_map(|r| bounds(i[3], 1).map(move |c| (r, c)))
                .map(|(r, c)| (at(&x, &[i[0], i[1], r, c].map(|i| i as isize)), r * 6 + c))
                .collect();
            means.push(elements.iter().map(|e| e.0).sum::<f64>() / elements.len() as f64);
            let best = elements.iter().fold((f64::NEG_INFINITY, 0), |best, &e| if e.0 > best.0 { e } else { best });
            values.push(best.0);
            places.push(best.1 as i64);
        }
        close(&adaptive_avg_pool2d(&x, size), &X::from_vec(means, shape));
        let (y, place) = adaptive_max_pool2d_with_indices(&x, size);
        close(&y, &X::from_vec(values, shape));
        assert_eq!(place.to_vec(), places);
    }
    assert_eq!(adaptive_avg_pool2d(&x, [0, 3]).shape(), [2, 2, 0, 3]);
    assert_eq!(adaptive_max_pool2d(&x, [0, 3]).shape(), [2, 2, 0, 3]);
    close(&adaptive_avg_pool1d(&x.slice(0), [4]), &adaptive_avg_pool3d(&x.slice(0).unsqueeze(0), [2, 7, 4]).squeeze(0));
    close(&adaptive_max_pool1d(&x.slice((0, 0)), [4]), &adaptive_max_pool2d(&x.slice((0, 0..1)), [7, 4]).squeeze(0));
}

#[test]
fn the_first_of_the_largest_takes_the_gradient() {
    let x = G::ones([1, 3, 3]).with_grad();
    max_pool2d(&x, [2, 2], MaxPool { stride: Some([1, 1]), ..MaxPool::default() }).sum().backward();
    assert_eq!(x.grad().to_vec(), [1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    let x = G::ones([1, 1, 5]).with_grad();
    adaptive_max_pool1d(&x, [3]).sum().backward();
    assert_eq!(x.grad().to_vec(), [1.0, 1.0, 0.0, 1.0, 0.0]);
}

#[test]
fn special_values_in_windows() {
    // Of nothing but −∞ the place is still one inside.
    let least = X::full([1, 1, 4], f64::NEG_INFINITY);
    let padded = MaxPool { padding: [1], stride: Some([2]), ..MaxPool::default() };
    let (y, place) = max_pool1d_with_indices(&least, [3], padded);
    assert_eq!((y.to_vec(), place.to_vec()), (vec![f64::NEG_INFINITY; 2], vec![0, 1]));

    let x = X::new([[1.0, f64::NAN, 3.0, f64::INFINITY, 2.0, 0.0]]);
    let y = max_pool1d(&x, [2], MaxPool::default()).to_vec();
    assert!(y[0].is_nan() && y[1] == f64::INFINITY && y[2] == 2.0);
    // The infinity of one window is not seen by another, nor does it meet a 0.
    let x = X::new([[f64::INFINITY, 1.0, 2.0, 3.0, 4.0]]);
    assert_eq!(adaptive_avg_pool1d(&x, [2]).to_vec(), [f64::INFINITY, 3.0]);
    assert_eq!(adaptive_avg_pool1d(&x, [3]).to_vec(), [f64::INFINITY, 2.0, 3.5]);
}

#[test]
fn an_empty_batch_stays_empty() {
    let x = X::zeros([0, 2, 4]);
    assert_eq!(max_pool1d(&x, [2], MaxPool::default()).shape(), [0, 2, 2]);
    assert_eq!(avg_pool1d(&x, [2], AvgPool::default()).shape(), [0, 2, 2]);
    assert_eq!(adaptive_max_pool1d(&x, [3]).shape(), [0, 2, 3]);
    assert_eq!(adaptive_avg_pool1d(&x, [3]).shape(), [0, 2, 3]);
}

#[test]
fn unpooling_puts_the_largest_back() {
    let x = random(1, [2, 3, 5, 6]);
    let (y, place) = max_pool2d_with_indices(&x, [2, 2], MaxPool::default());
    let back = max_unpool2d(&y, &place, [2, 2], MaxUnpool { output_size: Some([5, 6]), ..MaxUnpool::default() });
    close(&back, &back.eq(&x).where_cond(&x, 0.0));
    assert_eq!(back.ne(0.0).count(), y.numel());
    assert_eq!(max_unpool2d(&y, &place, [2, 2], MaxUnpool::default()).shape(), [2, 3, 4, 6]);
    assert!(try_max_unpool2d(&y, &(place + 24), [2, 2], MaxUnpool::default()).is_err());
}

#[test]
fn powers_in_windows() {
    let x = random(1, [1, 2, 6]).abs();
    let y = lp_pool1d(&x, 3.0, [2], LpPool::default());
    close(&y, &x.pow(3.0).reshape([1, 2, 3, 2]).sum_axes(-1).pow(1.0 / 3.0));
    close(&lp_pool2d(&x, 1.0, [2, 2], LpPool::default()), &x.sum_axes(1).reshape([1, 1, 3, 2]).sum_axes(-1));
}

#[test]
fn what_pooling_refuses() {
    let refuses = |result: tensor_core::Result<Tensor<f64, Serial>>, part: &str| {
        let message = result.unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    };
    let x = X::ones([2, 3, 4]);
    let plain = MaxPool::<1>::default();
    refuses(try_max_pool1d(&X::ones([3]), [1], plain), "must have a rank of 2 or, with a batch, 3");
    refuses(try_max_pool1d(&X::ones([0, 10]), [1], plain), "only the batch may be empty");
    refuses(try_max_pool1d(&x, [0], plain), "the kernel is 0");
    refuses(try_max_pool1d(&x, [2], MaxPool { stride: Some([0]), ..plain }), "the stride is 0");
    refuses(try_max_pool1d(&x, [2], MaxPool { dilation: [0], ..plain }), "the dilation is 0");
    refuses(try_max_pool1d(&x, [2], MaxPool { padding: [2], ..plain }), "at most half of the 2 elements");
    refuses(try_max_pool1d(&x, [5], plain), "does not fit an axis of 4 elements");
    let huge = MaxPool { dilation: [1 << 60], ceil_mode: true, ..plain };
    refuses(try_max_pool1d(&x, [1 << 60], huge), "does not fit");
    refuses(try_max_pool1d(&x, [usize::MAX], plain), "does not fit");
    // A window far larger than the axis costs no more than the axis.
    let wide = MaxPool { stride: Some([1 << 50]), ceil_mode: true, ..plain };
    assert_eq!(max_pool1d(&x, [1 << 49], wide).shape(), [2, 3, 1]);
    refuses(try_avg_pool1d(&x, [2], AvgPool { divisor_override: Some(0), ..AvgPool::default() }), "must not be 0");
    refuses(try_adaptive_avg_pool2d(&X::ones([2, 2]), [1, 1]), "must have a rank of 3");
}
