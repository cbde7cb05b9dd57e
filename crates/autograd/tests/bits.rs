//! The same bits on one thread and on many, recorded or not: values and gradients of every operation.
#![cfg(feature = "rayon")]

use autograd::{Autodiff, Gradient, grad, no_grad, try_grad};
use std::collections::BTreeMap;
use tensor_core::ops::*;
use tensor_core::{Arg, Backend, Generator, Parallel, Real, Result, Serial, SliceItem, Tensor, step};

type Var<T, B> = Tensor<T, B>;
/// An operation of one result on operands.
type Verb<T, B> = Box<dyn Fn(&[Var<T, B>]) -> Result<<B as Backend>::Prim<T>>>;
/// The bits of some tensors.
type Bits = Vec<Vec<u64>>;

/// Every operation on operands of `[96, 700]`: enough for several chunks of work.
fn operations<T: Real, B: Backend>() -> Vec<(String, Verb<T, B>)> {
    let mut all: Vec<(String, Verb<T, B>)> = Vec::new();
    let mut one = |name: String, f: Verb<T, B>| all.push((name, f));
    fn arg<T: Real, B: Backend>(x: &Var<T, B>) -> Arg<'_, T, B::Prim<T>> {
        Arg::Ref(x.prim())
    }
    for &op in Unary::ALL {
        one(op.name().into(), Box::new(move |x| B::unary(op, arg(&x[0]))));
    }
    for &op in UnaryReal::ALL {
        one(op.name().into(), Box::new(move |x| B::unary_real(op, arg(&x[0]))));
    }
    for &op in Binary::ALL {
        one(op.name().into(), Box::new(move |x| B::binary(op, arg(&x[0]), arg(&x[1]))));
        one(format!("{} of a row", op.name()), Box::new(move |x| B::binary(op, arg(&x[0]), arg(&x[1].slice(3)))));
    }
    for &op in BinaryReal::ALL {
        one(op.name().into(), Box::new(move |x| B::binary_real(op, arg(&x[0]), arg(&x[1]))));
        one(
            format!("{} of a number", op.name()),
            Box::new(move |x| B::binary_real(op, arg(&x[0]), Arg::Scalar(T::one()))),
        );
    }
    for &op in Reduce::ALL {
        for axes in [&[][..], &[0], &[1], &[0, 1]] {
            one(format!("{} {axes:?}", op.name()), Box::new(move |x| B::reduce(op, x[0].prim(), axes, true)));
        }
    }
    for &op in Scan::ALL {
        one(op.name().into(), Box::new(move |x| B::scan(op, x[0].prim(), 0)));
    }
    for op in [
        Fused::Mse,
        Fused::Softmax { axis: 0 },
        Fused::Softmax { axis: 1 },
        Fused::LogSoftmax { axis: 1 },
        Fused::LogCumSumExp { axis: 1 },
        Fused::Recurrence { axis: 0 },
    ] {
        let operands = if matches!(op, Fused::Mse | Fused::Recurrence { .. }) { 2 } else { 1 };
        one(
            format!("{op:?}"),
            Box::new(move |x| B::fused(&op, &x[..operands].iter().map(|x| x.prim()).collect::<Vec<_>>())),
        );
    }
    let index = || Tensor::<i64, B>::randint_with(&mut Generator::new(5), -96, 96, [96]);
    let picks = || Tensor::<i64, B>::randint_with(&mut Generator::new(6), -96, 96, [96, 700]);
    for &op in Scatter::ALL {
        one(op.name().into(), Box::new(move |x| B::scatter(op, arg(&x[0]), 0, picks().prim(), x[1].prim())));
    }
    one("gather".into(), Box::new(move |x| B::gather(x[0].prim(), 0, picks().prim())));
    one("index_select".into(), Box::new(move |x| B::index_select(x[0].prim(), 0, index().prim())));
    one("index_add".into(), Box::new(move |x| B::index_add(arg(&x[0]), 0, index().prim(), x[1].prim())));
    one("sort".into(), Box::new(|x| Ok(B::sort(x[0].prim(), 1, true, 300)?.0)));
    one("where_cond".into(), Box::new(|x| B::select(x[0].gt(&x[1]).prim(), arg(&x[0]), arg(&x[1]))));
    one("matmul".into(), Box::new(|x| B::matmul(x[0].prim(), x[1].t().prim())));
    one("matrix · vector".into(), Box::new(|x| B::matmul(x[0].prim(), x[1].slice(0).prim())));
    one("vector · matrix".into(), Box::new(|x| B::matmul(x[1].slice((.., 0)).prim(), x[0].prim())));
    one(
        "batches".into(),
        Box::new(|x| B::matmul(x[0].reshape([4, 24, 700]).prim(), x[1].reshape([4, 700, 24]).prim())),
    );
    for &op in Linalg::ALL {
        let solve = move |x: &[Var<T, B>]| {
            let square = !matches!(op, Linalg::Lu | Linalg::Qr { .. } | Linalg::Svd);
            let (m, n) = if square { (48, 48) } else { (40, 56) };
            let a = x[0].slice((..2 * m as isize, ..n)).reshape([2, m, n])
                + Tensor::eye(56).slice((..m, ..n)) * T::from_f64(70.0);
            let a = if square { &a + a.mt() } else { a };
            let b = x[1].slice((..96, ..30)).reshape([2, 48, 30]).into_tensor();
            let operands = [a.prim(), b.prim()];
            B::linalg(op, &operands[..op.operands()])
        };
        one(format!("{op:?}"), Box::new(solve));
    }
    one("concat".into(), Box::new(|x| B::concat(&[x[0].prim(), x[1].prim()], 1)));
    one("pad".into(), Box::new(|x| B::pad(x[0].prim(), &[(1, 2), (3, 0)], T::one())));
    let views = [
        View::Reshape([700, 96].into()),
        View::Permute([1, 0].into()),
        View::Expand([2, 96, 700].into()),
        View::Slice(vec![SliceItem::from(1..), step(.., -3)]),
        View::Diagonal { offset: 5, first: 0, second: 1 },
        View::Unfold { axis: 1, size: 4, step: 2 },
    ];
    for view in views {
        let look = view.clone();
        one(format!("{view:?}"), Box::new(move |x| B::unary(Unary::Square, Arg::Ref(&B::view(x[0].prim(), &look)?))));
        if !matches!(view, View::Reshape(_)) {
            let (assign, add) = (view.clone(), view.clone());
            let source = |x: &[Var<T, B>]| x[1].slice((7, 8)).into_tensor();
            one(format!("assign {view:?}"), Box::new(move |x| B::view_assign(arg(&x[0]), &assign, arg(&source(x)))));
            one(format!("add {view:?}"), Box::new(move |x| B::view_add(arg(&x[0]), &add, arg(&source(x)))));
        }
    }
    one("cast".into(), Box::new(|x| Ok((x[0].cast::<f32>().cast::<f64>() * 2.0).cast::<T>().into_prim())));
    all
}

fn operands<T: Real, B: Backend>() -> Vec<Var<T, B>> {
    let random = |seed| Tensor::<T, B>::rand_with(&mut Generator::new(seed), [96, 700]) * T::from_f64(0.7);
    let strided = Tensor::<T, B>::rand_with(&mut Generator::new(3), [1400, 96]).slice(step(.., -2)).t().into_tensor();
    vec![random(1) + T::from_f64(0.2), strided]
}

/// The bits of a tensor; one NaN is as good as another.
fn bits<T: Real, B: Backend>(x: &Var<T, B>) -> Vec<u64> {
    x.to_vec().iter().map(|x| if x.is_nan() { u64::MAX } else { x.as_f64().to_bits() }).collect()
}

/// Of every operation, the bits of its value and of the gradients of a random cotangent.
fn results<T: Real, B: Backend>() -> BTreeMap<String, (Vec<u64>, Bits)> {
    let all = operations::<T, Autodiff<B>>().into_iter();
    all.map(|(name, f)| {
        let leaves: Vec<_> = operands::<T, Autodiff<B>>().into_iter().map(|x| x.with_grad()).collect();
        let y = Var::<T, Autodiff<B>>::from_prim(f(&leaves).unwrap_or_else(|error| panic!("{name}: {error}")));
        let v = Tensor::rand_with(&mut Generator::new(4), y.shape());
        let inputs: Vec<_> = leaves.iter().collect();
        let gradients = try_grad(&[(&y, Some(&v))], &inputs, Default::default()).unwrap();
        (name, (bits(&y), gradients.iter().flatten().map(bits).collect()))
    })
    .collect()
}

fn agree<T: Real>() {
    let serial = results::<T, Serial>();
    for threads in [1, 2, 3, 8] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let parallel = pool.install(results::<T, Parallel>);
        for (name, (values, gradients)) in &serial {
            let (other_values, other_gradients) = &parallel[name];
            assert!(values == other_values, "{name} with {threads} threads");
            assert!(gradients == other_gradients, "the gradient of {name} with {threads} threads");
        }
    }
}

#[test]
fn serial_and_parallel_agree_in_double_precision() {
    agree::<f64>();
}

#[test]
fn serial_and_parallel_agree_in_single_precision() {
    agree::<f32>();
}

/// On the backend itself, on one that could record, and on one that does.
#[test]
fn recording_changes_no_bit() {
    fn values<T: Real, B: Backend>(x: &[Var<T, B>]) -> BTreeMap<String, Vec<u64>> {
        let all = operations::<T, B>().into_iter();
        all.map(|(name, f)| (name, bits(&Var::<T, B>::from_prim(f(x).unwrap())))).collect()
    }
    fn agree<T: Real, B: Backend>() {
        let bare = values::<T, B>(&operands());
        let constants = operands::<T, Autodiff<B>>();
        let leaves: Vec<_> = constants.iter().map(|x| x.clone().with_grad()).collect();
        for (name, found) in [
            ("constants", values(&constants)),
            ("recorded", values(&leaves)),
            ("not recorded", no_grad(|| values(&leaves))),
        ] {
            assert!(found == bare, "{name}");
        }
    }
    agree::<f64, Serial>();
    agree::<f32, Serial>();
    agree::<f32, Parallel>();
}

/// A few steps of training, with everything that goes with it.
#[test]
fn training_gives_the_same_bits_on_any_number_of_threads() {
    fn train<B: Backend>() -> Vec<u64> {
        let generator = &mut Generator::new(42);
        let x = Tensor::<f32, Autodiff<B>>::randn_with(generator, [600, 120]);
        let y = Tensor::<f32, Autodiff<B>>::randn_with(generator, [600, 10]);
        let mut w = (Tensor::randn_with(generator, [120, 80]) * 0.1).with_grad();
        let mut v = (Tensor::randn_with(generator, [80, 10]) * 0.1).with_grad();
        for _ in 0..5 {
            let loss = tensor_core::mse(&x.matmul(&w).tanh().matmul(&v), &y);
            let gradients = grad(&loss, &[&w, &v], Default::default());
            no_grad(|| {
                w.sub_(&gradients[0] * 0.1);
                v.sub_(&gradients[1] * 0.1);
            });
        }
        [bits(&w), bits(&v)].concat()
    }
    let serial = train::<Serial>();
    for threads in [1, 2, 3, 8] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert!(pool.install(train::<Parallel>) == serial, "{threads} threads");
    }
}
