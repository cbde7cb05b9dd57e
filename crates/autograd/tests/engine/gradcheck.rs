//! The checker finds what is wrong, and nothing else.

use autograd::{
    Autodiff, Backward, GradcheckError, GradcheckOptions, Gradient, Place, custom, gradcheck, gradgradcheck, no_grad,
    try_gradcheck, try_gradgradcheck,
};
use tensor_core::{Generator, Serial, mse};

type T = tensor_core::Tensor<f64, Autodiff<Serial>>;
type Single = tensor_core::Tensor<f32, Autodiff<Serial>>;

/// The square, with a gradient that is wrong in the element with the number 4, by a part of `off`.
struct WrongSquare {
    x: T,
    off: f64,
}

impl Backward<f64, Serial> for WrongSquare {
    fn name(&self) -> &'static str {
        "wrong_square"
    }

    fn backward(&self, gradient: T) -> Vec<Option<T>> {
        let mut factor = T::ones(self.x.shape());
        let mut flat = factor.flatten().into_tensor();
        flat.slice_mut(4).add_(self.off);
        factor = flat.reshape(self.x.layout().shape()).into_tensor();
        vec![Some(gradient * &self.x * 2.0 * factor)]
    }
}

fn wrong_square(x: &T, off: f64) -> T {
    custom(&[x], || x.square(), WrongSquare { x: x.clone(), off })
}

fn x() -> T {
    T::new([[0.5, -1.0, 2.0], [1.5, 0.3, -0.7]])
}

#[test]
fn an_error_says_which_element_is_off_and_by_how_much() {
    let error = try_gradcheck(|x| wrong_square(&x[1], 1e-3) + &x[0], &[&x(), &x()], Default::default()).unwrap_err();
    let GradcheckError::Wrong { gradients, of } = &error else { panic!("{error}") };
    assert_eq!((gradients.len(), *of), (1, 12));
    assert_eq!(gradients[0].place, Place::Element { input: 1, index: vec![1, 1] });
    let off = gradients[0].analytic / gradients[0].numeric - 1.0;
    assert!((off - 1e-3).abs() < 1e-7, "{off}");
    assert!(error.to_string().contains("input 1 at [1, 1]: backward"), "{error}");
}

#[test]
fn an_error_in_the_fifth_digit_is_found_and_one_in_the_eighth_is_rounding() {
    assert!(try_gradcheck(|x| wrong_square(&x[0], 1e-5), &[&x()], Default::default()).is_err());
    assert!(try_gradcheck(|x| wrong_square(&x[0], 1e-8), &[&x()], Default::default()).is_ok());
}

#[test]
fn random_directions_find_one_wrong_element_of_many() {
    let x = T::rand_with(&mut Generator::new(1), [2000]) + 0.5;
    let directional = try_gradcheck(|x| wrong_square(&x[0], 0.5), &[&x], Default::default());
    assert!(directional.unwrap_err().to_string().contains("direction"));
    let report = gradcheck(|x| wrong_square(&x[0], 0.0), &[&x], Default::default());
    assert!(report.directional);
    assert_eq!(report.checked, GradcheckOptions::default().directions);
}

#[test]
fn a_right_gradient_with_a_wrong_second_derivative_is_told_apart() {
    struct Once(T);
    impl Backward<f64, Serial> for Once {
        fn name(&self) -> &'static str {
            "once"
        }
        fn backward(&self, gradient: T) -> Vec<Option<T>> {
            // The second derivative does not see x.
            vec![Some(gradient * self.0.detach().cos())]
        }
    }
    let f = |x: &[T]| custom(&[&x[0]], || x[0].sin(), Once(x[0].clone()));
    gradcheck(f, &[&x()], Default::default());
    let error = try_gradgradcheck(f, &[&x()], Default::default()).unwrap_err();
    assert!(error.to_string().contains("input 0 at [0, 0]"), "{error}");
}

#[test]
fn a_gradient_that_is_cut_is_found_and_one_that_is_zero_is_not_missed() {
    let error = try_gradcheck(|x| x[0].detach() * 2.0 + &x[1], &[&x(), &x()], Default::default()).unwrap_err();
    assert!(error.to_string().contains("no path leads to this input"), "{error}");
    // Cut altogether.
    assert!(try_gradcheck(|x| no_grad(|| x[0].exp()), &[&x()], Default::default()).is_err());
    // Second derivatives too.
    assert!(try_gradgradcheck(|x| x[0].detach() * &x[0], &[&x()], Default::default()).is_err());

    let report = gradcheck(|x| x[1].exp(), &[&x(), &x()], Default::default());
    assert_eq!((report.checked, &report.unreached[..]), (12, &[0][..]));
    gradgradcheck(|x| x[1].exp(), &[&x(), &x()], Default::default());
    gradcheck(|x| (&x[0] * 0.9).floor(), &[&x()], Default::default());
}

#[test]
fn kinks_are_skipped_and_reported_but_not_all_of_them() {
    let options = GradcheckOptions { max_kinks: 0.5, ..Default::default() };
    let x = T::new([0.0, 1.0, -1.0, 0.0]);
    let report = gradcheck(|x| x[0].relu() + x[0].abs(), &[&x], options);
    let place = |i| Place::Element { input: 0, index: vec![i] };
    assert_eq!((report.checked, report.kinks), (2, vec![place(0), place(3)]));

    let error = try_gradcheck(|x| x[0].abs(), &[&T::new([0.0, 0.0, 0.0, 1.0])], options).unwrap_err();
    assert!(error.to_string().contains("3 of 4"), "{error}");
    // Beside the kink, but nearer than a step; and a jump.
    for (f, x) in [(T::abs as fn(&T) -> T, 2e-5), (T::abs, 9e-5), (T::floor, 1.0), (T::ceil, 1.00003)] {
        let error = try_gradcheck(|x| f(&x[0]), &[&T::new([x])], options).unwrap_err();
        assert!(matches!(error, GradcheckError::Kinks { .. }), "{error}");
    }
}

#[test]
fn strong_bends_are_no_kinks() {
    let x = T::new([0.05, 0.1, 1.0, 30.0]);
    let report =
        gradcheck(|x| [x[0].reciprocal(), x[0].ln(), (&x[0] * 20.0).sin(), x[0].square()], &[&x], Default::default());
    assert_eq!(report.checked, 4);
}

#[test]
fn outside_its_domain_a_function_is_not_checked() {
    let error = try_gradcheck(|x| x[0].sqrt(), &[&T::new([1.0, 0.0])], Default::default()).unwrap_err();
    assert!(matches!(&error, GradcheckError::NotFinite(Place::Element { input: 0, .. })));
    assert!(error.to_string().contains("input 0 at [0]") || error.to_string().contains("input 0 at [1]"), "{error}");
}

#[test]
fn several_outputs_views_and_inputs_in_use_elsewhere_are_fine() {
    gradcheck(|x| x[0].t(), &[&x()], Default::default());
    gradcheck(|x| vec![x[0].sum(), x[0].exp(), x[0].clone()], &[&x()], Default::default());
    gradgradcheck(|x| [x[0].square().sum(), x[0].exp()], &[&x()], Default::default());
    let leaf = x().with_grad();
    gradcheck(|x| x[0].exp() * &leaf, &[&leaf.exp()], Default::default());
    assert!(leaf.get_grad().is_none(), "the check leaves no gradients behind");
    // Inside `no_grad` the check records all the same.
    no_grad(|| gradcheck(|x| x[0].exp(), &[&x()], Default::default()));
}

#[test]
fn no_elements_and_no_inputs_are_right() {
    let report = gradcheck(|x| x[0].exp(), &[&T::zeros([0, 3])], Default::default());
    assert_eq!(report.checked, 0);
    gradgradcheck(|x| x[0].exp(), &[&T::zeros([0, 3])], Default::default());
    gradcheck(|_| T::ones([2]), &[], Default::default());
}

#[test]
fn single_precision_is_checked_to_three_digits() {
    let x = Single::new([[0.5, -1.0, 2.0], [1.5, 0.3, -0.7]]);
    let f = |x: &[Single]| [x[0].sin() * x[0].exp(), mse(&x[0].tanh(), &x[0].square())];
    gradcheck(f, &[&x], Default::default());
    gradgradcheck(f, &[&x], Default::default());
    let cut = |x: &[Single]| x[0].exp() + x[0].detach() * 0.01;
    assert!(try_gradcheck(cut, &[&x], Default::default()).is_err());
}

#[test]
#[should_panic(expected = "gradcheck: the gradient is wrong in 6 of 6 places")]
fn the_plain_form_panics() {
    gradcheck(|x| x[0].detach(), &[&x()], Default::default());
}

/// The identity, with a gradient that is cut off from what it was computed from.
struct Cut;

impl Backward<f64, Serial> for Cut {
    fn name(&self) -> &'static str {
        "cut"
    }

    fn backward(&self, gradient: T) -> Vec<Option<T>> {
        vec![Some(gradient.detach())]
    }
}

#[test]
fn a_rule_that_forward_products_cannot_pass_is_found_out() {
    let x = T::new([1.0, 2.0]);
    let f = |x: &[T]| custom(&[&x[0]], || x[0].clone(), Cut);
    let error = try_gradcheck(f, &[&x], Default::default()).unwrap_err().to_string();
    assert!(error.contains("the forward product"), "{error}");
    let backward_only = GradcheckOptions { forward: false, ..Default::default() };
    assert_eq!(try_gradcheck(f, &[&x], backward_only).unwrap().checked, 2);
}
