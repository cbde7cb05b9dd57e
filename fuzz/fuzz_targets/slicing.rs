//! Any shape, looked at and written through any views: never undefined behaviour, and what a view shows is what its
//! definition says (the reference backend).
#![no_main]

use libfuzzer_sys::fuzz_target;
use reference::Reference;
use tensor_core::{Backend, Serial, SliceItem, Tensor, ops};

/// Numbers from the fuzzer's bytes; zeros when they are used up.
struct Bytes<'a>(std::slice::Iter<'a, u8>);

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        self.0.next().copied().unwrap_or(0)
    }

    /// Mostly small, sometimes as far out as numbers go.
    fn number(&mut self) -> isize {
        match self.byte() {
            255 => isize::MAX,
            254 => isize::MIN,
            253 => isize::MAX / 2,
            small => small as i8 as isize % 8,
        }
    }

    fn item(&mut self) -> SliceItem {
        match self.byte() % 5 {
            0 => SliceItem::Index(self.number()),
            1 => SliceItem::Ellipsis,
            2 => SliceItem::NewAxis,
            _ => {
                let bounds = self.byte();
                SliceItem::Range {
                    start: (bounds & 1 == 0).then(|| self.number()),
                    end: (bounds & 2 == 0).then(|| self.number()),
                    step: self.number(),
                }
            }
        }
    }

    fn view(&mut self, rank: usize) -> ops::View {
        match self.byte() % 6 {
            0 => ops::View::Reshape((0..self.byte() % 4).map(|_| self.number() as usize).collect()),
            1 => ops::View::Expand((0..self.byte() % 5).map(|_| self.number() as usize).collect()),
            2 => ops::View::Permute((0..rank).map(|_| self.byte() as usize % (rank + 1)).collect()),
            3 => ops::View::Diagonal {
                offset: self.number(),
                first: self.byte() as usize % 4,
                second: self.byte() as usize % 4,
            },
            4 => ops::View::Unfold {
                axis: self.byte() as usize % 4,
                size: self.number() as usize,
                step: self.number() as usize,
            },
            _ => ops::View::Slice((0..self.byte() % 5).map(|_| self.item()).collect()),
        }
    }
}

fn look<B: Backend>(x: &Tensor<f32, B>, view: &ops::View) -> Option<Tensor<f32, B>> {
    B::view(x.prim(), view).ok().map(Tensor::from_prim)
}

fuzz_target!(|data: &[u8]| {
    let bytes = &mut Bytes(data.iter());
    let shape: Vec<usize> = (0..bytes.byte() % 5).map(|_| bytes.byte() as usize % 5).collect();
    let numbers: Vec<f32> = (0..shape.iter().product::<usize>()).map(|i| i as f32).collect();
    let mut fast = Tensor::<f32, Serial>::from_slice(&numbers, shape.clone());
    let mut plain = Tensor::<f32, Reference>::from_slice(&numbers, shape);
    for _ in 0..4 {
        let view = bytes.view(fast.rank());
        match (look(&fast, &view), look(&plain, &view)) {
            // A repeated tensor can be larger than memory; it is looked at, not copied out.
            (Some(a), _) if a.numel() > 100_000 => return,
            (Some(a), Some(b)) => {
                assert_eq!((a.shape(), a.to_vec()), (b.shape(), b.to_vec()));
                (fast, plain) = (a, b);
            }
            (a, b) => assert_eq!(a.is_some(), b.is_some(), "{view:?} of {:?}", fast.shape()),
        }
        let items: Vec<SliceItem> = (0..bytes.byte() % 4).map(|_| bytes.item()).collect();
        let value = f32::from(bytes.byte());
        let written = fast.slice_mut(items.clone()).try_fill_(value).is_ok();
        assert_eq!(written, plain.slice_mut(items).try_fill_(value).is_ok());
        assert_eq!(fast.to_vec(), plain.to_vec());
    }
});
