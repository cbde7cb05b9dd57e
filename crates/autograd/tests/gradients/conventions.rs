//! At kinks, ties and the edge of a domain, where any choice would do: the choices are PyTorch's, listed in CONVENTIONS.md.

use autograd::{Autodiff, BackwardOptions, Gradient, grad};
use tensor_core::{QuantileMethod, Serial, Tensor, mse};

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
    let low = || T::new([1.0, 1.0, 1.0]);
    assert_eq!(slope(|x| x.clamp_min(1.0), [0.0, 1.0, 2.0]), [0.0, 0.0, 1.0]);
    assert_eq!(slope(|x| x.clamp_max(1.0), [0.0, 1.0, 2.0]), [1.0, 0.0, 0.0]);
    // A bound that is a tensor has its share of equal ones.
    assert_eq!(slope(|x| x.clamp_min(low()), [0.0, 1.0, 2.0]), [0.0, 0.5, 1.0]);
    assert_eq!(slope(|low| T::new([0.0, 1.0, 2.0]).clamp_min(low), [1.0; 3]), [1.0, 0.5, 0.0]);
    assert_eq!(slope(|high| T::new([0.0, 1.0, 2.0]).clamp_max(high), [1.0; 3]), [0.0, 0.5, 1.0]);
    assert_eq!(slope(|x| x.clamp(0.0, 1.0), [-1.0, 0.0, 0.5, 1.0, 2.0]), [0.0, 0.0, 1.0, 0.0, 0.0]);
    let high = || T::new([2.0, 2.0, 2.0]);
    assert_eq!(slope(|x| x.clamp(low(), high()), [1.0, 1.5, 2.0]), [0.5, 1.0, 0.5]);
    assert_eq!(slope(|low| T::new([1.0, 1.5, 2.0]).clamp(low, high()), [1.0; 3]), [0.5, 0.0, 0.0]);
    assert_eq!(slope(|high| T::new([1.0, 1.5, 2.0]).clamp(low(), high), [2.0; 3]), [0.0, 0.0, 0.5]);
    // Where the bounds cross, the upper one is the value.
    assert_eq!(slope(|x| x.clamp(3.0, 1.0), [0.0, 2.0, 4.0]), [0.0; 3]);
    assert_eq!(slope(|high| T::new([0.0, 2.0]).clamp(3.0, high), [1.0, 1.0]), [1.0, 1.0]);
    assert_eq!(slope(|low| T::new([0.0, 2.0]).clamp(low, 1.0), [3.0, 3.0]), [0.0, 0.0]);
}

#[test]
fn of_equal_numbers_fmax_and_fmin_share_the_gradient_and_nan_takes_none() {
    let other = || T::new([1.0, 1.0, f64::NAN, 1.0]);
    assert_eq!(slope(|x| x.fmax(other()), [1.0, 0.0, 3.0, f64::NAN]), [0.5, 0.0, 1.0, 0.0]);
    assert_eq!(slope(|y| other().fmax(y), [1.0, 2.0, 3.0, f64::NAN]), [0.5, 1.0, 1.0, 0.0]);
    assert_eq!(slope(|x| x.fmin(other()), [1.0, 0.0, 3.0, f64::NAN]), [0.5, 1.0, 1.0, 0.0]);
    // Of two NaN the first takes it.
    assert_eq!(slope(|x| x.fmax(T::new([f64::NAN])), [f64::NAN]), [1.0]);
    assert_eq!(slope(|y| T::new([f64::NAN]).fmax(y), [f64::NAN]), [0.0]);
}

#[test]
fn the_angle_of_the_origin_has_no_slope() {
    assert_eq!(slope(|y| y.atan2(T::new([0.0, 0.0, 1.0])), [0.0, -0.0, 0.0]), [0.0, 0.0, 1.0]);
    assert_eq!(slope(|x| T::new([0.0]).atan2(x), [0.0]), [0.0]);
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
    assert_eq!(slope(|x| x.celu(0.25), [0.0, 1.0]), [1.0, 1.0]);
    assert_eq!(slope(|w| T::new([-2.0, 0.0, f64::INFINITY]).prelu(w), [0.5]), [-2.0]);
    assert_eq!(slope(|x| x.prelu(&T::new([0.5])), [-2.0, 0.0, 3.0]), [0.5, 0.5, 1.0]);
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
fn at_the_edge_of_its_domain_a_slope_is_infinite() {
    let (up, down) = ([f64::INFINITY], [f64::NEG_INFINITY]);
    for f in [T::sqrt, T::ln, T::log2, T::log10, T::cbrt] {
        assert_eq!(slope(f, [0.0]), up);
    }
    for f in [T::reciprocal, T::rsqrt] {
        assert_eq!(slope(f, [0.0]), down);
    }
    for f in [T::asin, T::acosh, T::atanh] {
        assert_eq!(slope(f, [1.0]), up);
    }
    assert_eq!((slope(T::acos, [1.0]), slope(T::acos, [-1.0])), (down.to_vec(), down.to_vec()));
    assert_eq!((slope(T::asin, [-1.0]), slope(T::atanh, [-1.0])), (up.to_vec(), up.to_vec()));
    assert!(slope(|x| x.hypot(T::new([0.0])), [0.0])[0].is_nan());
}

#[test]
fn at_zero_norms_and_deviations_have_the_gradient_zero() {
    for p in [0.5, 1.0, 2.0, 3.0, f64::INFINITY] {
        assert_eq!(slope(|x| x.norm(p), [0.0, 0.0]), [0.0, 0.0], "norm of order {p}");
    }
    assert_eq!(bend(|x| x.norm(2), [0.0, 0.0]), [0.0, 0.0]);
    assert_eq!(slope(|x| x.norm(f64::INFINITY), [2.0, -2.0, 1.0]), [0.5, -0.5, 0.0]);
    assert_eq!(slope(|x| x.dist(T::new([3.0, 3.0]), 2), [3.0, 3.0]), [0.0, 0.0]);
    assert_eq!(slope(|x| x.std(1), [3.0, 3.0]), [0.0, 0.0]);
}

#[test]
fn the_element_that_was_chosen_takes_the_gradient() {
    let x = [2.0, 1.0, 2.0, 1.0];
    assert_eq!(slope(|x| x.max_with_index(0).0, x), [1.0, 0.0, 0.0, 0.0]);
    let choices: [fn(&T) -> (T, Tensor<i64, Autodiff<Serial>>); 5] = [
        |x| x.max_with_index(0),
        |x| x.kthvalue(3, 0),
        |x| x.median_with_index(0),
        |x| x.mode(0),
        |x| x.topk(3, 0, true),
    ];
    for f in choices {
        let mut answered = [0.0; 4];
        f(&T::new(x)).1.to_vec().into_iter().for_each(|i| answered[i as usize] += 1.0);
        assert_eq!(slope(|x| f(x).0, x), answered);
    }
    assert_eq!(slope(|x| x.median(), [3.0, 2.0, 2.0]), [0.0, 0.5, 0.5]);
    assert_eq!(slope(|x| x.quantile(0.25, 0, QuantileMethod::Linear), [4.0, 0.0, 2.0]), [0.0, 0.5, 0.5]);
}

#[test]
fn what_repeats_is_added_up_and_what_was_overwritten_has_no_gradient() {
    let index = Tensor::<i64, Autodiff<Serial>>::new([0, 0, 1]);
    assert_eq!(slope(|x| x.gather(0, &index), [5.0, 6.0]), [2.0, 1.0]);
    assert_eq!(slope(|x| x.index_select(0, &index), [5.0, 6.0]), [2.0, 1.0]);
    assert_eq!(slope(|src| T::zeros([2]).scatter(0, &index, src), [1.0, 2.0, 3.0]), [0.0, 1.0, 1.0]);
    let largest = tensor_core::ops::Scatter::Max;
    assert_eq!(
        slope(|x| x.scatter_reduce(0, &index, &T::new([4.0, 4.0, 1.0]), largest, true), [4.0, 2.0]),
        [1.0 / 3.0, 1.0]
    );
}

#[test]
fn what_weighs_nothing_has_no_gradient() {
    let x = [f64::NEG_INFINITY, 0.0];
    assert_eq!(slope(|x| x.logsumexp(), x), [0.0, 1.0]);
    assert_eq!(slope(|x| x.softmax(0) * T::new([1.0, 2.0]), x), [0.0, 0.0]);
    assert_eq!(slope(|x| x.logcumsumexp(0).slice(1).into_tensor(), x), [0.0, 1.0]);
    assert_eq!(slope(|x| x.nansum(), [f64::NAN, 2.0]), [0.0, 1.0]);
    assert_eq!(slope(|x| x.nanmean(), [f64::NAN, 2.0]), [0.0, 1.0]);
}

#[test]
fn products_have_gradients_also_where_factors_are_zero() {
    assert_eq!(slope(|x| x.prod(), [2.0, 0.0, 3.0]), [0.0, 6.0, 0.0]);
    assert_eq!(slope(|x| x.prod(), [0.0, 0.0, 3.0]), [0.0; 3]);
    assert_eq!(bend(|x| x.prod(), [0.0, 0.0, 3.0]), [3.0, 3.0, 0.0]);
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
