//! Who runs the numbered chunks of a piece of work.
//!
//! Kernels cut their work into chunks by its size alone and hand them to an [`Executor`]. Which thread runs a
//! chunk, and when, can therefore not change a result.

/// Runs `chunks` numbered pieces of work, each exactly once, in any order and on any thread.
pub trait Executor: Send + Sync {
    /// How many threads may work at once; 1 means that cutting work into chunks gains nothing.
    fn threads(&self) -> usize;

    /// Calls `work(i)` once for every `i < chunks`, and returns when all calls have returned.
    ///
    /// # Panics
    /// If a call panics, with that call's panic, after the other calls have ended.
    fn run(&self, chunks: usize, work: &(dyn Fn(usize) + Sync));
}

/// Runs the chunks in a loop on the calling thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sequential;

impl Executor for Sequential {
    fn threads(&self) -> usize {
        1
    }

    fn run(&self, chunks: usize, work: &(dyn Fn(usize) + Sync)) {
        (0..chunks).for_each(work);
    }
}

#[cfg(feature = "rayon")]
pub use pool::Rayon;

#[cfg(feature = "rayon")]
mod pool {
    use super::Executor;
    use std::any::Any;
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
    use std::sync::atomic::{AtomicUsize, Ordering::*};
    use std::sync::{Arc, Mutex};

    /// Shares the chunks between the calling thread and the current rayon pool (the global one, or that of
    /// [`rayon_core::ThreadPool::install`]).
    ///
    /// The caller works through the chunks itself and rayon's threads help as they come free. So a call never waits for
    /// the pool: when every worker is busy, or blocked on a lock that the caller holds, the caller does it all. And
    /// while it waits for the last helper it does not steal unrelated jobs, which is how a lock held across a rayon
    /// call deadlocks.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct Rayon;

    struct Job {
        next: AtomicUsize,
        finished: AtomicUsize,
        chunks: usize,
        work: *const (dyn Fn(usize) + Sync),
        panic: Mutex<Option<Box<dyn Any + Send>>>,
    }

    // SAFETY: `work` points to a `Sync` closure, and is followed only for a chunk that was claimed, while `run` is
    // still waiting for that chunk; the other fields are Send and Sync by themselves.
    unsafe impl Send for Job {}
    // SAFETY: as above.
    unsafe impl Sync for Job {}

    impl Job {
        fn work(&self) {
            loop {
                let chunk = self.next.fetch_add(1, Relaxed);
                if chunk >= self.chunks {
                    return;
                }
                // SAFETY: this chunk was claimed by this thread alone and is not finished, so `run`, which borrows the
                // closure, has not returned.
                let work = unsafe { &*self.work };
                if let Err(panic) = catch_unwind(AssertUnwindSafe(|| work(chunk))) {
                    *self.panic.lock().unwrap() = Some(panic);
                }
                // Release: what this chunk wrote is seen by the caller that acquires the count.
                self.finished.fetch_add(1, Release);
            }
        }
    }

    /// Helpers that were asked for and have not started: a pool whose workers never come free must not collect them.
    static WAITING: AtomicUsize = AtomicUsize::new(0);

    impl Executor for Rayon {
        fn threads(&self) -> usize {
            rayon_core::current_num_threads()
        }

        fn run(&self, chunks: usize, work: &(dyn Fn(usize) + Sync)) {
            let threads = rayon_core::current_num_threads();
            let helpers = (threads.min(chunks)).saturating_sub(1);
            if helpers == 0 {
                return (0..chunks).for_each(work);
            }
            let work: *const (dyn Fn(usize) + Sync + '_) = work;
            let job = Arc::new(Job {
                next: AtomicUsize::new(0),
                finished: AtomicUsize::new(0),
                chunks,
                // SAFETY: only the lifetime changes; `Job::work` says why the pointer is good whenever it is followed.
                work: unsafe {
                    std::mem::transmute::<*const (dyn Fn(usize) + Sync + '_), *const (dyn Fn(usize) + Sync)>(work)
                },
                panic: Mutex::new(None),
            });
            for _ in 0..helpers {
                if WAITING.load(Relaxed) >= 4 * threads {
                    break;
                }
                WAITING.fetch_add(1, Relaxed);
                let job = Arc::clone(&job);
                rayon_core::spawn(move || {
                    WAITING.fetch_sub(1, Relaxed);
                    job.work();
                });
            }
            job.work();
            // What is left is running on other threads now, and is straight-line code that waits for nobody.
            let mut turns = 0u32;
            while job.finished.load(Acquire) < chunks {
                turns += 1;
                if turns < 512 { std::hint::spin_loop() } else { std::thread::yield_now() }
            }
            if let Some(panic) = job.panic.lock().unwrap().take() {
                resume_unwind(panic);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    fn every_chunk_runs_once(exec: &dyn Executor) {
        for chunks in [0, 1, 2, 3, 100] {
            let seen: Vec<AtomicUsize> = (0..chunks).map(|_| AtomicUsize::new(0)).collect();
            exec.run(chunks, &|i| {
                seen[i].fetch_add(1, Relaxed);
            });
            assert!(seen.iter().all(|n| n.load(Relaxed) == 1));
        }
    }

    #[test]
    fn sequential_runs_every_chunk_once() {
        every_chunk_runs_once(&Sequential);
    }

    #[cfg(feature = "rayon")]
    #[test]
    fn rayon_runs_every_chunk_once_on_any_pool() {
        for threads in [1, 2, 3, 8] {
            let pool = rayon_core::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| (0..50).for_each(|_| every_chunk_runs_once(&Rayon)));
        }
        every_chunk_runs_once(&Rayon);
    }

    #[cfg(feature = "rayon")]
    #[test]
    fn a_lock_held_across_a_run_on_a_busy_pool_does_not_deadlock() {
        let lock = std::sync::Mutex::new(0usize);
        let pool = rayon_core::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        pool.install(|| {
            rayon_core::scope(|s| {
                for _ in 0..2_000 {
                    s.spawn(|_| {
                        let mut count = lock.lock().unwrap();
                        let sum = AtomicUsize::new(0);
                        Rayon.run(8, &|i| {
                            sum.fetch_add(i, Relaxed);
                        });
                        *count += sum.into_inner();
                    });
                }
            })
        });
        assert_eq!(lock.into_inner().unwrap(), 2_000 * 28);
    }

    #[cfg(feature = "rayon")]
    #[test]
    fn a_panic_in_a_chunk_reaches_the_caller_after_the_others_have_run() {
        let ran = AtomicUsize::new(0);
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            Rayon.run(16, &|i| {
                ran.fetch_add(1, Relaxed);
                assert_ne!(i, 3, "chunk three fails");
            });
        }));
        assert!(caught.is_err());
        assert_eq!(ran.into_inner(), 16);
    }
}
