//! `x[…]` with everything it can say: ranges and single indices, index tensors, masks, for reading and for writing.

use super::{Operand, SliceMut, Tensor, View, fallible};
use crate::layout::broadcast_shapes;
use crate::ops::{self, Scatter};
use crate::slice::{Int, SliceItem};
use crate::{Arg, Array, Backend, BackendArg, Dims, Element, Error, Layout, Result, Shape};
use std::fmt;

/// What is taken from one axis, or by a mask from several.
#[derive(Clone)]
pub enum IndexItem {
    /// A range, a single index, an ellipsis, a new axis.
    Slice(SliceItem),
    /// The places that these indices name, in their shape. Negative ones count from the end.
    Index(Array<i64>),
    /// The places where this is true, in row-major order; it covers as many axes as it has.
    Mask(Array<bool>),
}

impl fmt::Debug for IndexItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IndexItem::Slice(item) => item.fmt(f),
            IndexItem::Index(index) => write!(f, "Index({:?} of shape {})", index.to_vec(), index.shape()),
            IndexItem::Mask(mask) => write!(f, "Mask({:?} of shape {})", mask.to_vec(), mask.shape()),
        }
    }
}

impl<I: Into<SliceItem>> From<I> for IndexItem {
    fn from(item: I) -> Self {
        IndexItem::Slice(item.into())
    }
}

macro_rules! index_items {
    ($($t:ty: $variant:ident),*) => { $(
        impl<B: Backend> From<&Tensor<$t, B>> for IndexItem {
            fn from(tensor: &Tensor<$t, B>) -> Self {
                IndexItem::$variant(tensor.array().clone())
            }
        }
        impl<B: Backend> From<Tensor<$t, B>> for IndexItem {
            fn from(tensor: Tensor<$t, B>) -> Self {
                Self::from(&tensor)
            }
        }
        impl<B: Backend> From<&View<$t, B>> for IndexItem {
            fn from(view: &View<$t, B>) -> Self {
                Self::from(&**view)
            }
        }
        impl<B: Backend> From<View<$t, B>> for IndexItem {
            fn from(view: View<$t, B>) -> Self {
                Self::from(&*view)
            }
        }
    )* };
}
index_items!(i64: Index, bool: Mask);

/// A list of indices.
impl<I: Int> From<&[I]> for IndexItem {
    fn from(list: &[I]) -> Self {
        let places: Vec<i64> = list.iter().map(|i| i.to_isize() as i64).collect();
        IndexItem::Index(Array::from_slice(&places, places.len()).expect("a list in memory"))
    }
}
impl<I: Int, const N: usize> From<[I; N]> for IndexItem {
    fn from(list: [I; N]) -> Self {
        Self::from(&list[..])
    }
}
impl<I: Int> From<Vec<I>> for IndexItem {
    fn from(list: Vec<I>) -> Self {
        Self::from(&list[..])
    }
}

/// A whole index: one item, or a tuple, slice or `Vec` of them. Axes behind the last item are taken whole.
pub trait IntoIndex {
    /// The items, one after the other.
    fn into_index(self) -> Vec<IndexItem>;
}

impl<I: Into<IndexItem>> IntoIndex for I {
    fn into_index(self) -> Vec<IndexItem> {
        vec![self.into()]
    }
}
impl IntoIndex for &[IndexItem] {
    fn into_index(self) -> Vec<IndexItem> {
        self.to_vec()
    }
}
impl IntoIndex for () {
    fn into_index(self) -> Vec<IndexItem> {
        Vec::new()
    }
}
impl IntoIndex for Vec<IndexItem> {
    fn into_index(self) -> Vec<IndexItem> {
        self
    }
}

macro_rules! tuples {
    ($($name:ident)*) => {
        impl<$($name: Into<IndexItem>),*> IntoIndex for ($($name,)*) {
            #[allow(non_snake_case)] // The type parameters name the fields.
            fn into_index(self) -> Vec<IndexItem> {
                let ($($name,)*) = self;
                vec![$($name.into()),*]
            }
        }
    };
}
tuples!(A);
tuples!(A C);
tuples!(A C D);
tuples!(A C D E);
tuples!(A C D E F);
tuples!(A C D E F G);
tuples!(A C D E F G H);
tuples!(A C D E F G H I);

/// The places that an item names along one axis, or a mask along several that count as one.
struct Pick {
    /// Where the first of the axes stands among those that ranges leave.
    first: usize,
    /// How many axes there are.
    count: usize,
    /// The number of places there are.
    size: usize,
    /// The places, counted from the front, in row-major order.
    places: Vec<i64>,
    /// The shape of the index; of a mask, how many are true.
    shape: Shape,
}

/// An index of a tensor, checked and said in verbs: ranges give a part; the axes of that for which there are picks are
/// brought together and merged into one, along which one index names places.
pub(super) struct Plan {
    /// Ranges and single indices, with whole axes where there are picks. Empty if all axes are whole.
    ranges: Vec<SliceItem>,
    /// The shape of the part.
    part: Shape,
    /// The order of the axes of the part in which the picked ones stand together; `None` if they do.
    order: Option<Dims>,
    /// That order, with the picked axes merged.
    merged: Shape,
    /// The merged axis; `None` if there are only ranges.
    axis: Option<usize>,
    places: Vec<i64>,
    /// The shape of the index: in the result it stands in place of the merged axis.
    shape: Shape,
}

impl Plan {
    pub(super) fn new(layout: &Layout, items: &[IndexItem]) -> Result<Plan> {
        let op = "index";
        let axes_of = |item: &IndexItem| match item {
            IndexItem::Slice(SliceItem::NewAxis | SliceItem::Ellipsis) => 0,
            IndexItem::Slice(_) | IndexItem::Index(_) => 1,
            IndexItem::Mask(mask) => mask.shape().len(),
        };
        let taken: usize = items.iter().map(axes_of).sum();
        let Some(rest) = layout.rank().checked_sub(taken) else {
            let hint = format!("too many indices ({taken} for {} axes)", layout.rank());
            return Err(Error::shape(op, &[layout.shape()], hint));
        };
        let mut ranges = Vec::with_capacity(layout.rank());
        let mut picks: Vec<Pick> = Vec::new();
        // The next axis of the tensor, and of the part.
        let (mut from, mut to) = (0, 0);
        for item in items {
            let axes = from..from + axes_of(item);
            match item {
                IndexItem::Slice(range) => {
                    ranges.push(*range);
                    to += match range {
                        SliceItem::Index(_) => 0,
                        SliceItem::Range { .. } | SliceItem::NewAxis => 1,
                        SliceItem::Ellipsis => rest,
                    };
                    if let SliceItem::Ellipsis = range {
                        from += rest;
                    }
                }
                // A single index, as it is if written as a number.
                IndexItem::Index(index) if index.shape().is_empty() => {
                    ranges.push(index.to_vec()[0].into());
                }
                IndexItem::Index(index) => {
                    let size = layout.shape()[from];
                    let place = |i: i64| {
                        let place = if i < 0 { i.checked_add_unsigned(size as u64) } else { Some(i) };
                        place.filter(|p| (0..size as i64).contains(p)).ok_or_else(|| Error::index(op, i, from, size))
                    };
                    let places = index.to_vec().into_iter().map(place).collect::<Result<_>>()?;
                    picks.push(Pick { first: to, count: 1, size, places, shape: index.shape().clone() });
                    ranges.push((..).into());
                    to += 1;
                }
                IndexItem::Mask(mask) => {
                    if mask.shape()[..] != layout.shape()[axes.clone()] {
                        let hint = "a mask must have the sizes of the axes it covers";
                        return Err(Error::shape(op, &[layout.shape(), mask.shape()], hint));
                    }
                    let places: Vec<i64> = true_places(mask);
                    let shape = Shape::from(places.len());
                    // A mask of no axes covers a new one.
                    let count = axes.len().max(1);
                    picks.push(Pick { first: to, count, size: mask.numel(), places, shape });
                    match axes.len() {
                        0 => ranges.push(SliceItem::NewAxis),
                        axes => ranges.extend(std::iter::repeat_n(SliceItem::from(..), axes)),
                    }
                    to += count;
                }
            }
            from += axes_of(item);
        }
        let part = layout.slice(&ranges)?.shape().clone();
        let whole = SliceItem::from(..);
        if ranges.iter().all(|range| *range == whole || *range == SliceItem::Ellipsis) {
            ranges.clear();
        }
        Plan { ranges, merged: part.clone(), part, order: None, axis: None, places: Vec::new(), shape: Shape::new() }
            .with_picks(&picks)
    }

    /// Several picks become one: their indices are broadcast together.
    fn with_picks(mut self, picks: &[Pick]) -> Result<Plan> {
        let [first, .., last] = picks else {
            let [only] = picks else { return Ok(self) };
            self.places.clone_from(&only.places);
            self.shape = only.shape.clone();
            self.merge(only.first, only.count, only.size);
            return Ok(self);
        };
        let shape = picks.iter().try_fold(Shape::new(), |all, pick| broadcast_shapes("index", &all, &pick.shape))?;
        let mut places = vec![0; Layout::contiguous(shape.clone())?.numel()];
        for pick in picks {
            let own = Array::from_slice(&pick.places, pick.shape.clone())?;
            let own = own.with_layout(own.layout().expand(&shape)?)?.to_vec();
            places.iter_mut().zip(own).for_each(|(place, own)| *place = *place * pick.size as i64 + own);
        }
        let count = picks.iter().map(|pick| pick.count).sum();
        let size = picks.iter().map(|pick| pick.size).product();
        let picked = |axis: &usize| picks.iter().any(|pick| (pick.first..pick.first + pick.count).contains(axis));
        if last.first + last.count == first.first + count {
            self.merge(first.first, count, size);
        } else {
            // With something between them, it is not clear where their axes should go: to the front.
            let (front, behind): (Vec<usize>, Vec<usize>) = (0..self.part.len()).partition(picked);
            let order: Dims = front.into_iter().chain(behind).collect();
            self.merged = order.iter().map(|&axis| self.part[axis]).collect();
            self.order = Some(order);
            self.merge(0, count, size);
        }
        (self.places, self.shape) = (places, shape);
        Ok(self)
    }

    fn merge(&mut self, axis: usize, count: usize, size: usize) {
        let (before, rest) = self.merged.split_at(axis);
        self.merged = before.iter().chain(&[size]).chain(&rest[count..]).copied().collect();
        self.axis = Some(axis);
    }

    /// The merged axes with `index` in place of the one that is indexed.
    fn with(&self, axis: usize, index: &[usize]) -> Shape {
        self.merged[..axis].iter().chain(index).chain(&self.merged[axis + 1..]).copied().collect()
    }

    /// The shape of what the index shows.
    pub(super) fn shape(&self) -> Shape {
        self.axis.map_or(self.part.clone(), |axis| self.with(axis, &self.shape))
    }

    /// What stands there.
    pub(super) fn read<T: Element, B: Backend>(&self, x: &B::Prim<T>) -> Result<B::Prim<T>> {
        let merged = self.merged_view::<T, B>(x)?;
        let Some(axis) = self.axis else { return Ok(merged) };
        let index = B::from_array(Array::from_slice(&self.places, self.shape.clone())?);
        B::index_select(&merged, axis, &index)
    }

    /// `x` with `src`, broadcast, joined into what stands there.
    pub(super) fn write<T: Element, B: Backend>(
        &self,
        op: Scatter,
        x: BackendArg<'_, T, B>,
        src: BackendArg<'_, T, B>,
    ) -> Result<B::Prim<T>> {
        let src = self.source::<T, B>(src)?;
        let array = B::as_array(x.prim().expect("a tensor is written to"));
        if self.merged == *array.shape() && self.ranges.is_empty() && self.order.is_none() {
            return self.scatter::<T, B>(op, x, &src);
        }
        let base = x.prim().expect("a tensor is written to");
        let mut new = self.scatter::<T, B>(op, Arg::Own(&mut self.merged_view::<T, B>(base)?), &src)?;
        if let Some(order) = &self.order {
            let shape: Shape = order.iter().map(|&axis| self.part[axis]).collect();
            let mut inverse = order.clone();
            order.iter().enumerate().for_each(|(to, &from)| inverse[from] = to);
            new = B::view(&B::view(&new, &ops::View::Reshape(shape))?, &ops::View::Permute(inverse))?;
        } else if self.merged != self.part {
            new = B::view(&new, &ops::View::Reshape(self.part.clone()))?;
        }
        match self.ranges.is_empty() {
            true => Ok(new),
            false => B::view_assign(x, &ops::View::Slice(self.ranges.clone()), Arg::Own(&mut new)),
        }
    }

    /// [`write`](Self::write) to `x` in place: also where axes are merged no element is copied, if they lie so.
    pub(super) fn update<T: Element, B: Backend>(
        &self,
        op: Scatter,
        x: &mut Tensor<T, B>,
        src: BackendArg<'_, T, B>,
    ) -> Result<()> {
        let merges = self.ranges.is_empty() && self.order.is_none() && self.merged != *x.shape_owned();
        if !merges {
            return B::update(&mut x.0, |x| self.write::<T, B>(op, x, src));
        }
        let (src, shape) = (self.source::<T, B>(src)?, x.shape_owned().clone());
        let reshape = |x: &mut Tensor<T, B>, shape: &Shape| {
            let view = ops::View::Reshape(shape.clone());
            B::update(&mut x.0, |x| B::view(x.prim().expect("a tensor is updated"), &view))
        };
        reshape(x, &self.merged)?;
        let written = B::update(&mut x.0, |x| self.scatter::<T, B>(op, x, &src));
        reshape(x, &shape)?;
        written
    }

    /// The part of `x`, with the picked axes merged.
    fn merged_view<T: Element, B: Backend>(&self, x: &B::Prim<T>) -> Result<B::Prim<T>> {
        let mut view = match self.ranges.is_empty() {
            true => x.clone(),
            false => B::view(x, &ops::View::Slice(self.ranges.clone()))?,
        };
        if let Some(order) = &self.order {
            view = B::view(&view, &ops::View::Permute(order.clone()))?;
        }
        if self.merged != *B::as_array(&view).shape() {
            view = B::view(&view, &ops::View::Reshape(self.merged.clone()))?;
        }
        Ok(view)
    }

    /// `src` broadcast to what the index shows, its axes merged as those of the tensor.
    fn source<T: Element, B: Backend>(&self, src: BackendArg<'_, T, B>) -> Result<B::Prim<T>> {
        let shown = self.shape();
        let wide = match src.prim() {
            None => B::fill(&shown, scalar(&src))?,
            Some(src) if *B::as_array(src).shape() == shown => src.clone(),
            Some(src) => match B::as_array(src).layout().expand(&shown) {
                Ok(_) => B::view(src, &ops::View::Expand(shown))?,
                Err(_) => {
                    let hint = "what is written must have the shape of its place, or broadcast to it";
                    return Err(Error::shape("index_put", &[&shown, B::as_array(src).shape()], hint));
                }
            },
        };
        match self.axis {
            Some(axis) if self.shape.len() != 1 => {
                B::view(&wide, &ops::View::Reshape(self.with(axis, &[self.places.len()])))
            }
            _ => Ok(wide),
        }
    }

    fn scatter<T: Element, B: Backend>(
        &self,
        op: Scatter,
        x: BackendArg<'_, T, B>,
        src: &B::Prim<T>,
    ) -> Result<B::Prim<T>> {
        let Some(axis) = self.axis else {
            let whole = ops::View::Slice(Vec::new());
            return match op {
                Scatter::Assign => B::view_assign(x, &whole, Arg::Ref(src)),
                _ => {
                    // No place is named twice: along a new axis each joins its own.
                    let flat = |x: &B::Prim<T>| B::view(x, &ops::View::Reshape(Shape::from([1, self.merged.numel()])));
                    let index = B::fill(&Shape::from([1, self.merged.numel()]), 0)?;
                    let base = x.prim().expect("a tensor is written to");
                    let joined = B::scatter(op, Arg::Own(&mut flat(base)?), 0, &index, &flat(src)?)?;
                    B::view(&joined, &ops::View::Reshape(self.merged.clone()))
                }
            };
        };
        let mut line = Shape::filled(1, self.merged.len());
        line[axis] = self.places.len();
        let line = Array::from_slice(&self.places, line)?;
        let index = line.with_layout(line.layout().expand(B::as_array(src).shape())?)?;
        B::scatter(op, x, axis, &B::from_array(index), src)
    }
}

/// The places in row-major order where `mask` is true.
pub(super) fn true_places(mask: &Array<bool>) -> Vec<i64> {
    mask.to_vec().into_iter().enumerate().filter(|&(_, true_)| true_).map(|(place, _)| place as i64).collect()
}

fn scalar<T: Copy + Default, P>(arg: &Arg<'_, T, P>) -> T {
    match arg {
        Arg::Scalar(value) => *value,
        Arg::Ref(_) | Arg::Own(_) => T::default(),
    }
}

impl<T: Element, B: Backend> Tensor<T, B> {
    fallible! {
        /// The elements that an index names, `x[…]` in Python: one item, or a tuple of them, one for each axis.
        ///
        /// Beside what [`slice`](Self::slice) takes (ranges, single indices, [`Ellipsis`](crate::Ellipsis),
        /// [`NewAxis`](crate::NewAxis)), an item can be
        ///
        /// * an index tensor of any shape, `&rows`, or a list, `[0, 2]`: the places it names; negative ones count from the
        ///   end
        /// * a mask, `&x.gt(0.0)`: the places where it is true; it covers as many axes as it has
        ///
        /// Several of these are broadcast together and name one place each time: `x.index((&i, &j))` is `x[i[k], j[k]]`
        /// for all `k`. Their common shape stands in the result where their axes stood, or in front if something other
        /// than a single index stands between them. Where a place is named several times its gradients add up. What only
        /// ranges name is a view, and copied otherwise.
        ///
        /// # Panics
        /// If an index is out of range, a mask does not have the sizes of its axes, index tensors do not broadcast, or
        /// there are more items than axes.
        ///
        /// ```
        /// # use tensor_core::{Ellipsis, Serial, Tensor};
        /// let x = Tensor::<i64, Serial>::arange(0, 12, 1).reshape([3, 4]).into_tensor();
        /// let rows = Tensor::<i64, Serial>::new([2, 0]);
        /// assert_eq!(x.index((&rows, 1)).to_vec(), [9, 1]);
        /// assert_eq!(x.index((&rows, [3, -4])).to_vec(), [11, 0]);
        /// assert_eq!(x.index((1.., &rows)).to_vec(), [6, 4, 10, 8]);
        /// assert_eq!(x.index(&x.gt(9)).to_vec(), [10, 11]);
        /// assert_eq!(x.index((Ellipsis, [0, 3])).shape(), [3, 2]);
        /// ```
        fn index | try_index (&self, index: impl IntoIndex) -> Self {
            Plan::new(self.layout(), &index.into_index())?.read::<T, B>(&self.0).map(Tensor)
        }

        /// The tensor with `src`, broadcast, at the places that `index` names: in place of what is there, or with
        /// `accumulate` added to it (of truth values: whether one of them is true). Of several for one place the last
        /// wins and takes the gradient, or all are added. The index is that of [`index`](Self::index).
        ///
        /// # Panics
        /// As [`index`](Self::index), and if `src` does not broadcast to the places.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<i64, Serial>::zeros([3]);
        /// assert_eq!(x.index_put([0, 2], 5, false).to_vec(), [5, 0, 5]);
        /// assert_eq!(x.index_put([1, 1], &Tensor::new([1, 2]), true).to_vec(), [0, 3, 0]);
        /// ```
        fn index_put | try_index_put (&self, index: impl IntoIndex, src: impl Operand<T, B>, accumulate: bool) -> Self {
            let plan = Plan::new(self.layout(), &index.into_index())?;
            src.with(|src| plan.write::<T, B>(joining(accumulate), Arg::Ref(&self.0), src)).map(Tensor)
        }
    }

    /// [`index_put`](Self::index_put) in place: `x[…] = src` in Python.
    ///
    /// # Panics
    /// As [`index_put`](Self::index_put), and if the tensor is a leaf that requires a gradient and `no_grad` is not in
    /// force, or if it was computed from one and `no_grad` is.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let mut x = Tensor::<f32, Serial>::zeros([2, 3]);
    /// x.index_put_((.., [0, 2]), 1.0, false);
    /// assert_eq!(x.to_vec(), [1.0, 0.0, 1.0, 1.0, 0.0, 1.0]);
    /// ```
    #[track_caller]
    pub fn index_put_(&mut self, index: impl IntoIndex, src: impl Operand<T, B>, accumulate: bool) -> &mut Self {
        match self.try_index_put_(index, src, accumulate) {
            Ok(this) => this,
            Err(error) => error.panic(),
        }
    }

    /// [`index_put_`](Self::index_put_), with the error returned instead of a panic; nothing is changed then.
    pub fn try_index_put_(
        &mut self,
        index: impl IntoIndex,
        src: impl Operand<T, B>,
        accumulate: bool,
    ) -> Result<&mut Self> {
        let plan = Plan::new(self.layout(), &index.into_index())?;
        src.with(|src| plan.update(joining(accumulate), self, src))?;
        Ok(self)
    }

    /// The places that an index names, to write into: `x[…]` on the left of an assignment in Python. The index is that of
    /// [`index`](Self::index). Of several writes to one place the last wins, also for `+=`;
    /// [`index_put_`](Self::index_put_) can add them up.
    ///
    /// # Panics
    /// As [`index`](Self::index), when the places are first used.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let mut x = Tensor::<f32, Serial>::new([-1.0, 2.0, -3.0]);
    /// let negative = x.lt(0.0);
    /// x.index_mut(&negative).mul_(0.5);
    /// x.index_mut([0, 1]).copy_(&Tensor::new([7.0, 8.0]));
    /// assert_eq!(x.to_vec(), [7.0, 8.0, -1.5]);
    /// ```
    pub fn index_mut(&mut self, index: impl IntoIndex) -> SliceMut<'_, T, B> {
        SliceMut::by_index(self, index.into_index())
    }
}

fn joining(accumulate: bool) -> Scatter {
    if accumulate { Scatter::Add } else { Scatter::Assign }
}
