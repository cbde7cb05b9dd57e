//! Functions of elements that are composed of others, against plain definitions, and where they are special.

use tensor_core::{Serial, Tensor};

type T = Tensor<f64, Serial>;
type I = Tensor<i64, Serial>;
type M = Tensor<bool, Serial>;

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

/// The same numbers, signs of zeros and NaN included, but for rounding.
#[track_caller]
fn same(got: &T, want: &[f64]) {
    let got = got.to_vec();
    let near =
        |a: f64, b: f64| a == b && a.is_sign_negative() == b.is_sign_negative() || (a - b).abs() <= 1e-14 * b.abs();
    assert!(
        got.len() == want.len() && got.iter().zip(want).all(|(&a, &b)| near(a, b) || a.is_nan() && b.is_nan()),
        "{got:?} is not {want:?}"
    );
}

fn t<const N: usize>(x: [f64; N]) -> T {
    T::new(x)
}

#[test]
fn remainders_have_the_sign_of_the_divisor_or_of_the_dividend() {
    let (a, b) = (
        t([7.0, -7.0, 7.0, -7.0, 6.0, -6.0, 1.0, -1.0, INF, 1.0]),
        t([3.0, 3.0, -3.0, -3.0, 3.0, 3.0, INF, INF, 2.0, 0.0]),
    );
    same(&a.remainder(&b), &[1.0, 2.0, -2.0, -1.0, 0.0, -0.0, 1.0, INF, NAN, NAN]);
    same(&a.fmod(&b), &[1.0, -1.0, 1.0, -1.0, 0.0, -0.0, 1.0, -1.0, NAN, NAN]);
    same(&a.floor_divide(&b), &[2.0, -3.0, -3.0, 2.0, 2.0, -2.0, 0.0, -1.0, NAN, INF]);
    same(&a.trunc_divide(&b), &[2.0, -2.0, -2.0, 2.0, 2.0, -2.0, 0.0, -0.0, INF, INF]);
    // 1/0.1 is rounded up to 10, but ten times 0.1 is more than 1.
    same(&t([1.0]).floor_divide(0.1), &[9.0]);
}

#[test]
fn integers_divide_by_anything_but_zero() {
    let (a, b) = (I::new([7, -7, 7, -7, 6, i64::MIN]), I::new([3, 3, -3, -3, -3, -1]));
    assert_eq!(a.remainder(&b).to_vec(), [1, 2, -2, -1, 0, 0]);
    assert_eq!(a.fmod(&b).to_vec(), [1, -1, 1, -1, 0, 0]);
    assert_eq!(a.floor_divide(&b).to_vec(), [2, -3, -3, 2, -2, i64::MIN]);
    assert_eq!(a.trunc_divide(&b).to_vec(), [2, -2, -2, 2, -2, i64::MIN]);
    assert!(a.try_remainder(0).unwrap_err().to_string().contains("divided by 0"));
    assert!(a.try_floor_divide(I::new([1, 2, 3, 0, 5, 6])).is_err());
    assert_eq!(I::zeros([0]).fmod(0).numel(), 0);
    assert_eq!(Tensor::<u8, Serial>::new([7u8, 200]).remainder(6).to_vec(), [1, 2]);
}

#[test]
fn powers_have_all_cases_of_sign_and_zero() {
    let a = t([0.0, -0.0, -0.0, -0.0, -2.0, -2.0, -8.0, NAN, 1.0, INF, -INF, 0.5, -1.0]);
    let b = t([0.0, -3.0, -2.0, 3.0, 3.0, 2.0, 1.0 / 3.0, 0.0, NAN, -1.0, 3.0, INF, INF]);
    same(&a.pow(&b), &[1.0, -INF, INF, -0.0, -8.0, 4.0, NAN, 1.0, 1.0, 0.0, -INF, 0.0, 1.0]);
}

#[test]
fn extremes_ignore_or_keep_nan() {
    let (a, b) = (t([1.0, NAN, 2.0, NAN]), t([2.0, 1.0, NAN, NAN]));
    same(&a.fmax(&b), &[2.0, 1.0, 2.0, NAN]);
    same(&a.fmin(&b), &[1.0, 1.0, 2.0, NAN]);
    same(&a.maximum(&b), &[2.0, NAN, NAN, NAN]);
    same(&a.clamp_min(&b), &[2.0, NAN, NAN, NAN]);
    same(&a.clamp(0.0, 1.5), &[1.0, NAN, 1.5, NAN]);
    // The upper bound has the last word.
    same(&a.clamp(5.0, 1.5), &[1.5, NAN, 1.5, NAN]);
    assert_eq!(I::new([-3, 0, 9]).clamp(-1, 4).to_vec(), [-1, 0, 4]);
}

#[test]
fn functions_of_two_have_their_special_values() {
    same(&t([1e300, 0.0, INF]).hypot(t([1e300, 0.0, NAN])), &[2f64.sqrt() * 1e300, 0.0, INF]);
    let (a, b) = (t([-INF, INF, 1000.0, -1000.0]), t([-INF, 1.0, 1000.0, -1001.0]));
    let small = -1000.0 + (-1f64).exp().ln_1p();
    same(&a.logaddexp(&b), &[-INF, INF, 1000.0 + 2f64.ln(), small]);
    same(&a.logaddexp2(&b), &[-INF, INF, 1001.0, -1000.0 + 1.5f64.log2()]);
    same(&t([0.0, 0.0, 0.0, 2.0, NAN]).xlogy(t([0.0, -1.0, NAN, 0.0, 1.0])), &[0.0, 0.0, NAN, -INF, NAN]);
    same(&t([1.0, -1.0, 0.0, NAN, 3.0]).copysign(t([-0.0, 2.0, -1.0, 1.0, -NAN])), &[-1.0, 1.0, -0.0, NAN, 3.0]);
    same(&t([-1.0, 0.0, -0.0, 1.0, NAN]).heaviside(0.5), &[0.0, 0.5, 0.5, 1.0, 0.0]);
    same(&t([0.0, 2.0]).lerp(t([0.1, 0.3]), t([1.0, 0.0])), &[0.1, 2.0]);
}

#[test]
fn functions_of_one_have_their_special_values() {
    same(&t([0.0, 1.0, -0.1, 1.1]).logit(), &[-INF, INF, NAN, NAN]);
    same(
        &t([0.0, 1.0, -5.0]).sinc(),
        &[
            1.0,
            (std::f64::consts::PI).sin() / std::f64::consts::PI,
            (-5.0 * std::f64::consts::PI).sin() / (-5.0 * std::f64::consts::PI),
        ],
    );
    same(&t([0.5, 1.5, 2.5, -0.5, -1.5]).round(), &[0.0, 2.0, 2.0, -0.0, -2.0]);
    same(&t([1.25, -1.75, 1234.0]).round_decimals(1), &[1.2, -1.8, 1234.0]);
    same(&t([1250.0, -1750.0, 49.0]).round_decimals(-2), &[1200.0, -1800.0, 0.0]);
    same(&t([1.5, -1.5, 3.0]).frac(), &[0.5, -0.5, 0.0]);
    same(&t([0.0, -2.0, INF]).lgamma(), &[INF, INF, INF]);
    same(&t([1.0, 0.5]).polygamma(1), &[std::f64::consts::PI.powi(2) / 6.0, std::f64::consts::PI.powi(2) / 2.0]);
    same(&t([INF, 1e200, 1e110]).polygamma(2), &[-0.0, -0.0, -1e-220]);
    assert!(t([1.0]).try_polygamma(171).is_err());
}

#[test]
fn questions_about_elements() {
    let x = t([0.0, -0.0, INF, -INF, NAN, -2.0]);
    assert_eq!(x.isnan().to_vec(), [false, false, false, false, true, false]);
    assert_eq!(x.isinf().to_vec(), [false, false, true, true, false, false]);
    assert_eq!(x.isfinite().to_vec(), [true, true, false, false, false, true]);
    assert_eq!(x.signbit().to_vec(), [false, true, false, true, false, true]);
    assert_eq!(x.logical_not().to_vec(), [true, true, false, false, false, false]);
    let i = I::new([0, i64::MAX]);
    assert_eq!((i.isnan().count(), i.isinf().count(), i.isfinite().count()), (0, 0, 2));
    assert_eq!(x.logical_and(&M::new(true)).to_vec(), x.logical_or(&I::new(0)).to_vec());
    assert_eq!(x.logical_xor(&M::new(true)).to_vec(), x.logical_not().to_vec());

    let y = t([0.0, 1e-9, INF, INF, NAN, -2.00001]);
    assert_eq!(x.isclose(&y, 1e-5, 1e-8, false).to_vec(), [true, true, true, false, false, true]);
    assert_eq!(x.isclose(&y, 0.0, 0.0, true).to_vec(), [true, false, true, false, true, false]);
    assert!(
        !x.allclose(&x, 1e-5, 1e-8, false)
            && x.allclose(&x, 1e-5, 1e-8, true)
            && T::zeros([0]).allclose(1.0, 0.0, 0.0, false)
    );
    assert_eq!(I::new([100, 100]).isclose(I::new([101, 102]), 0.0, 1.0, false).to_vec(), [true, false]);
    assert!(x.try_isclose(&y, -1.0, 0.0, false).is_err() && x.try_isclose(&y, 0.0, NAN, false).is_err());
    same(&x.nan_to_num(1.0, None, Some(-3.0)), &[0.0, -0.0, f64::MAX, -3.0, 1.0, -2.0]);
}

#[test]
fn truth_values_are_ordered() {
    let (a, b) = (M::new([false, false, true, true]), M::new([false, true, false, true]));
    let numbers = (a.cast::<i64>(), b.cast::<i64>());
    for (of_truths, of_numbers) in [
        (a.eq(&b), numbers.0.eq(&numbers.1)),
        (a.ne(&b), numbers.0.ne(&numbers.1)),
        (a.lt(&b), numbers.0.lt(&numbers.1)),
        (a.le(&b), numbers.0.le(&numbers.1)),
        (a.gt(&b), numbers.0.gt(&numbers.1)),
        (a.ge(&b), numbers.0.ge(&numbers.1)),
    ] {
        assert_eq!(of_truths.to_vec(), of_numbers.to_vec());
    }
}

#[test]
fn masks_choose_where_a_number_is_put() {
    let x = t([1.0, 2.0]);
    let mask = M::new([[true, false], [false, true]]);
    assert_eq!(x.masked_fill(&mask, 7.0).to_vec(), [7.0, 2.0, 1.0, 7.0]);
    assert_eq!(I::new([1, 2]).masked_fill(&M::new(true), I::new(3)).to_vec(), [3, 3]);
    assert!(x.try_masked_fill(&mask, t([1.0])).unwrap_err().to_string().contains("masked_fill"));
    assert!(x.try_masked_fill(&M::new([true, false, true]), 1.0).is_err());
}

#[test]
fn activations_follow_their_definitions() {
    let x = T::linspace(-9.0, 9.0, 181);
    let holds = |name: &str, got: T, want: &dyn Fn(f64) -> f64| {
        for (x, got) in x.to_vec().into_iter().zip(got.to_vec()) {
            assert!((got - want(x)).abs() <= 1e-13 * want(x).abs().max(1.0), "{name}({x}) = {got}, not {}", want(x));
        }
    };
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    holds("relu6", x.relu6(), &|x| x.clamp(0.0, 6.0));
    holds("silu", x.silu(), &|x| x * sigmoid(x));
    holds("mish", x.mish(), &|x| x * x.exp().ln_1p().tanh());
    holds("gelu", x.gelu(), &|x| x * T::new(x).normal_cdf().item());
    let inner = |x: f64| (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3));
    holds("gelu_tanh", x.gelu_tanh(), &|x| 0.5 * x * (1.0 + inner(x).tanh()));
    holds("softsign", x.softsign(), &|x| x / (1.0 + x.abs()));
    holds("tanhshrink", x.tanhshrink(), &|x| x - x.tanh());
    holds("hardsigmoid", x.hardsigmoid(), &|x| (x + 3.0).clamp(0.0, 6.0) / 6.0);
    holds("hardswish", x.hardswish(), &|x| x * (x + 3.0).clamp(0.0, 6.0) / 6.0);
    holds("selu", x.selu(), &|x| {
        1.050_700_987_355_480_5 * if x > 0.0 { x } else { 1.673_263_242_354_377_2 * x.exp_m1() }
    });
    holds("leaky_relu", x.leaky_relu(0.1), &|x| if x > 0.0 { x } else { 0.1 * x });
    holds("prelu", x.prelu(&t([0.1])), &|x| if x > 0.0 { x } else { 0.1 * x });
    holds("elu", x.elu(0.7), &|x| if x > 0.0 { x } else { 0.7 * x.exp_m1() });
    holds("celu", x.celu(0.7), &|x| if x > 0.0 { x } else { 0.7 * (x / 0.7).exp_m1() });
    holds("softplus", x.softplus_with(2.0, 3.0), &|x| if 2.0 * x > 3.0 { x } else { (2.0 * x).exp().ln_1p() / 2.0 });
    holds("log_sigmoid", x.log_sigmoid(), &|x| -(-x).exp().ln_1p());
    holds("softshrink", x.softshrink(0.5), &|x| (x.abs() - 0.5).max(0.0).copysign(x));
    holds("hardshrink", x.hardshrink(0.55), &|x| if x.abs() <= 0.55 { 0.0 } else { x });
    holds("hardshrink", x.hardshrink(-0.5), &|x| x);
    holds("hardtanh", x.hardtanh(-2.0, 0.5), &|x| x.clamp(-2.0, 0.5));
    holds("threshold", x.threshold(1.55, 4.0), &|x| if x > 1.55 { x } else { 4.0 });
    let pairs = T::stack(&[&x, &x], 1);
    holds("glu", pairs.glu(1).reshape([181]).into_tensor(), &|x| x * sigmoid(x));
}

#[test]
fn activations_of_infinities_and_nan() {
    let x = t([INF, -INF, NAN]);
    same(&x.relu6(), &[6.0, 0.0, NAN]);
    same(&x.elu(2.0), &[INF, -2.0, NAN]);
    same(&x.hardtanh(-1.0, 1.0), &[1.0, -1.0, NAN]);
    same(&x.softshrink(0.5), &[INF, -INF, NAN]);
    same(&x.hardshrink(0.5), &[INF, -INF, NAN]);
    same(&x.threshold(0.0, 5.0), &[INF, 5.0, NAN]);
    same(&x.leaky_relu(0.5), &[INF, -INF, NAN]);
    same(&x.softplus_with(1.0, 20.0), &[INF, 0.0, NAN]);
    same(&x.log_sigmoid(), &[-0.0, -INF, NAN]);
}

#[test]
fn bad_options_are_refused() {
    let x = t([1.0, 2.0, 3.0]);
    assert!(x.try_hardtanh(0.5, -0.5).is_err() && x.try_softshrink(-0.5).is_err() && x.try_celu(0.0).is_err());
    assert!(x.try_glu(0).unwrap_err().to_string().contains("odd"));
    assert!(x.try_glu(1).is_err() && T::new(1.0).try_glu(0).is_err());
    assert!(x.try_prelu(&t([1.0, 2.0])).is_err() && T::new(1.0).try_prelu(&t([1.0, 2.0])).is_err());
    assert!(T::zeros([2, 8, 3]).try_prelu(&T::zeros([9])).is_err());
    assert!(T::zeros([2, 8, 3]).try_prelu(&T::zeros([2, 4])).is_err());
    let other = t([1.0, 2.0]);
    for (name, error) in [
        ("lerp", x.try_lerp(&other, 0.5)),
        ("addcmul", x.try_addcmul(&x, &other, 1.0)),
        ("addcdiv", x.try_addcdiv(&other, &x, 1.0)),
        ("logaddexp2", x.try_logaddexp2(&other)),
        ("heaviside", x.try_heaviside(&other)),
        ("hypot", x.try_hypot(&other)),
        ("fmod", x.try_fmod(&other)),
    ] {
        assert!(error.unwrap_err().to_string().contains(name), "{name}");
    }
}

#[test]
fn a_single_number_and_none_are_fine() {
    let (one, none) = (T::new(0.5), T::zeros([2, 0]));
    for f in [T::relu6, T::gelu, T::selu, T::hardswish, T::sinc, T::frac, T::lgamma, T::logit] {
        assert_eq!((f(&one).shape(), f(&none).shape()), (&[][..], &[2, 0][..]));
    }
    assert_eq!((one.softmax(0).item(), one.log_softmax(-1).item(), one.softmin(0).item()), (1.0, 0.0, 1.0));
    assert!(one.try_softmax(1).is_err());
    assert_eq!(none.clamp(0.0, &T::zeros([2, 1])).shape(), [2, 0]);
    assert_eq!(none.glu(1).shape(), [2, 0]);
    assert_eq!(none.prelu(&T::zeros([0])).shape(), [2, 0]);
    assert_eq!(none.isclose(0.0, 0.0, 0.0, false).shape(), [2, 0]);
}
