use crate::{X, at, close, indices, random};
use nn::functional::*;

/// One way to convolve over two axes.
struct Case {
    x: [usize; 4],
    weight: [usize; 4],
    stride: [usize; 2],
    padding: [usize; 2],
    dilation: [usize; 2],
    groups: usize,
}

fn cases() -> Vec<Case> {
    let case = |x, weight, stride, padding, dilation, groups| Case { x, weight, stride, padding, dilation, groups };
    vec![
        case([2, 3, 5, 6], [4, 3, 2, 3], [1, 1], [0, 0], [1, 1], 1),
        case([1, 3, 5, 6], [4, 3, 2, 3], [2, 3], [1, 2], [1, 1], 1),
        case([2, 4, 7, 6], [6, 2, 3, 2], [2, 1], [2, 1], [2, 3], 2),
        case([2, 4, 4, 4], [4, 1, 3, 3], [1, 1], [1, 1], [1, 1], 4),
        case([2, 3, 4, 4], [5, 3, 1, 1], [1, 2], [0, 0], [1, 1], 1),
        // Weights that only ever see padding.
        case([1, 1, 1, 2], [1, 1, 5, 5], [1, 1], [3, 3], [1, 1], 1),
        case([0, 3, 5, 6], [4, 3, 2, 3], [1, 1], [0, 0], [1, 1], 1),
    ]
}

fn naive(x: &X, weight: &X, bias: &X, case: &Case, size: [usize; 2]) -> X {
    let (inside, rows) = (weight.shape()[1], weight.shape()[0] / case.groups);
    let shape = [x.shape()[0], weight.shape()[0], size[0], size[1]];
    let value = |i: Vec<usize>| {
        let mut sum = bias.to_vec()[i[1]];
        for k in indices(&weight.shape()[1..]) {
            let place = |a: usize| {
                (i[2 + a] * case.stride[a] + k[1 + a] * case.dilation[a]) as isize - case.padding[a] as isize
            };
            let channel = i[1] / rows * inside + k[0];
            let w = at(weight, &[i[1], k[0], k[1], k[2]].map(|i| i as isize));
            sum += w * at(x, &[i[0] as isize, channel as isize, place(0), place(1)]);
        }
        sum
    };
    X::from_vec(indices(&shape).into_iter().map(value).collect(), shape)
}

#[test]
fn a_convolution_is_a_sum_over_windows() {
    for case in cases() {
        let (x, weight, bias) = (random(1, case.x), random(2, case.weight), random(3, [case.weight[0]]));
        let Case { stride, padding, dilation, groups, .. } = case;
        let y = conv2d(&x, &weight, Some(&bias), Conv { stride, padding: Padding::Zeros(padding), dilation, groups });
        let size = [0, 1]
            .map(|a| (case.x[2 + a] + 2 * padding[a] - dilation[a] * (case.weight[2 + a] - 1) - 1) / stride[a] + 1);
        close(&y, &naive(&x, &weight, &bias, &case, size));
        close(
            &conv2d(
                &x.mt(),
                &weight.mt(),
                Some(&bias),
                Conv { groups, padding: Padding::Zeros([9, 9]), ..Conv::default() },
            )
            .mt()
            .contiguous(),
            &conv2d(&x, &weight, Some(&bias), Conv { groups, padding: Padding::Zeros([9, 9]), ..Conv::default() }),
        );
    }
}

#[test]
fn a_transposed_convolution_is_the_adjoint_of_the_convolution() {
    for case in cases() {
        let (x, weight) = (random(1, case.x), random(2, case.weight));
        let Case { stride, padding, dilation, groups, .. } = case;
        let y = conv2d(&x, &weight, None, Conv { stride, padding: Padding::Zeros(padding), dilation, groups });
        let z = random(4, y.shape());
        let back = |output_padding| {
            conv_transpose2d(&z, &weight, None, ConvTranspose { stride, padding, output_padding, dilation, groups })
        };
        let plain = back([0, 0]);
        let missing = [0, 1].map(|a| x.shape()[2 + a] - plain.shape()[2 + a]);
        let back = back(missing);
        assert_eq!(back.shape(), x.shape());
        let (left, right) = ((y * z).sum().item(), (x * back).sum().item());
        assert!((left - right).abs() < 1e-11, "{left} is not {right}");
    }
}

#[test]
fn a_transposed_convolution_adds_up_what_each_element_sends() {
    let (x, weight, bias) = (random(1, [2, 4, 3, 4]), random(2, [4, 3, 2, 3]), random(3, [6]));
    let options =
        ConvTranspose { stride: [3, 2], padding: [1, 2], output_padding: [2, 3], dilation: [2, 4], groups: 2 };
    let y = conv_transpose2d(&x, &weight, Some(&bias), options);
    let size = [2 * 3 + 2 + 1 + 2 - 2, 3 * 2 + 4 * 2 + 1 + 3 - 4];
    let mut expected = vec![0.0; 2 * 6 * size[0] * size[1]];
    for i in indices(&[2, 6, size[0], size[1]]) {
        let place = ((i[0] * 6 + i[1]) * size[0] + i[2]) * size[1] + i[3];
        expected[place] = bias.to_vec()[i[1]];
    }
    for i in indices(x.shape()) {
        for k in indices(&weight.shape()[1..]) {
            let channel = i[1] / 2 * 3 + k[0];
            let (row, column) = ((i[2] * 3 + k[1] * 2).wrapping_sub(1), (i[3] * 2 + k[2] * 4).wrapping_sub(2));
            if row < size[0] && column < size[1] {
                let w = at(&weight, &[i[1], k[0], k[1], k[2]].map(|i| i as isize));
                let value = at(&x, &[i[0], i[1], i[2], i[3]].map(|i| i as isize));
                expected[((i[0] * 6 + channel) * size[0] + row) * size[1] + column] += w * value;
            }
        }
    }
    close(&y, &X::from_vec(expected, [2, 6, size[0], size[1]]));
}

#[test]
fn one_and_three_axes_are_two_with_axes_of_size_one() {
    let (x, weight, bias) = (random(1, [2, 3, 6]), random(2, [4, 3, 3]), random(3, [4]));
    let one = conv1d(&x, &weight, Some(&bias), Conv { stride: [2], padding: Padding::Zeros([1]), ..Conv::default() });
    let (x2, w2) = (x.unsqueeze(2), weight.unsqueeze(2));
    let two =
        conv2d(&x2, &w2, Some(&bias), Conv { stride: [1, 2], padding: Padding::Zeros([0, 1]), ..Conv::default() });
    close(&one, &two.squeeze(2));
    let three = Conv { stride: [1, 2, 1], padding: Padding::Zeros([0, 1, 0]), ..Conv::default() };
    close(&one, &conv3d(&x2.unsqueeze(-1), &w2.unsqueeze(-1), Some(&bias), three).squeeze(-1).squeeze(2));

    let (weight, bias) = (weight.transpose(0, 1), random(3, [4]));
    let one = conv_transpose1d(&x, &weight, Some(&bias), ConvTranspose { stride: [2], ..ConvTranspose::default() });
    let three = ConvTranspose { stride: [1, 2, 1], ..ConvTranspose::default() };
    let (x3, w3) = (x2.unsqueeze(-1), weight.unsqueeze(2).unsqueeze(-1).into_tensor());
    close(&one, &conv_transpose3d(&x3, &w3, Some(&bias), three).squeeze(-1).squeeze(2));
}

#[test]
fn the_same_padding_keeps_the_size_and_puts_the_odd_zero_behind() {
    let x = random(1, [1, 2, 7]);
    for (kernel, dilation) in [(1, 1), (2, 1), (3, 2), (4, 1), (4, 3)] {
        let weight = random(2, [3, 2, kernel]);
        let y = conv1d(&x, &weight, None, Conv { padding: Padding::Same, dilation: [dilation], ..Conv::default() });
        let total = dilation * (kernel - 1);
        let around = x.pad(&[(0, 0), (0, 0), (total / 2, total - total / 2)], 0.0);
        close(&y, &conv1d(&around, &weight, None, Conv { dilation: [dilation], ..Conv::default() }));
        assert_eq!(y.shape(), [1, 3, 7]);
    }
}

#[test]
fn without_a_batch_there_is_one_image() {
    let (x, weight) = (random(1, [3, 5, 5]), random(2, [4, 3, 2, 2]));
    let batch = conv2d(&x.unsqueeze(0), &weight, None, Conv::default());
    close(&conv2d(&x, &weight, None, Conv::default()), &batch.squeeze(0));
    let weight = weight.transpose(0, 1);
    let batch = conv_transpose2d(&x.unsqueeze(0), &weight, None, ConvTranspose::default());
    close(&conv_transpose2d(&x, &weight, None, ConvTranspose::default()), &batch.squeeze(0));
}

#[test]
fn no_channels_leave_the_bias() {
    let y = conv1d(&X::zeros([2, 0, 5]), &X::zeros([3, 0, 2]), Some(&X::new([1.0, 2.0, 3.0])), Conv::default());
    assert_eq!(y.shape(), [2, 3, 4]);
    assert_eq!(y.sum().item(), 48.0);
}

#[test]
fn what_convolutions_refuse() {
    let (x, weight) = (X::ones([1, 2, 5, 5]), X::ones([4, 2, 3, 3]));
    let refuses = |x: &X, weight: &X, bias: Option<&X>, options: Conv<2>, part: &str| {
        let message = try_conv2d(x, weight, bias, options).unwrap_err().to_string();
        assert!(message.starts_with("conv2d: ") && message.contains(part), "{message}");
    };
    let plain = Conv::default();
    refuses(&x, &X::ones([4, 2, 3]), None, plain, "the weight must have a rank of 4");
    refuses(&X::ones([5, 5]), &weight, None, plain, "the input must have a rank of 3");
    refuses(&X::ones([1, 3, 5, 5]), &weight, None, plain, "must have 2 channels");
    refuses(&x, &weight, Some(&X::ones([3])), plain, "the bias must have the shape [4]");
    refuses(&x, &weight, None, Conv { groups: 0, ..plain }, "makes no 0 groups");
    refuses(&x, &weight, None, Conv { groups: 3, ..plain }, "makes no 3 groups");
    refuses(&x, &weight, None, Conv { stride: [0, 1], ..plain }, "the stride is 0");
    refuses(&x, &weight, None, Conv { dilation: [1, 0], ..plain }, "the dilation is 0");
    refuses(&x, &weight, None, Conv { dilation: [3, 1], ..plain }, "does not fit an axis of 5 elements");
    refuses(&x, &weight, None, Conv { dilation: [usize::MAX; 2], ..plain }, "does not fit");
    refuses(&x, &weight, None, Conv { padding: Padding::Same, stride: [2, 1], ..plain }, "needs a stride of 1");
    refuses(&X::ones([1, 2, 0, 5]), &weight, None, plain, "does not fit an axis of 0 elements");

    let refuses = |options: ConvTranspose<2>, part: &str| {
        let message = try_conv_transpose2d(&x, &weight.transpose(0, 1), None, options).unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    };
    let plain = ConvTranspose::default();
    refuses(ConvTranspose { output_padding: [1, 0], ..plain }, "output_padding 1 must be less");
    refuses(ConvTranspose { padding: [4, 0], ..plain }, "the output would have -1 elements");
    refuses(ConvTranspose { stride: [usize::MAX, 1], ..plain }, "the output would have");
}

#[test]
fn folding_is_the_adjoint_of_unfolding() {
    let x = random(1, [2, 3, 5, 6]);
    for (kernel, options) in [
        ([2, 2], Fold::default()),
        ([2, 3], Fold { stride: [2, 1], padding: [1, 2], dilation: [2, 1] }),
        ([1, 1], Fold::default()),
    ] {
        let y = unfold(&x, kernel, options);
        let z = random(2, y.shape());
        let back = fold(&z, [5, 6], kernel, options);
        let (left, right) = ((&y * &z).sum().item(), (&x * back).sum().item());
        assert!((left - right).abs() < 1e-11);
        close(&unfold(&x.slice(1), kernel, options), &y.slice(1));
        close(&fold(&z.slice(1), [5, 6], kernel, options), &fold(&z, [5, 6], kernel, options).slice(1));
    }
    assert_eq!(unfold(&X::zeros([0, 1, 5, 5]), [2, 2], Fold::default()).shape(), [0, 4, 16]);
    let message = try_fold(&X::ones([4, 3]), [2, 3], [2, 2], Fold::default()).unwrap_err().to_string();
    assert!(message.contains("1 × 2 columns"), "{message}");
}
