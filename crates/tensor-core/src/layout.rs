//! Where the elements of a tensor lie in its buffer: shape, signed strides, offset, and every zero-copy change of them.

use crate::error::{ErrorKind, Result};
use crate::ops::View;
use crate::slice::SliceItem;
use crate::{Dims, Error, Shape};

/// Shape, strides (in elements; 0 and negative included) and the offset of the first element.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    shape: Shape,
    strides: Dims<isize>,
    offset: usize,
    // Of shape and strides, for they are asked for by every operation.
    numel: usize,
    contiguous: bool,
}

impl Layout {
    /// The row-major layout of a buffer that holds just these elements.
    ///
    /// # Errors
    /// If the sizes multiply to more elements than memory can address (zeros left aside, so that no view of it can either).
    #[inline]
    pub fn contiguous(shape: Shape) -> Result<Layout> {
        // 16 bytes is more than any element takes.
        let (strides, fits) = shape.row_major(isize::MAX as usize / 16);
        if !fits {
            return Err(too_large(shape));
        }
        let numel = shape.numel();
        Ok(Layout { strides, shape, offset: 0, numel, contiguous: true })
    }

    /// The layout of a single number.
    #[inline]
    pub(crate) fn scalar() -> Layout {
        Layout { shape: Dims::new(), strides: Dims::new(), offset: 0, numel: 1, contiguous: true }
    }

    /// Any layout, made from parts.
    ///
    /// The caller guarantees that each element lies in the buffer it is used with.
    pub(crate) fn from_parts(shape: Shape, strides: Dims<isize>, offset: usize) -> Layout {
        debug_assert_eq!(shape.len(), strides.len());
        let (numel, contiguous) = (shape.numel(), in_row_major_order(&shape, &strides));
        Layout { shape, strides, offset, numel, contiguous }
    }

    /// The size of each axis.
    #[inline]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// How far apart neighbours along each axis lie in the buffer, in elements.
    #[inline]
    pub fn strides(&self) -> &[isize] {
        &self.strides
    }

    /// Where the first element lies in the buffer.
    #[inline]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The number of axes.
    #[inline]
    pub fn rank(&self) -> usize {
        self.shape.len()
    }

    /// The number of elements.
    #[inline]
    pub fn numel(&self) -> usize {
        self.numel
    }

    /// Whether the elements lie one after the other in row-major order.
    #[inline]
    pub fn is_contiguous(&self) -> bool {
        self.contiguous
    }

    /// Whether the elements fill a gapless stretch of the buffer once each, in some order of the axes.
    #[inline]
    pub(crate) fn is_dense(&self) -> bool {
        self.contiguous || self.is_permuted()
    }

    fn is_permuted(&self) -> bool {
        let mut axes: Dims<(isize, usize)> = Dims::new();
        for (&size, &stride) in self.shape.iter().zip(self.strides.iter()) {
            if size != 1 {
                axes.push((stride, size));
            }
        }
        axes.sort_unstable();
        let mut step = 1isize;
        for &(stride, size) in axes.iter() {
            if stride != step {
                return false;
            }
            step *= size as isize;
        }
        true
    }

    /// The same order of axes and strides as `self`, from the start of a new buffer; `self` is dense.
    #[inline]
    pub(crate) fn at_start(&self) -> Layout {
        let Layout { shape, strides, numel, contiguous, .. } = self;
        Layout { shape: shape.clone(), strides: strides.clone(), offset: 0, numel: *numel, contiguous: *contiguous }
    }

    /// An axis counted from the front, or from the back when negative.
    pub fn axis(&self, op: &'static str, axis: isize) -> Result<usize> {
        resolve_axis(op, axis, self.rank())
    }

    /// The axes in the order of `axes`: `axes[i]` of `self` becomes axis `i`.
    pub fn permute(&self, axes: &[usize]) -> Result<Layout> {
        let rank = self.rank();
        let once = |i: usize| axes[i] < rank && !axes[..i].contains(&axes[i]);
        if axes.len() != rank || !(0..rank).all(once) {
            return Err(Error::value(
                "permute",
                format!("{:?} does not name each axis of a tensor of shape {} once", axes, self.shape),
            ));
        }
        let (sizes, steps) = (&self.shape[..], &self.strides[..]);
        let (mut shape, mut strides) = (self.shape.clone(), self.strides.clone());
        shape.iter_mut().zip(axes).for_each(|(size, &a)| *size = sizes[a]);
        strides.iter_mut().zip(axes).for_each(|(stride, &a)| *stride = steps[a]);
        Ok(Layout::from_parts(shape, strides, self.offset))
    }

    /// Repeats axes of size 1 (and adds axes in front) until the shape is `shape`, by strides of 0.
    #[inline]
    pub fn expand(&self, shape: &Shape) -> Result<Layout> {
        if *shape == self.shape {
            return Ok(self.clone());
        }
        let added = shape.len().checked_sub(self.rank());
        let mut strides = Dims::filled(0, shape.len());
        let fits = added.is_some_and(|added| {
            (0..self.rank()).all(|i| {
                let same = self.shape[i] == shape[added + i];
                strides[added + i] = if same { self.strides[i] } else { 0 };
                same || self.shape[i] == 1
            })
        });
        if !fits {
            return Err(Error::shape(
                "expand",
                &[&self.shape, shape],
                "each axis must be 1 or already have the size wanted",
            ));
        }
        Layout::contiguous(shape.clone())?;
        Ok(Layout::from_parts(shape.clone(), strides, self.offset))
    }

    /// The same elements in row-major order under another shape, or `None` where that needs a copy.
    pub fn reshape(&self, shape: &Shape) -> Result<Option<Layout>> {
        let new = Layout::contiguous(shape.clone())?;
        if new.numel() != self.numel() {
            return Err(Error::shape(
                "reshape",
                &[&self.shape, shape],
                format!("{} elements cannot become {}", self.numel(), new.numel()),
            ));
        }
        if self.is_contiguous() || new.numel() == 0 {
            return Ok(Some(Layout { offset: self.offset, ..new }));
        }
        // Each group of new axes must come from a run of old axes that lie one behind the other.
        let old: Vec<(usize, isize)> =
            self.shape.iter().copied().zip(self.strides.iter().copied()).filter(|&(size, _)| size != 1).collect();
        let mut strides = Dims::filled(1isize, shape.len());
        let (mut next_old, mut axis) = (0, 0);
        while axis < shape.len() {
            if shape[axis] == 1 {
                axis += 1;
                continue;
            }
            let (start, first) = (axis, next_old);
            let (mut have, mut want) = (old[next_old].0, shape[axis]);
            while have != want {
                if have < want {
                    next_old += 1;
                    have *= old[next_old].0;
                } else {
                    axis += 1;
                    want *= shape[axis];
                }
            }
            for i in first..next_old {
                if old[i].1 != old[i + 1].1 * old[i + 1].0 as isize {
                    return Ok(None);
                }
            }
            let mut step = old[next_old].1;
            for a in (start..=axis).rev() {
                strides[a] = step;
                step *= shape[a] as isize;
            }
            next_old += 1;
            axis += 1;
        }
        Ok(Some(Layout::from_parts(shape.clone(), strides, self.offset)))
    }

    /// Takes what `items` say from each axis in turn; see [`crate::Tensor::slice`].
    pub fn slice(&self, items: &[SliceItem]) -> Result<Layout> {
        let op = "slice";
        let taken = items.iter().filter(|i| !matches!(i, SliceItem::NewAxis | SliceItem::Ellipsis)).count();
        let ellipses = items.iter().filter(|i| matches!(i, SliceItem::Ellipsis)).count();
        if taken > self.rank() || ellipses > 1 {
            let what = if ellipses > 1 { "only one `Ellipsis` can stand in an index" } else { "too many indices" };
            return Err(Error::shape(op, &[&self.shape], format!("{what} ({taken} for {} axes)", self.rank())));
        }
        let rest = self.rank() - taken;
        let (mut shape, mut strides, mut offset) = (Shape::new(), Dims::new(), self.offset as isize);
        let mut axis = 0;
        let whole = |axis: &mut usize, count: usize, shape: &mut Shape, strides: &mut Dims<isize>| {
            for _ in 0..count {
                shape.push(self.shape[*axis]);
                strides.push(self.strides[*axis]);
                *axis += 1;
            }
        };
        for item in items {
            match *item {
                SliceItem::NewAxis => {
                    shape.push(1);
                    strides.push(0);
                }
                SliceItem::Ellipsis => whole(&mut axis, rest, &mut shape, &mut strides),
                SliceItem::Index(index) => {
                    let size = self.shape[axis];
                    let at = if index < 0 { index + size as isize } else { index };
                    if at < 0 || at >= size as isize {
                        return Err(Error::index(op, index as i64, axis, size));
                    }
                    offset += at * self.strides[axis];
                    axis += 1;
                }
                SliceItem::Range { start, end, step } => {
                    let (first, count) = range_of(start, end, step, self.shape[axis])?;
                    if count > 0 {
                        offset += first * self.strides[axis];
                    }
                    shape.push(count);
                    // The stride of an axis with one element is never followed; a wild one must not overflow.
                    strides.push(if count > 1 { self.strides[axis] * step } else { self.strides[axis] });
                    axis += 1;
                }
            }
        }
        if ellipses == 0 {
            whole(&mut axis, rest, &mut shape, &mut strides);
        }
        Ok(Layout::from_parts(shape, strides, offset as usize))
    }

    /// The elements whose indices along `first` and `second` differ by `offset`, as a last axis.
    pub fn diagonal(&self, offset: isize, first: usize, second: usize) -> Result<Layout> {
        if first >= self.rank() || second >= self.rank() || first == second {
            return Err(Error::value("diagonal", format!("needs two different axes of shape {}", self.shape)));
        }
        let (rows, cols) = (self.shape[first] as isize, self.shape[second] as isize);
        let (row, col) = (offset.saturating_neg().max(0), offset.max(0));
        let count = (rows.saturating_sub(row)).min(cols.saturating_sub(col)).max(0) as usize;
        let mut at = self.offset as isize;
        if count > 0 {
            at += row * self.strides[first] + col * self.strides[second];
        }
        let kept = || (0..self.rank()).filter(|&a| a != first && a != second);
        let mut shape: Shape = kept().map(|a| self.shape[a]).collect();
        let mut strides: Dims<isize> = kept().map(|a| self.strides[a]).collect();
        shape.push(count);
        strides.push(self.strides[first] + self.strides[second]);
        Ok(Layout::from_parts(shape, strides, at as usize))
    }

    /// Windows of `size` every `step` along `axis`, the window as a last axis; windows may overlap.
    pub fn unfold(&self, axis: usize, size: usize, step: usize) -> Result<Layout> {
        if axis >= self.rank() || step == 0 || size > self.shape[axis] {
            return Err(Error::value(
                "unfold",
                format!("windows of {size} every {step} along axis {axis} do not fit shape {}", self.shape),
            ));
        }
        let (mut shape, mut strides) = (self.shape.clone(), self.strides.clone());
        let stride = self.strides[axis];
        shape[axis] = (self.shape[axis] - size) / step + 1;
        strides[axis] = if shape[axis] > 1 { stride * step as isize } else { stride };
        shape.push(size);
        strides.push(stride);
        Layout::contiguous(shape.clone())?;
        Ok(Layout::from_parts(shape, strides, self.offset))
    }

    /// The layout of a view, or `None` where a reshape needs a copy.
    #[inline]
    pub fn view(&self, view: &View) -> Result<Option<Layout>> {
        match view {
            View::Reshape(shape) => self.reshape(shape),
            View::Permute(axes) => self.permute(axes).map(Some),
            View::Expand(shape) => self.expand(shape).map(Some),
            View::Slice(items) => self.slice(items).map(Some),
            View::Diagonal { offset, first, second } => self.diagonal(*offset, *first, *second).map(Some),
            View::Unfold { axis, size, step } => self.unfold(*axis, *size, *step).map(Some),
        }
    }
}

#[cold]
fn too_large(shape: Shape) -> Error {
    ErrorKind::TooLarge { op: "shape", shape }.into()
}

/// Whether elements of these strides lie one after the other in row-major order.
#[inline]
fn in_row_major_order(shape: &Shape, strides: &[isize]) -> bool {
    let sizes = &shape[..];
    let mut step = 1isize;
    for axis in (0..sizes.len().min(strides.len())).rev() {
        if sizes[axis] != 1 && strides[axis] != step {
            // No elements lie in any order, whatever the strides.
            return shape.numel() == 0;
        }
        step = step.wrapping_mul(sizes[axis] as isize);
    }
    true
}

/// First element and number of elements of a range along an axis of `size`; ends beyond the axis are cut off, as in
/// Python. A negative step walks backwards from `end - 1` (the last) to `start` (the first).
fn range_of(start: Option<isize>, end: Option<isize>, step: isize, size: usize) -> Result<(isize, usize)> {
    if step == 0 {
        return Err(Error::value("slice", "a step of 0 never ends; use 1, 2, … or a negative step to go backwards"));
    }
    let clip =
        |bound: isize| (if bound < 0 { bound.saturating_add(size as isize) } else { bound }).clamp(0, size as isize);
    let (low, high) = (start.map_or(0, clip), end.map_or(size as isize, clip));
    let length = (high - low).max(0) as usize;
    let count = length.div_ceil(step.unsigned_abs());
    Ok((if step > 0 { low } else { high - 1 }, count))
}

/// An axis counted from the front, or from the back when negative.
pub(crate) fn resolve_axis(op: &'static str, axis: isize, rank: usize) -> Result<usize> {
    let at = if axis < 0 { axis.saturating_add(rank as isize) } else { axis };
    if at < 0 || at >= rank as isize {
        return Err(ErrorKind::Axis { op, axis, rank }.into());
    }
    Ok(at as usize)
}

/// The shape that two shapes broadcast to: aligned at the last axis, each pair equal or one of them 1.
///
/// # Errors
/// If a pair of sizes differs and neither is 1; the message points at the axis.
#[inline]
pub fn broadcast_shapes(op: &'static str, a: &Shape, b: &Shape) -> Result<Shape> {
    if a == b {
        return Ok(a.clone());
    }
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let mut shape = long.clone();
    let added = long.len() - short.len();
    for (i, &size) in short.iter().enumerate() {
        let there = &mut shape[added + i];
        if *there == 1 {
            *there = size;
        } else if size != 1 && size != *there {
            let back = short.len() - i;
            return Err(Error::shape(
                op,
                &[a, b],
                format!(
                    "axis -{back}: {} against {}; sizes must be equal, or one of them 1",
                    a[a.len() - back],
                    b[b.len() - back]
                ),
            ));
        }
    }
    Ok(shape)
}
