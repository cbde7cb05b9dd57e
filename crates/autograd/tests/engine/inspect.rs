//! Looking at gradients on their way: hooks, explanations, anomalies, profiles, pictures.

use autograd::{
    Autodiff, BackwardOptions, Gradient, Parameter, Path, accumulate, detect_anomaly, dot, explain, grad, no_grad,
    profile,
};
use std::panic::catch_unwind;
use tensor_core::{Serial, Tensor};

type T = Tensor<f64, Autodiff<Serial>>;

#[test]
fn hooks_see_and_replace_the_gradient_of_each_pass() {
    let a = Parameter::new(T::new([1.0, 2.0]));
    let doubled = a.hook(|g| Some(g * 2.0));
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = seen.clone();
    a.hook(move |g| {
        log.lock().unwrap().push(g.to_vec());
        None
    });
    a.value().sum().backward();
    doubled.remove();
    a.value().sum().backward();
    assert_eq!(a.grad().to_vec(), [3.0, 3.0]);
    assert_eq!(*seen.lock().unwrap(), [[2.0, 2.0], [1.0, 1.0]]);
    // In the middle of a graph, and for what is asked for by `grad`.
    let x = T::new(3.0).with_grad();
    let y = x.square().hook(|g| Some(-g));
    assert_eq!(grad(&(y * 5.0), &[&x], BackwardOptions::default())[0].item(), -30.0);
    // A replacement of another shape is refused, and no leaf is changed.
    let b = T::new([1.0, 2.0]).with_grad().hook(|g| Some(g.sum()));
    assert!(b.sum().try_backward().unwrap_err().to_string().contains("hook"));
    assert!(b.get_grad().is_none());
    assert!(!T::new(1.0).hook(|_| None).requires_grad());
}

#[test]
fn lists_of_gradients_are_added_in_their_order() {
    let a = Parameter::new(T::new([0.0]));
    let parts = [0.1, 0.2, 0.3, 1e16, -1e16];
    accumulate(&[&a], parts.map(|x| vec![T::new([x])]));
    assert_eq!(a.grad().to_vec(), [((0.1 + 0.2) + 0.3 + 1e16) - 1e16]);
    assert!(catch_unwind(|| accumulate(&[&a], [vec![T::new([1.0, 2.0])]])).is_err());
    assert!(catch_unwind(|| accumulate(&[&a], [vec![]])).is_err());
}

#[test]
fn an_explanation_names_what_cut_the_way() {
    let parameter = |name: &str| Parameter::named(name, T::new([1.0, 2.0]));
    let [whole, detached, compared, unrecorded, aside, unused, frozen] =
        ["whole", "detached", "compared", "unrecorded", "aside", "unused", "frozen"].map(parameter);
    frozen.set_requires_grad(false);
    let found = explain(&[&whole, &detached, &compared, &unrecorded, &aside, &unused, &frozen], || {
        let mask = (&compared * 2.0).gt(1.0);
        let hidden = no_grad(|| &unrecorded * 3.0);
        let _unseen = (&aside * 2.0).exp();
        (&whole * (&detached * 2.0).detach() + mask.where_cond(1.0, 0.0) + hidden + &frozen).sum()
    });
    let paths: Vec<_> = found.0.iter().map(|(_, path)| path.clone()).collect();
    let cut = |path: &Path| match path {
        Path::Cut(cuts) => (cuts[0].operation, cuts[0].no_grad),
        other => panic!("{other:?}"),
    };
    assert_eq!(paths[0], Path::Whole);
    assert_eq!(cut(&paths[1]), ("detach", false));
    assert_eq!(cut(&paths[2]), ("gt", false));
    assert_eq!(cut(&paths[3]), ("mul", true));
    assert_eq!(paths[4..], [Path::Aside, Path::Unused, Path::Frozen]);
    assert!(!found.is_whole());
    let text = found.to_string();
    assert!(text.contains("detached: no gradient: cut at `detach`"), "{text}");
    assert!(text.contains("unrecorded: no gradient: cut at `mul` inside `no_grad`"), "{text}");
    assert!(text.contains("engine/inspect.rs:"), "the line of the program: {text}");
}

#[test]
fn the_first_anomaly_is_named_forward_and_backward() {
    let x = T::new([[1.0, 4.0], [0.0, -1.0]]).with_grad();
    let forward = detect_anomaly(|| x.try_div(0.0)).unwrap_err().to_string();
    assert!(
        forward.contains("div: the result at [0, 0] is inf") && forward.contains("engine/inspect.rs:"),
        "{forward}"
    );
    let panicked = catch_unwind(std::panic::AssertUnwindSafe(|| detect_anomaly(|| x.sqrt()))).unwrap_err();
    assert!(panicked.downcast_ref::<String>().unwrap().contains("sqrt: the result at [1, 1] is NaN"));
    let backward = detect_anomaly(|| x.slice((.., 0)).sqrt().sum().try_backward()).unwrap_err().to_string();
    assert!(backward.contains("sqrt: the gradient of operand 0 at [1] is inf"), "{backward}");
    assert!(backward.contains("engine/inspect.rs:"), "{backward}");
    assert!(x.get_grad().is_none());
    // A mask of infinities is meant.
    let masked = detect_anomaly(|| x.gt(0.5).where_cond(&x, f64::NEG_INFINITY).softmax(1).slice(0).sum());
    assert!((masked.item() - 1.0).abs() < 1e-15);
    // Nothing is looked at any more.
    assert!(x.ln().slice((1, 1)).item().is_nan());
}

#[test]
fn a_profile_counts_each_operation_forward_and_backward() {
    let x = T::ones([8, 8]).with_grad();
    let (loss, found) = profile(|| {
        let loss = x.matmul(&x).exp().exp().sum();
        loss.backward();
        loss
    });
    let row = |name: &str| found.0.iter().find(|(own, _)| *own == name).unwrap().1;
    assert_eq!((row("exp").forward, row("exp").backward, row("exp").bytes), (2, 2, 2 * 64 * 8));
    assert_eq!((row("matmul").forward, row("matmul").backward), (1, 1));
    assert!(found.0.iter().all(|(name, _)| ["matmul", "exp", "sum"].contains(name)), "rules count for their operation");
    assert!(found.to_string().contains("matmul"));
    assert!(loss.item() > 0.0);
}

#[test]
fn the_picture_of_a_graph_has_each_node_once() {
    let (a, b) = (T::new([1.0, 2.0]).with_grad(), T::new([3.0, 4.0]).with_grad());
    let y = (&a * &b).exp();
    let loss = (&y + &y).sum();
    let text = dot(&loss, &[("a", &a), ("y", &y)]);
    assert_eq!(text.matches("shape=ellipse").count(), 2);
    assert_eq!(text.matches("shape=box").count(), 4);
    assert!(text.contains("y = exp"));
    assert_eq!(text.matches(" -> ").count(), 6, "{text}");
    assert_eq!(text, dot(&loss, &[("a", &a), ("y", &y)]));
    loss.backward();
    assert!(dot(&loss, &[]).contains("(freed)"));
    assert_eq!(dot(&T::new(1.0), &[]).lines().count(), 4);
}
