//! Buffers are used again, counted, limited, and given back.

use std::sync::{Mutex, MutexGuard};
use tensor_core::{ErrorKind, Serial, Tensor, memory};

type T = Tensor<f32, Serial>;

/// The counts are those of the whole program: one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Runs `body` on a thread that is gone when this returns, with all that it keeps.
fn on_a_thread(body: impl FnOnce() + Send + 'static) {
    std::thread::spawn(body).join().unwrap();
}

#[test]
fn a_new_tensor_takes_the_buffer_of_one_that_is_gone() {
    let _turn = alone();
    for n in [1, 16, 1000, 16_384, 16_385, 1_000_000] {
        let first = T::ones([n]);
        let address = first.array().address();
        drop(first);
        // A little smaller, and of another type.
        let second = Tensor::<f64, Serial>::ones([n / 2]);
        let third = T::ones([n]);
        assert!([second.array().address(), third.array().address()].contains(&address), "{n} elements");
    }
}

#[test]
fn a_loop_asks_the_system_for_nothing_new() {
    let _turn = alone();
    let step = || {
        let x = T::ones([300, 300]);
        let row = T::ones([300]);
        let y = (&x + &row).exp() * 0.5;
        assert!(y.matmul(&x).softmax(1).sum().item() > 0.0);
    };
    step();
    let before = memory::stats();
    (0..50).for_each(|_| step());
    let after = memory::stats();
    assert_eq!((after.allocations, after.live), (before.allocations, before.live));
}

#[test]
fn what_is_alive_is_counted_and_comes_back_to_nothing() {
    let _turn = alone();
    on_a_thread(|| {
        memory::reset_peak();
        let before = memory::stats().live;
        let kept = T::ones([1 << 20]);
        let (sender, receiver) = std::sync::mpsc::channel::<T>();
        let consumer = std::thread::spawn(move || receiver.iter().map(|x| x.sum().item()).sum::<f32>());
        for i in 0..2000 {
            let x = T::ones([(i * i) % 40_000 + 1]);
            // Some are let go of here, some there, and some by both.
            if i % 3 != 0 {
                sender.send(x.clone()).unwrap();
            }
            if i % 3 != 1 {
                sender.send(x).unwrap();
            }
        }
        drop(sender);
        assert!(consumer.join().unwrap() > 0.0);
        let stats = memory::stats();
        let bytes = stats.live - before;
        assert!((4 << 20..(4 << 20) + 1024).contains(&bytes), "{bytes} bytes for {}", kept.numel());
        assert!(stats.peak >= stats.live);
        drop(kept);
        assert_eq!(memory::stats().live, before);
    });
    memory::trim();
    let stats = memory::stats();
    assert_eq!((stats.live, stats.pooled), (0, 0), "every thread that ends gives back what it kept");
}

#[test]
fn the_pool_keeps_no_more_than_lived_at_once() {
    let _turn = alone();
    memory::trim();
    on_a_thread(|| {
        // More than any other test takes: their peaks, which bound the pool for a while, may have been reset.
        drop(T::ones([20_000_000]));
        for i in 1..200 {
            drop(T::ones([100_000 * i]));
            let stats = memory::stats();
            assert!(stats.pooled <= stats.peak, "{stats:?}");
        }
    });
    memory::trim();
    assert_eq!(memory::stats().pooled, 0);
}

#[test]
fn an_old_peak_is_forgotten() {
    let _turn = alone();
    drop(T::ones([10_000_000]));
    assert!(memory::stats().pooled >= 40_000_000);
    for _ in 0..10_000 {
        drop(T::ones([20_000]));
    }
    assert!(memory::stats().pooled < 20_000_000);
}

#[test]
fn beyond_the_limit_operations_fail_and_change_nothing() {
    let _turn = alone();
    memory::trim();
    let mut x = T::ones([100_000]);
    let shared = x.clone();
    let pooled = T::ones([50_000]);
    drop(pooled);
    let stats = memory::stats();
    assert_eq!(memory::limit(stats.live + 300_000), usize::MAX, "there is no limit in the beginning");

    // Writing to a shared tensor copies it.
    let error = x.try_add_(1.0).unwrap_err();
    let ErrorKind::Memory { bytes, held, limit } = *error.kind() else { panic!("{error}") };
    assert!(bytes >= 400_000 && held + bytes > limit && limit == stats.live + 300_000);
    assert!(error.to_string().contains("memory::limit"));
    assert_eq!((x.array().address(), x.sum().item()), (shared.array().address(), 100_000.0));
    assert!(x.try_mul(&x).is_err() && T::try_concat(&[&x, &x], 0).is_err());
    assert_eq!(memory::stats().live, stats.live);
    // What is in the pool is used or gives way, and reading is always possible.
    assert_eq!(T::ones([60_000]).to_vec().len(), 60_000);
    assert_eq!(x.reshape([100, 1000]).t().to_vec().len(), 100_000);

    drop(shared);
    let address = x.array().address();
    x.try_add_(1.0).unwrap();
    assert_eq!((x.array().address(), x.sum().item()), (address, 200_000.0));
    memory::limit(usize::MAX);
    assert!(x.try_mul(&x).is_ok());
}

#[test]
fn more_than_the_system_has_is_an_error() {
    let _turn = alone();
    let before = memory::stats();
    let error = T::try_zeros([1 << 57]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Memory { limit: usize::MAX, .. }), "{error}");
    let after = memory::stats();
    assert_eq!((after.live, after.peak, after.allocations), (before.live, before.peak, before.allocations));
}
