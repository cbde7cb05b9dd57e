//! Functions of one number, of two, and choices.

use crate::support::*;
use autograd::strategies::{between, broadcastable, broadcasting_to, shapes, tensors};
use autograd::{Autodiff, Gradient};
use proptest::prelude::*;
use tensor_core::ops::*;
use tensor_core::{Arg, Backend, Shape};

type BoxedValues = BoxedStrategy<f64>;

/// Where the function is smooth. A new function is checked on the ordinary range, unless a line here says otherwise.
fn domain(op: UnaryReal) -> BoxedValues {
    match op {
        UnaryReal::Sqrt | UnaryReal::Rsqrt | UnaryReal::Ln | UnaryReal::Log2 | UnaryReal::Log10 => {
            between(0.3, 3.0).boxed()
        }
        UnaryReal::Log1p => between(-0.6, 3.0).boxed(),
        UnaryReal::Asin | UnaryReal::Acos | UnaryReal::Atanh | UnaryReal::Erfinv => between(-0.9, 0.9).boxed(),
        UnaryReal::Acosh => between(1.2, 4.0).boxed(),
        UnaryReal::Lgamma | UnaryReal::Digamma => between(0.4, 4.0).boxed(),
        UnaryReal::Reciprocal | UnaryReal::Cbrt => not_small().boxed(),
        UnaryReal::Tan => between(-1.2, 1.2).boxed(),
        _ => ordinary().boxed(),
    }
}

/// Where the function of two numbers is smooth in both.
fn domains(op: BinaryReal) -> (BoxedValues, BoxedValues) {
    match op {
        BinaryReal::Div => (ordinary().boxed(), not_small().boxed()),
        BinaryReal::Pow => (between(0.3, 3.0).boxed(), ordinary().boxed()),
        BinaryReal::Atan2 | BinaryReal::Hypot | BinaryReal::Copysign => (not_small().boxed(), not_small().boxed()),
        BinaryReal::Gate => (ordinary().boxed(), not_small().boxed()),
        BinaryReal::Logaddexp => (ordinary().boxed(), ordinary().boxed()),
        BinaryReal::Xlogy => (ordinary().boxed(), between(0.3, 3.0).boxed()),
        // The order is rounded.
        BinaryReal::Polygamma => (between(0.6, 1.4).boxed(), between(0.6, 3.0).boxed()),
    }
}

fn unary<B: Backend>() {
    for &op in Unary::ALL {
        for_all(24, tensors::<f64, B>(shapes(5), ordinary()), |x| {
            let f = |x: &[Tensor<B>]| Tensor::from_prim(Autodiff::<B>::unary(op, Arg::Ref(x[0].prim())).unwrap());
            both_orders(op.name(), f, &[&x]);
        });
    }
}

fn unary_real<B: Backend>() {
    for &op in UnaryReal::ALL {
        for_all(24, tensors::<f64, B>(shapes(5), domain(op)), |x| {
            let f = |x: &[Tensor<B>]| Tensor::from_prim(Autodiff::<B>::unary_real(op, Arg::Ref(x[0].prim())).unwrap());
            both_orders(op.name(), f, &[&x]);
        });
    }
}

/// Two tensors with shapes that broadcast.
fn pairs<B: Backend>(a: BoxedValues, b: BoxedValues) -> impl Strategy<Value = (Tensor<B>, Tensor<B>)> {
    broadcastable(5).prop_flat_map(move |(left, right)| {
        (tensors::<f64, B>(Just(left), a.clone()), tensors::<f64, B>(Just(right), b.clone()))
    })
}

fn binary<B: Backend>() {
    for &op in Binary::ALL {
        for_all(24, pairs::<B>(ordinary().boxed(), ordinary().boxed()), |(a, b)| {
            let f = |x: &[Tensor<B>]| {
                Tensor::from_prim(Autodiff::<B>::binary(op, Arg::Ref(x[0].prim()), Arg::Ref(x[1].prim())).unwrap())
            };
            both_orders(op.name(), f, &[&a, &b]);
        });
    }
}

fn binary_real<B: Backend>() {
    for &op in BinaryReal::ALL {
        let (a, b) = domains(op);
        for_all(24, pairs::<B>(a, b), |(a, b)| {
            let f = |x: &[Tensor<B>]| {
                Tensor::from_prim(Autodiff::<B>::binary_real(op, Arg::Ref(x[0].prim()), Arg::Ref(x[1].prim())).unwrap())
            };
            both_orders(op.name(), f, &[&a, &b]);
        });
    }
}

fn with_a_number_or_a_constant_on_one_side<B: Backend>() {
    let number = 0.7;
    for &op in Binary::ALL {
        for_all(6, tensors::<f64, B>(shapes(3), ordinary()), |x| {
            let constant = Tensor::<B>::full(x.shape(), number);
            let f = |x: &[Tensor<B>]| {
                let x = x[0].prim();
                let sides = [
                    Autodiff::<B>::binary(op, Arg::Ref(x), Arg::Scalar(number)),
                    Autodiff::<B>::binary(op, Arg::Scalar(number), Arg::Ref(x)),
                    Autodiff::<B>::binary(op, Arg::Ref(x), Arg::Ref(constant.prim())),
                    Autodiff::<B>::binary(op, Arg::Own(&mut constant.prim().clone()), Arg::Own(&mut x.clone())),
                ];
                sides.map(|y| Tensor::from_prim(y.unwrap()))
            };
            both_orders(op.name(), f, &[&x]);
        });
    }
    for &op in BinaryReal::ALL {
        let (a, b) = domains(op);
        for_all(6, (tensors::<f64, B>(shapes(3), a), tensors::<f64, B>(shapes(3), b)), |(a, b)| {
            let f = |x: &[Tensor<B>]| {
                let sides = [
                    Autodiff::<B>::binary_real(op, Arg::Ref(x[0].prim()), Arg::Scalar(number)),
                    Autodiff::<B>::binary_real(op, Arg::Scalar(number), Arg::Ref(x[1].prim())),
                ];
                sides.map(|y| Tensor::from_prim(y.unwrap()))
            };
            both_orders(op.name(), f, &[&a, &b]);
        });
    }
}

/// The same tensor on both sides, and one that is used again and again.
fn of_itself<B: Backend>() {
    for_all(12, tensors::<f64, B>(shapes(3), not_small()), |x| {
        let f = |x: &[Tensor<B>]| {
            let x = &x[0];
            let y = x * x + x / x.square() - x;
            &y * &y * x
        };
        both_orders("x² + x/x² − x", f, &[&x]);
    });
}

fn whole_powers<B: Backend>() {
    for exponent in [-3, -1, 0, 1, 2, 3, 5] {
        for_all(6, tensors::<f64, B>(shapes(3), not_small()), |x| {
            both_orders("powi", |x| x[0].powi(exponent), &[&x]);
        });
    }
}

fn choices<B: Backend>() {
    let operands = shapes(5).prop_flat_map(|shape| {
        let side = || broadcasting_to(shape.clone());
        let mask = side().prop_flat_map(|shape: Shape| {
            proptest::collection::vec(any::<bool>(), shape.numel()).prop_map(move |mask| (shape.clone(), mask))
        });
        (mask, tensors::<f64, B>(side(), ordinary()), tensors::<f64, B>(side(), ordinary()))
    });
    for_all(32, operands, |((shape, mask), a, b)| {
        let mask = tensor_core::Tensor::<bool, Autodiff<B>>::from_slice(&mask, shape);
        both_orders("where_cond", |x| mask.where_cond(&x[0], &x[1]), &[&a, &b]);
        both_orders("where_cond", |x| [mask.where_cond(&x[0], 1.5), mask.where_cond(1.5, &x[0])], &[&a]);
    });
}

fn casts<B: Backend>() {
    for_all(12, tensors::<f64, B>(shapes(5), ordinary()), |x| {
        both_orders("cast to the same type", |x| x[0].cast::<f64>().square(), &[&x]);
        // There and back: in single precision the differences are too coarse, but numbers of few bits pass exactly.
        let x = (x * 64.0).round() / 64.0;
        let x = x.with_grad();
        let y = (x.cast::<f32>() * 3.0).cast::<f64>();
        let v = Tensor::<B>::full(x.shape(), 0.5);
        y.backward_with(Some(&v), Default::default()).unwrap();
        assert_eq!(x.grad().to_vec(), vec![1.5; x.numel()]);
    });
}

/// Enough elements for several threads.
fn on_large_tensors<B: Backend>() {
    let numbers = |low: f64, high: f64, shape: [usize; 2], seed: u64| {
        Tensor::<B>::rand_with(&mut tensor_core::Generator::new(seed), shape) * (high - low) + low
    };
    for &op in UnaryReal::ALL {
        // The range on which all of them are smooth.
        let x = numbers(0.55, 0.95, [200, 180], 1) + if op == UnaryReal::Acosh { 1.0 } else { 0.0 };
        let f = |x: &[Tensor<B>]| Tensor::from_prim(Autodiff::<B>::unary_real(op, Arg::Ref(x[0].prim())).unwrap());
        both_orders(op.name(), f, &[&x.t().into_tensor()]);
    }
    for &op in BinaryReal::ALL {
        let (a, b) = (numbers(0.3, 3.0, [200, 180], 1), numbers(0.4, 2.0, [200, 1], 2));
        // The order is rounded, which is smooth but for halves.
        let a = if op == BinaryReal::Polygamma { a.round() } else { a };
        let f = |x: &[Tensor<B>]| {
            Tensor::from_prim(Autodiff::<B>::binary_real(op, Arg::Ref(x[0].prim()), Arg::Ref(x[1].prim())).unwrap())
        };
        both_orders(op.name(), f, &[&a, &b]);
    }
}

on_backends! { unary unary_real binary binary_real with_a_number_or_a_constant_on_one_side of_itself whole_powers choices casts on_large_tensors }
