//! The update rules on plain tensors.

use optim::rule::{Adam, AdamW, Rule, Sgd};
use tensor_core::{Backend, Real, Serial, Tensor};

fn gradient<T: Real, B: Backend>(x: &Tensor<T, B>) -> Tensor<T, B> {
    x.square() * x - x * T::from_f64(0.5) + T::from_f64(0.25)
}

fn start<T: Real, B: Backend>(n: usize) -> Tensor<T, B> {
    Tensor::linspace(T::from_f64(-1.5), T::from_f64(1.25), n)
}

fn after<T: Real, B: Backend>(rule: impl Rule, n: usize, steps: usize) -> Vec<T> {
    let mut state = Default::default();
    let mut x = start::<T, B>(n);
    for _ in 0..steps {
        let gradient = gradient(&x);
        rule.update(&mut x, &gradient, &mut state);
    }
    x.to_vec()
}

/// Options beyond the defaults, so that each is in play somewhere.
fn rules() -> (Vec<Sgd>, Vec<Adam>, Vec<AdamW>) {
    let sgd = Sgd { lr: 0.05, ..Sgd::default() };
    let momentum = Sgd { momentum: 0.9, ..sgd };
    let adam = Adam { lr: 0.05, ..Adam::default() };
    let adamw = AdamW { lr: 0.05, ..AdamW::default() };
    (
        vec![
            sgd,
            Sgd { weight_decay: 0.1, ..sgd },
            momentum,
            Sgd { dampening: 0.3, maximize: true, ..momentum },
            Sgd { nesterov: true, weight_decay: 0.1, ..momentum },
        ],
        vec![
            adam,
            Adam { betas: (0.8, 0.9), eps: 1e-3, weight_decay: 0.1, ..adam },
            Adam { amsgrad: true, maximize: true, ..adam },
        ],
        vec![adamw, AdamW { amsgrad: true, weight_decay: 0.2, ..adamw }, AdamW { maximize: true, ..adamw }],
    )
}

/// The formulas once more, number by number.
mod by_hand {
    use super::*;

    fn sgd(rule: Sgd, mut x: f64, steps: usize) -> f64 {
        let mut buffer = 0.0;
        for t in 1..=steps {
            let gradient = x.powi(3) - 0.5 * x + 0.25;
            let g = if rule.maximize { -gradient } else { gradient } + rule.weight_decay * x;
            buffer = if t == 1 { g } else { rule.momentum * buffer + (1.0 - rule.dampening) * g };
            let step = match rule.momentum == 0.0 {
                true => g,
                false if rule.nesterov => g + rule.momentum * buffer,
                false => buffer,
            };
            x -= rule.lr * step;
        }
        x
    }

    fn adam(rule: Adam, decoupled: bool, mut x: f64, steps: usize) -> f64 {
        let (beta1, beta2) = rule.betas;
        let (mut m, mut v, mut largest) = (0.0, 0.0, 0.0f64);
        for t in 1..=steps as i32 {
            let gradient = x.powi(3) - 0.5 * x + 0.25;
            let mut g = if rule.maximize { -gradient } else { gradient };
            if decoupled {
                x *= 1.0 - rule.lr * rule.weight_decay;
            } else {
                g += rule.weight_decay * x;
            }
            m = beta1 * m + (1.0 - beta1) * g;
            v = beta2 * v + (1.0 - beta2) * g * g;
            largest = largest.max(v);
            let square = if rule.amsgrad { largest } else { v } / (1.0 - beta2.powi(t));
            x -= rule.lr * (m / (1.0 - beta1.powi(t))) / (square.sqrt() + rule.eps);
        }
        x
    }

    fn close(got: Vec<f64>, want: impl Fn(f64) -> f64) {
        for (got, x) in got.into_iter().zip(start::<f64, Serial>(7).to_vec()) {
            assert!((got - want(x)).abs() <= 1e-11 * want(x).abs(), "{got} is not {}", want(x));
        }
    }

    #[test]
    fn each_rule_is_its_formula() {
        let (sgds, adams, adamws) = rules();
        for rule in sgds {
            close(after::<f64, Serial>(rule, 7, 10), |x| sgd(rule, x, 10));
        }
        for rule in adams {
            close(after::<f64, Serial>(rule, 7, 10), |x| adam(rule, false, x, 10));
        }
        for rule in adamws {
            let AdamW { lr, betas, eps, weight_decay, amsgrad, maximize } = rule;
            let options = Adam { lr, betas, eps, weight_decay, amsgrad, maximize };
            close(after::<f64, Serial>(rule, 7, 10), |x| adam(options, true, x, 10));
        }
    }
}

#[test]
fn single_precision_follows_double() {
    fn close(rule: impl Rule + Copy) {
        let (single, double) = (after::<f32, Serial>(rule, 7, 10), after::<f64, Serial>(rule, 7, 10));
        for (a, b) in single.into_iter().zip(double) {
            assert!((f64::from(a) - b).abs() < 1e-4 * b.abs().max(1.0), "{a} is not {b}");
        }
    }
    let (sgds, adams, adamws) = rules();
    sgds.into_iter().for_each(close);
    adams.into_iter().for_each(close);
    adamws.into_iter().for_each(close);
}

#[cfg(feature = "rayon")]
#[test]
fn serial_and_parallel_agree_to_the_bit() {
    use tensor_core::Parallel;

    fn same(rule: impl Rule + Copy) {
        // Enough elements for several threads.
        let n = 200_003;
        let bits = |x: Vec<f32>| x.into_iter().map(f32::to_bits).collect::<Vec<_>>();
        assert!(bits(after::<f32, Serial>(rule, n, 3)) == bits(after::<f32, Parallel>(rule, n, 3)));
        let bits = |x: Vec<f64>| x.into_iter().map(f64::to_bits).collect::<Vec<_>>();
        assert!(bits(after::<f64, Serial>(rule, n, 3)) == bits(after::<f64, Parallel>(rule, n, 3)));
    }
    let (sgds, adams, adamws) = rules();
    sgds.into_iter().for_each(same);
    adams.into_iter().for_each(same);
    adamws.into_iter().for_each(same);
}

#[test]
fn value_and_state_stay_where_they_are() {
    let mut x = start::<f64, Serial>(1000);
    let at = x.array().address();
    let rule = Sgd { momentum: 0.9, nesterov: true, ..Sgd::default() };
    let mut state = Default::default();
    let mut buffer = None;
    for _ in 0..100 {
        let gradient = gradient(&x);
        rule.update(&mut x, &gradient, &mut state);
        let now = state.momentum.as_ref().unwrap().array().address();
        assert_eq!((x.array().address(), *buffer.get_or_insert(now)), (at, now));
    }

    let rule = AdamW { amsgrad: true, ..AdamW::default() };
    let mut state = Default::default();
    let mut buffers = None;
    for _ in 0..100 {
        let gradient = gradient(&x);
        rule.update(&mut x, &gradient, &mut state);
        let now = [&state.mean, &state.square, &state.largest].map(|x| x.as_ref().unwrap().array().address());
        assert_eq!((x.array().address(), *buffers.get_or_insert(now)), (at, now));
    }
}

#[test]
fn the_first_momentum_is_not_the_callers_gradient() {
    let rule = Sgd { momentum: 0.5, lr: 1.0, ..Sgd::default() };
    let mut state = Default::default();
    let mut x = Tensor::<f64, Serial>::new([0.0, 0.0]);
    // A gradient whose elements share one place in memory.
    let gradient = Tensor::new(1.0).expand([2]).into_tensor();
    rule.update(&mut x, &gradient, &mut state);
    rule.update(&mut x, &gradient, &mut state);
    assert_eq!(gradient.to_vec(), [1.0, 1.0]);
    assert_eq!(x.to_vec(), [-2.5, -2.5]);
    assert_eq!(state.momentum.unwrap().to_vec(), [1.5, 1.5]);
}

#[test]
fn values_of_any_layout_and_size_are_moved() {
    let rule = Adam { lr: 0.5, eps: 0.0, ..Adam::default() };
    let x = Tensor::<f64, Serial>::arange(0.0, 6.0, 1.0).reshape([2, 3]).into_tensor();
    let mut flipped = x.flip(0).t().into_tensor();
    rule.update(&mut flipped, &Tensor::ones([3, 2]), &mut Default::default());
    assert_eq!(flipped.to_vec(), [2.5, -0.5, 3.5, 0.5, 4.5, 1.5]);

    let mut nothing = Tensor::<f64, Serial>::zeros([0, 3]);
    rule.update(&mut nothing, &Tensor::zeros([0, 3]), &mut Default::default());
    let mut number = Tensor::<f64, Serial>::new(1.0);
    rule.update(&mut number, &Tensor::new(-3.0), &mut Default::default());
    assert_eq!(number.item(), 1.5);
}

/// The message of the error; and nothing was changed.
fn refused(rule: impl Rule, gradient: &Tensor<f64, Serial>) -> String {
    let mut x = Tensor::<f64, Serial>::new([1.0, 2.0]);
    let error = rule.try_update(&mut x, gradient, &mut Default::default()).unwrap_err();
    assert_eq!(x.to_vec(), [1.0, 2.0]);
    error.to_string()
}

#[test]
fn options_out_of_range_are_named() {
    let g = Tensor::new([1.0, 1.0]);
    let sgd = Sgd::default();
    assert_eq!(refused(Sgd { lr: -0.1, ..sgd }, &g), "Sgd: lr is -0.1; it must be a number ≥ 0");
    assert_eq!(refused(Sgd { momentum: -1.0, ..sgd }, &g), "Sgd: momentum is -1; it must be a number ≥ 0");
    assert_eq!(refused(Sgd { weight_decay: f64::NAN, ..sgd }, &g), "Sgd: weight_decay is NaN; it must be a number ≥ 0");
    assert_eq!(refused(Sgd { dampening: f64::NAN, ..sgd }, &g), "Sgd: dampening is NaN; it must be finite");
    let nesterov = "Sgd: Nesterov's form needs a momentum above 0 and no dampening; momentum is";
    assert_eq!(refused(Sgd { nesterov: true, ..sgd }, &g), format!("{nesterov} 0, dampening 0"));
    let dampened = Sgd { nesterov: true, momentum: 0.9, dampening: 0.1, ..sgd };
    assert_eq!(refused(dampened, &g), format!("{nesterov} 0.9, dampening 0.1"));

    let adam = Adam::default();
    assert_eq!(refused(Adam { eps: -1.0, ..adam }, &g), "Adam: eps is -1; it must be a number ≥ 0");
    for betas in [(1.0, 0.5), (0.5, 1.0), (-0.1, 0.5), (0.5, f64::NAN)] {
        assert!(refused(Adam { betas, ..adam }, &g).contains("it must be a number ≥ 0 and < 1"));
    }
    let adamw = AdamW { lr: f64::INFINITY, ..AdamW::default() };
    assert_eq!(refused(adamw, &g), "AdamW: lr is inf; it must be a number ≥ 0");
}

#[test]
fn a_gradient_of_another_shape_is_not_broadcast() {
    let g = Tensor::new([1.0]);
    assert!(refused(Sgd::default(), &g).contains("a gradient has the shape of its value"));
    assert!(refused(Adam::default(), &g).contains("a gradient has the shape of its value"));

    let rule = Sgd { momentum: 0.9, ..Sgd::default() };
    let mut state = Default::default();
    rule.update(&mut Tensor::<f64, Serial>::ones([2]), &Tensor::ones([2]), &mut state);
    let error = rule.try_update(&mut Tensor::ones([1]), &Tensor::ones([1]), &mut state).unwrap_err();
    assert!(error.to_string().contains("a value of another shape"), "{error}");
}
