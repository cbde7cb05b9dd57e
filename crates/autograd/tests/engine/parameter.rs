//! Parameters as shared handles: read and written by many threads, updated while graphs are alive.

use autograd::{Autodiff, Gradient, Parameter, no_grad};
use tensor_core::{Serial, Tensor};

type B = Autodiff<Serial>;

#[test]
fn shares_are_one_parameter_and_duplicates_are_two() {
    let a = Parameter::named("a", Tensor::<f64, B>::new([1.0, 2.0]));
    let (share, duplicate) = (a.share(), a.duplicate());
    no_grad(|| a.add_(1.0));
    assert_eq!(share.to_vec(), [2.0, 3.0]);
    assert_eq!(duplicate.to_vec(), [1.0, 2.0]);
    assert!(a.is_same(&share) && !a.is_same(&duplicate));
    share.value().sum().backward();
    assert_eq!(a.grad().to_vec(), [1.0, 1.0]);
    assert!(duplicate.get_grad().is_none());
    assert_eq!(duplicate.name(), "a");
}

#[test]
fn an_update_while_a_graph_is_alive_does_not_change_its_gradient() {
    let a = Parameter::new(Tensor::<f64, B>::new([3.0]));
    let loss = a.value().square().sum();
    no_grad(|| a.mul_(100.0));
    loss.backward();
    assert_eq!(a.grad().to_vec(), [6.0]);
}

#[test]
fn a_parameter_is_updated_inside_no_grad_only() {
    let a = Parameter::new(Tensor::<f64, B>::new([3.0]));
    assert!(a.try_sub_(1.0).expect_err("refused").to_string().contains("no_grad"));
    assert_eq!(a.to_vec(), [3.0]);
    no_grad(|| a.sub_(1.0));
    assert_eq!(a.to_vec(), [2.0]);
}

#[test]
fn a_frozen_parameter_is_a_constant_until_it_is_thawed() {
    let a = Parameter::new(Tensor::<f64, B>::new([3.0]));
    a.set_requires_grad(false);
    assert!(!(&a * 2.0).requires_grad());
    a.set_requires_grad(true);
    (&a * 2.0).sum().backward();
    assert_eq!(a.grad().to_vec(), [2.0]);
}

#[test]
fn a_panic_in_an_update_leaves_the_parameter_usable() {
    let a = Parameter::new(Tensor::<f64, B>::new([3.0]));
    let update = std::panic::AssertUnwindSafe(|| a.update(|_| panic!("on purpose")));
    assert!(std::panic::catch_unwind(update).is_err());
    assert_eq!(a.to_vec(), [3.0]);
}

#[test]
#[should_panic(expected = "used while it is being updated")]
fn using_a_parameter_in_its_own_update_is_found() {
    let a = Parameter::new(Tensor::<f64, B>::new([3.0]));
    a.update(|_| a.to_vec());
}

/// Updates and reads run on rayon's threads and use rayon inside: a lock held across a kernel that steals work would
/// deadlock here.
#[cfg(feature = "rayon")]
#[test]
fn writers_and_readers_on_many_threads_never_deadlock() {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use tensor_core::Parallel;

    let n = 200_000; // Large enough for several threads.
    let parameters: Vec<_> = (0..3).map(|_| Parameter::new(Tensor::<f32, Autodiff<Parallel>>::zeros([n]))).collect();
    let writes = AtomicUsize::new(0);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
    pool.install(|| {
        rayon::scope(|scope| {
            for task in 0..300 {
                let (mine, other) = (&parameters[task % 3], &parameters[(task + 1) % 3]);
                let writes = &writes;
                scope.spawn(move |_| match task % 4 {
                    0 => {
                        no_grad(|| mine.add_(1.0));
                        writes.fetch_add(1, Relaxed);
                    }
                    1 => mine.value().square().mean().backward(),
                    2 => drop((mine * other).sum().item()),
                    _ => no_grad(|| mine.zero_grad()),
                });
            }
        })
    });
    // Every write was seen whole: all elements of a parameter are equal, and none was lost.
    let sums: Vec<f32> = parameters.iter().map(|parameter| parameter.to_vec()[0]).collect();
    for (parameter, sum) in parameters.iter().zip(&sums) {
        assert!(parameter.to_vec().iter().all(|x| x == sum));
    }
    assert_eq!(sums.iter().sum::<f32>() as usize, writes.into_inner());
}
