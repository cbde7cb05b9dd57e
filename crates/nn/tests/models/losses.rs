//! The losses: their values, their gradients, and what they refuse.

use autograd::{Autodiff, Gradient};
use nn::{binary_cross_entropy_with_logits, cross_entropy, huber, l1, mse, nll};
use nn::{try_binary_cross_entropy_with_logits, try_cross_entropy, try_huber, try_l1, try_mse, try_nll};
use tensor_core::{Backend, Generator, Real, Serial, Tensor};

type X<T, B> = Tensor<T, Autodiff<B>>;

/// The same numbers in either precision.
fn random<T: Real, B: Backend>(seed: u64, shape: impl Into<tensor_core::Shape>) -> X<T, B> {
    X::<f64, B>::randn_with(&mut Generator::new(seed), shape).cast()
}

/// A loss of predictions alone, and predictions to try it on.
type Case<T, B> = (&'static str, X<T, B>, Box<dyn Fn(&X<T, B>) -> X<T, B>>);

/// Every loss, with the targets in it.
fn cases<T: Real, B: Backend>() -> Vec<Case<T, B>> {
    let target = || random(2, [5, 3]);
    let classes = || Tensor::new([2, 0, 1, 1, 2]);
    let matrix = || random(1, [5, 3]);
    vec![
        ("mse", matrix(), Box::new(move |x| mse(x, target()))),
        ("l1", matrix(), Box::new(move |x| l1(x, target()))),
        ("huber", matrix(), Box::new(move |x| huber(x, target(), 0.75))),
        ("cross_entropy", matrix(), Box::new(move |x| cross_entropy(x, &classes()))),
        ("nll", matrix(), Box::new(move |x| nll(x, &classes()))),
        ("bce", matrix(), Box::new(move |x| binary_cross_entropy_with_logits(x, target().sigmoid()))),
        ("bce", matrix(), Box::new(move |x| binary_cross_entropy_with_logits(x, target().gt(T::zero()).cast()))),
        // Where each layout but the plain one.
        ("mse", matrix(), Box::new(move |x| mse(&x.t(), target().t()))),
        ("cross_entropy", random(1, [3, 5]), Box::new(move |x| cross_entropy(&x.t(), &classes().flip(0)))),
    ]
}

#[test]
fn gradients_are_those_of_finite_differences() {
    for (name, x, loss) in cases::<f64, Serial>() {
        let leaf = x.clone().with_grad();
        loss(&leaf).backward();
        let h = 1e-6;
        for (i, gradient) in leaf.grad().to_vec().into_iter().enumerate() {
            let at = |step: f64| {
                let mut data = x.to_vec();
                data[i] += step;
                loss(&X::from_vec(data, x.shape())).item()
            };
            let slope = (at(h) - at(-h)) / (2.0 * h);
            assert!((gradient - slope).abs() < 1e-8, "{name}: {gradient} is not {slope}");
        }
    }
}

#[test]
fn single_precision_follows_double() {
    for ((name, x, loss), (_, _, exact)) in cases::<f32, Serial>().into_iter().zip(cases::<f64, Serial>()) {
        let difference = f64::from(loss(&x).item()) - exact(&x.cast()).item();
        assert!(difference.abs() < 1e-5, "{name}: {difference}");
    }
}

#[cfg(feature = "rayon")]
#[test]
fn serial_and_parallel_agree_to_the_bit() {
    use tensor_core::Parallel;

    fn bits<T: Real, B: Backend>() -> Vec<(T, Vec<T>)> {
        let value = |(_, x, loss): Case<T, B>| {
            let x = x.with_grad();
            let loss = loss(&x);
            loss.backward();
            (loss.item(), x.grad().to_vec())
        };
        cases::<T, B>().into_iter().map(value).collect()
    }
    assert_eq!(bits::<f32, Serial>(), bits::<f32, Parallel>());
    assert_eq!(bits::<f64, Serial>(), bits::<f64, Parallel>());
}

#[test]
fn losses_without_gradients_need_no_autodiff() {
    let x = Tensor::<f64, Serial>::new([1.0, 3.0]);
    assert_eq!(l1(&x, Tensor::new([0.0, 0.0])).item(), 2.0);
}

#[test]
fn a_column_is_not_a_vector() {
    let column = X::<f32, Serial>::ones([3, 1]);
    let vector = X::ones([3]);
    let refusals = [
        try_mse(&column, &vector),
        try_l1(&column, &vector),
        try_huber(&column, &vector, 1.0),
        try_binary_cross_entropy_with_logits(&column, &vector),
        try_l1(&vector, 1.0),
    ];
    for refusal in refusals {
        let message = refusal.unwrap_err().to_string();
        assert!(message.contains("[3]") || message.contains("[3  1]"), "{message}");
    }
}

#[test]
fn classes_must_fit_the_scores() {
    let scores = X::<f32, Serial>::zeros([2, 3]);
    for classes in [vec![0, 3], vec![-1, 0]] {
        let classes = Tensor::new(classes);
        let message = try_cross_entropy(&scores, &classes).unwrap_err().to_string();
        assert!(message.contains("the classes are 0 to 2"), "{message}");
        assert!(try_nll(&scores, &classes).unwrap_err().to_string().starts_with("nll_loss: row"));
    }
    assert!(try_cross_entropy(&scores, &Tensor::new([0])).unwrap_err().to_string().contains("one index for each row"));
    assert!(try_cross_entropy(&scores, &Tensor::new([[0], [1]])).is_err());
    assert!(try_nll(&X::<f32, Serial>::zeros([3]), &Tensor::new([0])).is_err());
}

#[test]
fn huber_wants_a_delta_above_zero() {
    let x = X::<f32, Serial>::ones([3]);
    for delta in [0.0, -1.0, f64::NAN] {
        assert!(try_huber(&x, &x, delta).unwrap_err().to_string().contains("must be a number > 0"));
    }
}

#[test]
fn a_batch_of_one_is_no_special_case() {
    let logits = X::<f64, Serial>::new([[0.0, 3f64.ln()]]);
    assert!((cross_entropy(&logits, &Tensor::new([1])).item() - (4.0 / 3.0f64).ln()).abs() < 1e-15);
    assert_eq!(l1(&X::<f64, Serial>::new(1.0), Tensor::new(3.0)).item(), 2.0);
}

#[test]
fn logits_of_zero_have_the_right_gradient() {
    let logits = X::<f64, Serial>::zeros([2]).with_grad();
    binary_cross_entropy_with_logits(&logits, Tensor::new([1.0, 0.0])).backward();
    assert_eq!(logits.grad().to_vec(), [-0.25, 0.25]);
}

#[test]
fn huge_logits_stay_exact() {
    let logits = X::<f64, Serial>::new([60.0, -60.0, 1e6, -1e6]).with_grad();
    let loss = binary_cross_entropy_with_logits(&logits, Tensor::new([1.0, 0.0, 0.0, 1.0]));
    assert_eq!(loss.item(), (2.0 * (-60f64).exp() + 2e6) / 4.0);
    let tiny = binary_cross_entropy_with_logits(&X::<f64, Serial>::new([60.0, -60.0]), Tensor::new([1.0, 0.0])).item();
    assert!((tiny / (-60f64).exp() - 1.0).abs() < 1e-14);
    loss.backward();
    assert!(logits.grad().to_vec().iter().all(|g| g.is_finite()));
}

#[test]
#[should_panic = "l1_loss: shapes that do not fit"]
fn the_short_form_panics_with_the_message() {
    let _ = l1(&X::<f32, Serial>::ones([3]), X::ones([2]));
}
