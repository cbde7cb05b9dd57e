//! Levenberg-Marquardt: what holds of every fit.
#![cfg(feature = "autograd")]

use autograd::Autodiff;
use optim::{Fit, LevenbergMarquardt, Scaling, Stop};
use tensor_core::{Generator, Real, Serial, Tensor};

type T = Tensor<f64, Autodiff<Serial>>;

fn lm() -> LevenbergMarquardt {
    LevenbergMarquardt::default()
}

fn assert_near(found: &[f64], expected: &[f64], error: f64) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= error * expected.abs().max(1e-300), "{found} for {expected}");
    }
}

/// y = b1 (1 − e^(−b2 x)): NIST's problem Misra1a.
fn misra<U: Real>() -> (Tensor<U, Autodiff<Serial>>, Tensor<U, Autodiff<Serial>>) {
    let x = [77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0];
    let y = [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78];
    let tensor = |data: [f64; 14]| Tensor::from_vec(data.map(U::from_f64).to_vec(), [14]);
    (tensor(x), tensor(y))
}

#[test]
fn misra_reaches_every_certified_digit_in_double_precision_and_six_in_single() {
    let (x, y) = misra::<f64>();
    for start in [[500.0, 0.0001], [250.0, 0.0005]] {
        let fit = lm().minimize(|b: &T| b.slice(0) * (1.0 - (-(b.slice(1) * &x)).exp()) - &y, &T::new(start));
        assert_near(&fit.parameters.to_vec(), &[2.3894212918e2, 5.5015643181e-4], 1e-10);
        assert_near(&fit.standard_deviations.as_ref().unwrap().to_vec(), &[2.7070075241, 7.2668688436e-6], 1e-9);
        assert_near(&[fit.sum_of_squares, fit.variance().sqrt()], &[1.2455138894e-1, 1.0187876330e-1], 1e-9);
        assert_eq!((fit.degrees_of_freedom, fit.stop.converged()), (12, true));
    }
    let (x, y) = misra::<f32>();
    type S = Tensor<f32, Autodiff<Serial>>;
    let residuals = |b: &S| b.slice(0) * (1.0 - (-(b.slice(1) * &x)).exp()) - &y;
    let fit = lm().minimize(residuals, &S::new([250.0, 0.0005]));
    assert_near(&[fit.parameters.slice(0).item().into()], &[2.3894212918e2], 1e-4);
    assert!(fit.stop.converged() && fit.evaluations < 50, "{}", fit.evaluations);
}

#[test]
fn a_linear_problem_is_solved_from_anywhere_with_residuals_at_a_right_angle_to_the_columns() {
    let mut generator = Generator::new(5);
    for (m, n) in [(1, 1), (5, 2), (9, 9), (40, 7)] {
        let a = T::randn_with(&mut generator, [m, n]);
        let y = T::randn_with(&mut generator, [m]);
        let start = T::randn_with(&mut generator, [n]) * 1000.0;
        let fit = lm().minimize(|b: &T| a.matmul(b) - &y, &start);
        let slopes = a.t().matmul(&fit.residuals).abs().max().item();
        assert!(slopes < 1e-11, "{m}×{n}: {slopes}");
    }
}

#[test]
fn the_covariance_of_a_straight_line_is_the_one_in_closed_form() {
    let x = T::new([1.0, 2.0, 4.0, 7.0, 11.0]);
    let y = T::new([2.1, 3.9, 8.3, 13.7, 22.2]);
    let fit = lm().minimize(|(a, b): &(T, T)| a + b * &x - &y, &(T::new(0.0), T::new(0.0)));
    let (n, mean) = (5.0, x.mean().item());
    let spread = (&x - mean).square().sum().item();
    let s2 = fit.variance();
    let expected = [s2 * (1.0 / n + mean * mean / spread), -s2 * mean / spread, -s2 * mean / spread, s2 / spread];
    assert_near(&fit.covariance.unwrap().to_vec(), &expected, 1e-12);
    let (a, b) = fit.standard_deviations.unwrap();
    assert_near(&[a.item(), b.item()], &[expected[0].sqrt(), expected[3].sqrt()], 1e-12);
}

#[test]
fn the_units_of_the_parameters_change_nothing() {
    let (x, y) = misra::<f64>();
    let fit = |unit: f64| -> Fit<T> {
        let start = T::new([500.0, 0.0001 * unit]);
        lm().minimize(|b: &T| b.slice(0) * (1.0 - (-(b.slice(1) / unit * &x)).exp()) - &y, &start)
    };
    // Powers of two round nothing.
    let (one, other) = (fit(1.0), fit(1048576.0));
    assert_eq!(one.evaluations, other.evaluations);
    assert_eq!(one.parameters.slice(1).item() * 1048576.0, other.parameters.slice(1).item());
}

#[test]
fn a_jacobian_of_ones_own_finds_the_same() {
    let (x, y) = misra::<f64>();
    let residuals = |b: &T| b.slice(0) * (1.0 - (-(b.slice(1) * &x)).exp()) - &y;
    let jacobian = |b: &T| {
        let decay = (-(b.slice(1) * &x)).exp();
        T::stack(&[&(1.0 - &decay), &(b.slice(0) * &x * &decay)], 1)
    };
    let start = T::new([250.0, 0.0005]);
    let (own, taken) = (lm().minimize_with_jacobian(residuals, jacobian, &start), lm().minimize(residuals, &start));
    assert_near(&own.parameters.to_vec(), &taken.parameters.to_vec(), 1e-13);

    let error = lm().try_minimize_with_jacobian(residuals, |_| T::ones([14, 3]), &start).unwrap_err();
    assert!(error.to_string().contains("residuals' shape followed by"), "{error}");
}

#[test]
fn bounds_hold_the_parameters_that_would_leave_them_and_no_others() {
    let (x, y) = misra::<f64>();
    let residuals = |b: &T| b.slice(0) * (1.0 - (-(b.slice(1) * &x)).exp()) - &y;
    let start = T::new([150.0, 0.0005]);
    let bounded =
        |low: [f64; 2], high: [f64; 2]| LevenbergMarquardt { bounds: Some((low.to_vec(), high.to_vec())), ..lm() };
    let wide = bounded([0.0, 0.0], [1e3, 1.0]).minimize(residuals, &start);
    assert_near(&wide.parameters.to_vec(), &[2.3894212918e2, 5.5015643181e-4], 1e-10);

    let tight = bounded([0.0, 0.0], [200.0, f64::INFINITY]).minimize(residuals, &start);
    assert_eq!(tight.parameters.slice(0).item(), 200.0);
    // The other is where it would be if the first were no parameter at all.
    let alone = lm().minimize(|b: &T| 200.0 * (1.0 - (-(b * &x)).exp()) - &y, &T::new(0.0005));
    assert_near(&[tight.parameters.slice(1).item()], &[alone.parameters.item()], 1e-9);

    let error = bounded([200.0, 0.0], [300.0, 1.0]).try_minimize(residuals, &start).unwrap_err();
    assert!(error.to_string().contains("parameter 0 starts at 150"), "{error}");
}

#[test]
fn parameters_that_the_data_do_not_determine_do_no_harm() {
    let x = T::new([1.0, 2.0, 3.0, 4.0]);
    let y = T::new([2.1, 3.9, 6.2, 7.8]);
    // Only the product of the two matters, and a third not at all.
    let residuals = |(a, b, _): &(T, T, T)| a * b * &x - &y;
    let fit = lm().minimize(residuals, &(T::new(1.0), T::new(1.0), T::new(7.0)));
    let (a, b, c) = &fit.parameters;
    assert_near(&[(a * b).item()], &[(&x * &y).sum().item() / x.square().sum().item()], 1e-12);
    assert_eq!(c.item(), 7.0);
    assert!(fit.covariance.is_none() && fit.standard_deviations.is_none() && fit.stop.converged());

    // Fewer residuals than parameters.
    let fit = lm().minimize(|b: &T| b.sum().unsqueeze(0) - 3.0, &T::new([0.0, 0.0]));
    assert_near(&[fit.parameters.sum().item()], &[3.0], 1e-12);
    assert!(fit.degrees_of_freedom == 0 && fit.covariance.is_none() && fit.variance().is_nan());
}

#[test]
fn no_step_leads_to_where_residuals_are_not_finite() {
    // Far to the right of the minimum at e the logarithm is flat; the first steps would lead to negative numbers.
    let fit = lm().minimize(|b: &T| b.ln() - 1.0, &T::new([100.0]));
    assert_near(&fit.parameters.to_vec(), &[std::f64::consts::E], 1e-12);
}

#[test]
fn an_exact_fit_ends_at_once_and_a_limit_is_kept() {
    let fit = lm().minimize(|b: &T| b - 2.0, &T::new([2.0, 2.0]));
    assert_eq!((fit.sum_of_squares, fit.evaluations, fit.stop), (0.0, 1, Stop::Gradient));

    let (x, y) = misra::<f64>();
    let residuals = |b: &T| b.slice(0) * (1.0 - (-(b.slice(1) * &x)).exp()) - &y;
    let fit = LevenbergMarquardt { max_evaluations: 4, ..lm() }.minimize(residuals, &T::new([500.0, 0.0001]));
    assert_eq!((fit.evaluations, fit.stop, fit.stop.converged()), (4, Stop::Limit, false));
}

#[test]
fn tolerances_end_it_early_and_every_scaling_arrives() {
    let (x, y) = misra::<f64>();
    let residuals = |b: &T| b.slice(0) * (1.0 - (-(b.slice(1) * &x)).exp()) - &y;
    let start = T::new([250.0, 0.0005]);
    let whole = lm().minimize(residuals, &start).evaluations;
    for (method, stop) in [
        (LevenbergMarquardt { ftol: 1e-3, ..lm() }, Stop::Reduction),
        (LevenbergMarquardt { gtol: 1e-3, ..lm() }, Stop::Gradient),
        (LevenbergMarquardt { xtol: 0.5, ..lm() }, Stop::Step),
    ] {
        let fit = method.minimize(residuals, &start);
        assert_eq!(fit.stop, stop);
        assert!(fit.evaluations < whole, "{stop}: {} of {whole}", fit.evaluations);
    }
    for scaling in [Scaling::None, Scaling::Fixed(vec![0.01, 1e4]), Scaling::Jacobian] {
        let fit = LevenbergMarquardt { scaling, ..lm() }.minimize(residuals, &start);
        assert_near(&fit.parameters.to_vec(), &[2.3894212918e2, 5.5015643181e-4], 1e-8);
    }
}

#[test]
fn what_cannot_be_is_refused_with_its_name() {
    let start = T::new([1.0, 2.0]);
    let refuses = |method: LevenbergMarquardt, words: &str| {
        let error = method.try_minimize(|b: &T| b - 1.0, &start).unwrap_err().to_string();
        assert!(error.contains("LevenbergMarquardt") && error.contains(words), "{error}");
    };
    refuses(LevenbergMarquardt { ftol: -1.0, ..lm() }, "ftol is -1");
    refuses(LevenbergMarquardt { gtol: f64::NAN, ..lm() }, "gtol");
    refuses(LevenbergMarquardt { initial_step: 0.0, ..lm() }, "initial_step");
    refuses(LevenbergMarquardt { scaling: Scaling::Fixed(vec![1.0]), ..lm() }, "scaling");
    refuses(LevenbergMarquardt { scaling: Scaling::Fixed(vec![1.0, 0.0]), ..lm() }, "positive");
    refuses(LevenbergMarquardt { bounds: Some((vec![0.0], vec![1.0])), ..lm() }, "bounds");
    let of = |residuals: fn(&T) -> T| lm().try_minimize(residuals, &start).unwrap_err().to_string();
    assert!(of(|b| b.ln() / 0.0 * 0.0).contains("residual 0 at the start is NaN"));
    assert!(of(|b| (b - 1.0).sqrt()).contains("derivative by parameter 0"));
    assert!(of(|b| b * 1e200).contains("overflows"));
    assert!(of(|b| b.slice(..0).into_tensor()).contains("no residuals"));
    assert!(lm().try_minimize(|b: &T| b - 1.0, &T::new([f64::NAN])).unwrap_err().to_string().contains("NaN"));
}
