//! Random numbers that depend on a seed and a position alone: the same on any backend and any number of threads.

use crate::{DType, Element};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use std::cell::RefCell;
use std::sync::Mutex;

/// Where in the stream of a seed a tensor's random numbers begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    seed: u64,
    block: u64,
}

/// Words of 32 bits in a block of ChaCha.
const BLOCK_WORDS: u64 = 16;

/// How many words of 32 bits `n` random elements take: one for each `f32`, two for any other.
pub(crate) fn words<T: Element>(n: usize) -> u64 {
    match T::DTYPE {
        DType::F32 => n as u64,
        _ => 2 * n as u64,
    }
}

impl Key {
    /// The generator standing at the `word`-th 32-bit word behind the key.
    pub fn stream_at(self, word: u64) -> ChaCha8Rng {
        let mut stream = ChaCha8Rng::seed_from_u64(self.seed);
        stream.set_word_pos(u128::from(self.block) * u128::from(BLOCK_WORDS) + u128::from(word));
        stream
    }
}

/// A source of random tensors: ChaCha with 8 rounds, keyed by a seed, at a position that each draw moves on.
///
/// ```
/// use tensor_core::{Generator, Serial, Tensor};
/// let mut generator = Generator::new(7);
/// let a = Tensor::<f32, Serial>::rand_with(&mut generator, [3]);
/// let b = Tensor::<f32, Serial>::rand_with(&mut Generator::new(7), [3]);
/// assert_eq!(a.to_vec(), b.to_vec());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generator {
    seed: u64,
    block: u64,
}

impl Generator {
    /// A generator at the beginning of the stream of `seed`.
    pub const fn new(seed: u64) -> Self {
        Generator { seed, block: 0 }
    }

    /// The generator that this thread draws from when it is handed none, as it stands now.
    pub fn current() -> Self {
        with_current(|generator| generator.clone())
    }

    /// Sets `words` 32-bit words of the stream aside for the caller, who finds them behind the key: what a tensor of
    /// random elements, or anything else that must be reproducible, is made from.
    pub fn reserve(&mut self, words: u64) -> Key {
        let key = Key { seed: self.seed, block: self.block };
        self.block += words.div_ceil(BLOCK_WORDS);
        key
    }
}

/// The generator behind `rand`, `randn`, `uniform_` and all that are not handed one. Every program starts with seed 0.
static DEFAULT: Mutex<Generator> = Mutex::new(Generator::new(0));

/// Starts the default generator anew at `seed`: what is drawn from then on is the same in each run of the program.
///
/// The default generator is shared by all threads; when several draw at once, which of them gets which numbers is up to
/// chance. Give each a [`Generator`] of its own there.
pub fn manual_seed(seed: u64) {
    with_current(|generator| *generator = Generator::new(seed));
}

thread_local! {
    /// The generator that stands in for the default one on this thread.
    static STAND_IN: RefCell<Option<Generator>> = const { RefCell::new(None) };
}

/// Sets words of the generator aside that this thread draws from when it is handed none. The lock is held for that moment
/// only, not while the numbers are made.
pub(crate) fn reserve(words: u64) -> Key {
    with_current(|generator| generator.reserve(words))
}

fn with_current<R>(f: impl FnOnce(&mut Generator) -> R) -> R {
    STAND_IN.with_borrow_mut(|stand_in| match stand_in {
        Some(generator) => f(generator),
        // A panic cannot leave a generator half changed.
        None => f(&mut DEFAULT.lock().unwrap_or_else(|poisoned| poisoned.into_inner())),
    })
}

/// Runs `f` with `generator` in place of the default one on this thread: `rand`, `uniform_` and all that are not handed
/// a generator draw from it, and the default one stays where it was.
///
/// ```
/// use tensor_core::{Generator, Serial, Tensor, with_generator};
/// let before = Generator::current();
/// let x = Tensor::<f32, Serial>::rand([3]);
/// let again = with_generator(before, || Tensor::<f32, Serial>::rand([3]));
/// assert_eq!(x.to_vec(), again.to_vec());
/// ```
pub fn with_generator<R>(generator: Generator, f: impl FnOnce() -> R) -> R {
    /// Puts back what was there, also if `f` panics.
    struct PutBack(Option<Generator>);
    impl Drop for PutBack {
        fn drop(&mut self) {
            STAND_IN.set(self.0.take());
        }
    }
    let _put_back = PutBack(STAND_IN.replace(Some(generator)));
    f()
}
