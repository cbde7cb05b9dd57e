//! Nothing leaks, and nothing recurses: nodes and bytes are counted, which takes a process of its own.

use autograd::{Autodiff, BackwardOptions, Gradient, grad, live_nodes};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard};
use tensor_core::{Serial, Tensor};

type T = Tensor<f64, Autodiff<Serial>>;

/// The system's allocator, counting what is asked for.
struct Counting;

static BYTES: AtomicUsize = AtomicUsize::new(0);

// SAFETY: all is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.fetch_add(layout.size(), Relaxed);
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// One test at a time: the counts are of the whole process.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// The number of nodes before and after.
#[track_caller]
fn leaves_nothing(f: impl FnOnce()) {
    let before = live_nodes();
    f();
    assert_eq!(live_nodes(), before);
}

fn on_a_small_stack(f: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(512 << 10).spawn(f).unwrap().join().unwrap();
}

fn chain(x: &T, length: usize) -> T {
    (0..length).fold(x.clone(), |y, i| if i % 2 == 0 { y + 1.0 } else { y * 0.999_999 })
}

#[test]
fn a_chain_of_a_million_nodes_runs_backward_on_a_small_stack() {
    let _alone = alone();
    leaves_nothing(|| {
        on_a_small_stack(|| {
            let x = T::new(1.0).with_grad();
            let y = chain(&x, 1_000_000);
            assert!(live_nodes() > 1_000_000);
            y.backward();
            assert!((x.grad().item() - 0.999_999f64.powi(500_000)).abs() < 1e-9);
            assert!(live_nodes() < 100, "the pass frees as it goes along");
        });
    });
}

#[test]
fn a_chain_of_a_million_nodes_is_dropped_on_a_small_stack() {
    let _alone = alone();
    leaves_nothing(|| {
        on_a_small_stack(|| {
            let x = T::new(1.0).with_grad();
            drop(chain(&x, 1_000_000));
            assert!(live_nodes() < 100);
            // Kept by a pass, and part of the gradient's own graph.
            let y = chain(&x, 100_000);
            y.square().backward_with(None, BackwardOptions { create_graph: true, ..Default::default() }).unwrap();
        });
    });
}

#[test]
fn a_graph_that_is_never_gone_through_leaks_nothing() {
    let _alone = alone();
    leaves_nothing(|| {
        let x = T::new([1.0, 2.0]).with_grad();
        for _ in 0..10 {
            let h = x.exp();
            let _loss = (&h * &h + x.sin()).sum();
        }
        let _parts = [x.slice(0), x.slice(1)];
    });
}

#[test]
fn a_gradient_with_a_graph_of_its_own_leaks_nothing() {
    let _alone = alone();
    let create = BackwardOptions { create_graph: true, ..Default::default() };
    leaves_nothing(|| {
        let x = T::new([1.0, 2.0]).with_grad();
        // The gradient's graph leads back to the leaf that holds it.
        x.powi(3).sum().backward_with(None, create).unwrap();
        assert!(x.grad().requires_grad());
        let slope = x.grad().into_tensor();
        slope.sum().backward_with(None, create).unwrap();
        let y = x.exp().sum();
        let first = grad(&y, &[&x], create).remove(0);
        let _second = grad(&first.sum(), &[&x], create).remove(0);
    });
}

#[test]
fn a_backward_pass_frees_what_was_recorded_while_the_loss_lives_on() {
    let _alone = alone();
    leaves_nothing(|| {
        let x = T::new([1.0, 2.0]).with_grad();
        let loss = (0..100).fold(x.clone(), |y, _| y.sin()).sum();
        assert_eq!(live_nodes(), 102);
        loss.backward();
        assert_eq!(live_nodes(), 2, "the leaf and the loss");
        assert!(loss.item().is_finite());
    });
}

#[test]
fn a_loop_of_updates_keeps_the_number_of_nodes_constant() {
    let _alone = alone();
    leaves_nothing(|| {
        let mut a = T::new([1.0, 2.0]).with_grad();
        for _ in 0..50 {
            let loss = a.square().sum();
            loss.backward();
            autograd::no_grad(|| a.sub_(0.1 * a.grad()));
            a.zero_grad();
            assert_eq!(live_nodes(), 2);
        }
    });
}

#[test]
fn the_gradient_of_many_slices_costs_as_much_as_the_tensor_and_not_its_square() {
    let _alone = alone();
    let (rows, columns) = (1000, 64);
    let x = T::ones([rows, columns]).with_grad();
    let mut sum = T::zeros([columns]);
    for i in 0..rows {
        sum += x.slice(i) * 2.0;
    }
    let before = BYTES.load(Relaxed);
    sum.sum().backward();
    let bytes = BYTES.load(Relaxed) - before;
    assert_eq!(x.grad().to_vec(), vec![2.0; rows * columns]);
    // A gradient of the whole shape for each slice would be a thousand times the tensor.
    let tensor = rows * columns * size_of::<f64>();
    assert!(bytes < 20 * tensor, "{bytes} bytes for a tensor of {tensor}");
}
