//! At kinks, ties and the edge of a domain, where any choice would do: the choices are PyTorch's.

use autograd::{Autodiff, BackwardOptions, Gradient, grad};
use tensor_core::{Serial, Tensor, mse};

type T = Tensor<f64, Autodiff<Serial>>;

/// The gradient of the sum of `f`.
fn slope(f: impl Fn(&T) -> T, x: impl tensor_core::Nested<f64>) -> Vec<f64> {
    let x = T::new(x).with_grad();
    f(&x).sum().backward();
    x.grad().to_vec()
}

/// The derivative of the sum of the gradient of the sum of `f`.
fn bend(f: impl Fn(&T) -> T, x: impl tensor_core::Nested<f64>) -> Vec<f64> {
    let x = T::new(x).with_grad();
    let slope = grad(&f(&x).sum(), &[&x], BackwardOptions { create_graph: true, ..Default::default() }).remove(0);
    // Of a linear function the slope is a constant.
    match slope.requires_grad() {
        true => grad(&slope.sum(), &[&x], BackwardOptions::default()).remove(0).to_vec(),
        false => vec![0.0; x.numel()],
    }
}

#[test]
fn at_a_kink_the_gradient_of_abs_sign_and_relu_is_zero() {
    assert_eq!(slope(|x| x.abs(), [0.0, -0.0, -2.0]), [0.0, 0.0, -1.0]);
    assert_eq!(slope(|x| x.relu(), [0.0, -0.0, 2.0]), [0.0, 0.0, 1.0]);
    assert_eq!(slope(|x| x.sign() + x.floor() + x.ceil() + x.round() + x.trunc(), [0.0, 0.5, 1.0]), [0.0; 3]);
    assert_eq!(bend(|x| x.relu() * x.abs() + x, [0.0, -1.0, 1.0]), [0.0, 0.0, 2.0]);
}

#[test]
fn equal_operands_of_maximum_share_its_gradient() {
    assert_eq!(slope(|x| x.maximum(T::new([1.0, 1.0, 1.0])), [0.0, 1.0, 2.0]), [0.0, 0.5, 1.0]);
    assert_eq!(slope(|x| x.minimum(T::new([1.0, 1.0, 1.0])), [0.0, 1.0, 2.0]), [1.0, 0.5, 0.0]);
    assert_eq!(slope(|x| x.maximum(1.0), [0.0, 1.0, 2.0]), [0.0, 0.5, 1.0]);
}

#[test]
fn a_bound_takes_the_gradient_only_where_it_was_needed() {
    let low = || T::new([1.0, 1.0, 1.0, 1.0]);
    assert_eq!(slope(|x| x.clamp_min(low()), [0.0, 1.0, 2.0, f64::NAN]), [0.0, 1.0, 1.0, 0.0]);
    assert_eq!(slope(|low| T::new([0.0, 1.0, 2.0, f64::NAN]).clamp_min(low), [1.0; 4]), [1.0, 0.0, 0.0, 0.0]);
    assert_eq!(slope(|x| x.clamp(0.0, 1.0), [-1.0, 0.0, 0.5, 1.0, 2.0]), [0.0, 1.0, 1.0, 1.0, 0.0]);
    // Where the bounds cross, the upper one is the value.
    assert_eq!(slope(|x| x.clamp(3.0, 1.0), [0.0, 2.0, 4.0]), [0.0; 3]);
    assert_eq!(slope(|high| T::new([0.0, 2.0]).clamp(3.0, high), [1.0, 1.0]), [1.0, 1.0]);
    assert_eq!(slope(|low| T::new([0.0, 2.0]).clamp(low, 1.0), [3.0, 3.0]), [0.0, 0.0]);
}

#[test]
fn of_equal_numbers_or_one_and_nan_fmax_takes_the_first() {
    let other = || T::new([1.0, 1.0, f64::NAN, 1.0]);
    assert_eq!(slope(|x| x.fmax(other()), [1.0, 0.0, 3.0, f64::NAN]), [1.0, 0.0, 1.0, 0.0]);
    assert_eq!(slope(|y| other().fmax(y), [1.0, 2.0, 3.0, f64::NAN]), [0.0, 1.0, 1.0, 0.0]);
    assert_eq!(slope(|x| x.fmin(other()), [1.0, 0.0, 3.0, f64::NAN]), [1.0, 1.0, 1.0, 0.0]);
}

#[test]
fn remainders_are_steps_in_the_divisor() {
    assert_eq!(slope(|b| T::new([7.0, -7.0, 7.0]).remainder(b), [3.0, 3.0, -3.0]), [-2.0, 3.0, 3.0]);
    assert_eq!(slope(|b| T::new([7.0, -7.0, 7.0]).fmod(b), [3.0, 3.0, -3.0]), [-2.0, 2.0, 2.0]);
    assert_eq!(slope(|a| a.remainder(3.0) + a.fmod(-2.0) + a.floor_divide(2.0) + a.trunc_divide(2.0), [7.5]), [2.0]);
}

#[test]
fn where_a_function_of_two_is_not_smooth() {
    assert_eq!(
        slope(|a| a.xlogy(T::new([0.0, -1.0, 1.0, 0.0])), [0.0, 0.0, 0.0, 2.0]),
        [0.0, 0.0, 0.0, f64::NEG_INFINITY]
    );
    assert_eq!(bend(|a| a.xlogy(T::new([0.0, -1.0, 1.0])), [0.0, 0.0, 0.0]), [0.0; 3]);
    assert_eq!(slope(|a| a.copysign(T::new([-1.0, 2.0, -3.0])), [2.0, -2.0, 0.0]), [-1.0, -1.0, 0.0]);
    assert_eq!(slope(|b| T::new([1.0, 2.0]).copysign(b), [1.0, 0.0]), [0.0, 0.0]);
    assert_eq!(slope(|v| T::new([0.0, 1.0, 0.0]).heaviside(v), 5.0), [2.0]);
}

#[test]
fn at_their_kinks_activations_have_the_gradient_of_a_side() {
    assert_eq!(slope(|x| x.relu6(), [0.0, 3.0, 6.0, 7.0]), [0.0, 1.0, 0.0, 0.0]);
    assert_eq!(slope(|x| x.hardtanh(-1.0, 1.0), [-1.0, 0.0, 1.0, f64::NAN]), [0.0, 1.0, 0.0, 1.0]);
    assert_eq!(slope(|x| x.hardtanh(0.0, 0.0), [-1.0, 0.0, 1.0]), [0.0; 3]);
    assert_eq!(slope(|x| x.hardshrink(0.5), [-0.5, 0.0, 0.6]), [0.0, 0.0, 1.0]);
    assert_eq!(slope(|x| x.softshrink(0.5), [-0.5, 0.0, 0.6]), [0.0, 0.0, 1.0]);
    assert_eq!(slope(|x| x.softshrink(0.0), [-0.5, 0.0, 0.6]), [1.0, 0.0, 1.0]);
    assert_eq!(slope(|x| x.leaky_relu(0.25), [0.0, 1.0]), [0.25, 1.0]);
    assert_eq!(slope(|x| x.elu(0.25), [0.0, 1.0, 1000.0]), [0.25, 1.0, 1.0]);
    assert_eq!(slope(|x| x.threshold(0.5, 2.0), [0.5, 0.6]), [0.0, 1.0]);
    assert_eq!(slope(|x| x.hardswish(), [-3.0, 3.0, 4.0]), [0.0, 1.0, 1.0]);
    assert_eq!(slope(|x| x.softplus_with(1.0, 20.0), [1000.0, f64::INFINITY]), [1.0, 1.0]);
    assert_eq!(bend(|x| x.softplus_with(1.0, 20.0) + x.elu(1.0) + x.square(), [1000.0]), [2.0]);
    assert_eq!(slope(|w| T::new([-2.0, 0.0, f64::INFINITY]).prelu(w), [0.5]), [-2.0]);
    assert_eq!(slope(|x| x.sinc(), [0.0]), [0.0]);
}

#[test]
fn what_was_replaced_has_no_gradient() {
    let x = [1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    assert_eq!(slope(|x| x.nan_to_num(0.0, None, None), x), [1.0, 0.0, 0.0, 0.0]);
    assert_eq!(slope(|x| x.masked_fill(&x.ne(x), 7.0), [1.0, f64::NAN]), [1.0, 0.0]);
    let mask = T::new([[1.0, 0.0], [0.0, 0.0]]).gt(0.0);
    assert_eq!(slope(|v| T::new([1.0, 2.0]).masked_fill(&mask, v), 5.0), [1.0]);
}

#[test]
fn equal_extremes_share_their_gradient() {
    assert_eq!(slope(|x| x.max(), [[3.0, 1.0], [3.0, 3.0]]), [1.0 / 3.0, 0.0, 1.0 / 3.0, 1.0 / 3.0]);
    assert_eq!(slope(|x| x.min_axes(1), [[3.0, 1.0], [3.0, 3.0]]), [0.0, 1.0, 0.5, 0.5]);
}

#[test]
fn of_equal_running_extremes_the_last_takes_the_gradient() {
    assert_eq!(slope(|x| x.cummax(0), [3.0, 1.0, 3.0, 2.0]), [2.0, 0.0, 2.0, 0.0]);
    assert_eq!(slope(|x| x.cummin(0), [1.0, 1.0, 2.0]), [1.0, 2.0, 0.0]);
}

#[test]
fn equal_elements_keep_their_order_in_sorting() {
    let weights = T::new([1.0, 2.0, 3.0]);
    assert_eq!(slope(|x| x.sort(0, false).0 * &weights, [5.0, 1.0, 5.0]), [2.0, 1.0, 3.0]);
    assert_eq!(slope(|x| x.sort(0, true).0 * &weights, [5.0, 1.0, 5.0]), [1.0, 3.0, 2.0]);
}

#[test]
fn powers_of_zero_have_finite_gradients_of_every_order_where_there_are_any() {
    assert_eq!(slope(|x| x.pow(0.0), [0.0, 3.0]), [0.0, 0.0]);
    assert_eq!(slope(|x| x.pow(1.0), [0.0, 3.0]), [1.0, 1.0]);
    assert_eq!(slope(|x| x.powi(3), [0.0, 2.0]), [0.0, 12.0]);
    assert_eq!(slope(|x| x.pow(0.5), [0.0]), [f64::INFINITY]);
    assert_eq!(bend(|x| x.powi(3), [0.0, 2.0]), [0.0, 12.0]);
    assert_eq!(bend(|x| x.pow(1.0), [0.0, 2.0]), [0.0, 0.0]);
    assert_eq!(bend(|x| x.pow(0.0), [0.0, 2.0]), [0.0, 0.0]);
    // In the exponent.
    assert_eq!(slope(|b| T::new([0.0, 0.0]).pow(b), [0.0, 2.0]), [0.0, 0.0]);
    assert_eq!(bend(|b| T::new([0.0, 0.0]).pow(b), [0.0, 2.0]), [0.0, 0.0]);
    // The fifth derivative of x³, at 0 and elsewhere.
    let x = T::new([0.0, 2.0]).with_grad();
    let create = BackwardOptions { create_graph: true, ..Default::default() };
    let fifth = (0..5).fold(x.powi(3), |y, _| grad(&y.sum(), &[&x], create).remove(0));
    assert_eq!(fifth.to_vec(), [0.0, 0.0]);
}

#[test]
fn products_have_gradients_also_where_factors_are_zero() {
    assert_eq!(slope(|x| x.prod(), [2.0, 0.0, 3.0]), [0.0, 6.0, 0.0]);
    assert_eq!(slope(|x| x.prod(), [0.0, 0.0, 3.0]), [0.0; 3]);
    assert_eq!(bend(|x| x.prod(), [0.0, 0.0, 3.0]), [3.0, 3.0, 0.0]);
}

#[test]
fn the_slope_of_the_root_at_zero_is_infinite() {
    assert_eq!(slope(|x| x.sqrt(), [0.0, 4.0]), [f64::INFINITY, 0.25]);
    assert_eq!(slope(|x| x.ln(), [0.0]), [f64::INFINITY]);
}

#[test]
fn nan_stays_nan_and_passes_through_relu() {
    assert_eq!(slope(|x| x.relu(), [f64::NAN]), [1.0]);
    assert!(slope(|x| x.max(), [1.0, f64::NAN]).iter().all(|g| g.is_nan()));
    assert!(slope(|x| x.exp(), [f64::NAN])[0].is_nan());
    // From the first NaN on, it is the running extreme.
    assert_eq!(slope(|x| x.cummax(0), [2.0, f64::NAN, 3.0, f64::NAN]), [1.0, 2.0, 0.0, 1.0]);
}

#[test]
fn tensors_without_elements_have_gradients_without_elements() {
    let empty: [[f64; 0]; 3] = [[]; 3];
    for f in [T::sum, T::mean, T::prod, T::exp, T::relu] {
        assert_eq!(slope(f, empty), []);
        assert_eq!(bend(f, empty), []);
    }
    assert_eq!(slope(|x| x.mean_axes(1), empty), []);
    assert_eq!(slope(|x| x.prod_axes(0), empty), []);
    assert_eq!(slope(|x| x.max_axes(0), empty), []);
    assert_eq!(slope(|x| x.softmax(1).cumsum(1).sort(0, true).0, empty), []);
    assert_eq!(slope(|x| mse(x, T::zeros([3, 0])), empty), []);
    assert_eq!(slope(|x| x.t().matmul(T::ones([3, 2])), empty), []);
    // The product of nothing has a result to multiply by.
    assert_eq!(slope(|x| T::ones([2, 0]).matmul(T::ones([0, 2])) * x, [[1.0, 2.0], [3.0, 4.0]]), [0.0; 4]);
    assert!(T::new(empty).with_grad().try_max_axes(1).is_err());
}

#[test]
fn a_single_number_has_gradients_like_any_tensor() {
    let all = |x: &T| x.max() + x.sum() * x.mean() + x.prod() + x.exp() + x.reshape([1]).sort(0, false).0;
    assert_eq!(slope(all, 2.0), [1.0 + 4.0 + 1.0 + 2f64.exp() + 1.0]);
    assert_eq!(slope(|x| x.var(0), 2.0), [0.0]);
}
