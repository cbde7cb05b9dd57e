//! Channels turned into pixels, pixels into channels, and channels exchanged between groups.

use tensor_core::{Error, Tensor};

functions! {
    /// Channels as pixels: `[…, channels · r², height, width] → […, channels, height · r, width · r]`
    /// ([Shi et al. 2016](https://arxiv.org/abs/1609.05158)).
    ///
    /// # Panics
    /// If there are fewer than three axes, `r` is 0, or the channels are no multiple of r².
    ///
    /// ```
    /// use nn::functional::pixel_shuffle;
    /// use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f32, Serial>::new([[[1.0]], [[2.0]], [[3.0]], [[4.0]]]);
    /// assert_eq!(pixel_shuffle(&x, 2).shape(), [1, 2, 2]);
    /// assert_eq!(pixel_shuffle(&x, 2).to_vec(), [1.0, 2.0, 3.0, 4.0]);
    /// ```
    fn pixel_shuffle | try_pixel_shuffle (x: &Tensor<T, B>, r: usize) -> Tensor<T, B> {
        let [lead @ .., channels, height, width] = x.shape() else {
            return Err(Error::shape("pixel_shuffle", &[x.layout().shape()], "must be […, channels, height, width]"));
        };
        let Some(square) = r.checked_mul(r).filter(|&square| square > 0 && channels.is_multiple_of(square)) else {
            let hint = format!("the channels must be a multiple of {r} · {r}");
            return Err(Error::shape("pixel_shuffle", &[x.layout().shape()], hint));
        };
        let apart: Vec<usize> = lead.iter().copied().chain([channels / square, r, r, *height, *width]).collect();
        let together: Vec<usize> = lead.iter().copied().chain([channels / square, height * r, width * r]).collect();
        let n = lead.len() as isize;
        let axes: Vec<isize> = (0..n).chain([0, 3, 1, 4, 2].map(|axis| n + axis)).collect();
        Ok(x.try_reshape(apart)?.try_permute(axes)?.try_reshape(together)?.into_tensor())
    }

    /// Pixels as channels, the inverse of [`pixel_shuffle`]:
    /// `[…, channels, height · r, width · r] → […, channels · r², height, width]`.
    ///
    /// # Panics
    /// If there are fewer than three axes, or height or width are no multiple of `r`.
    ///
    /// ```
    /// use nn::functional::{pixel_shuffle, pixel_unshuffle};
    /// use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f32, Serial>::randn([2, 3, 4, 6]);
    /// assert_eq!(pixel_unshuffle(&x, 2).shape(), [2, 12, 2, 3]);
    /// assert_eq!(pixel_shuffle(&pixel_unshuffle(&x, 2), 2).to_vec(), x.to_vec());
    /// ```
    fn pixel_unshuffle | try_pixel_unshuffle (x: &Tensor<T, B>, r: usize) -> Tensor<T, B> {
        let &[ref lead @ .., channels, height, width] = x.shape() else {
            return Err(Error::shape("pixel_unshuffle", &[x.layout().shape()], "must be […, channels, height, width]"));
        };
        if r == 0 || !height.is_multiple_of(r) || !width.is_multiple_of(r) {
            let hint = format!("height and width must be multiples of {r}");
            return Err(Error::shape("pixel_unshuffle", &[x.layout().shape()], hint));
        }
        let apart: Vec<usize> = lead.iter().copied().chain([channels, height / r, r, width / r, r]).collect();
        let together: Vec<usize> = lead.iter().copied().chain([channels * r * r, height / r, width / r]).collect();
        let n = lead.len() as isize;
        let axes: Vec<isize> = (0..n).chain([0, 2, 4, 1, 3].map(|axis| n + axis)).collect();
        Ok(x.try_reshape(apart)?.try_permute(axes)?.try_reshape(together)?.into_tensor())
    }

    /// The channels, the second axis, dealt out: the first of each group, then the second of each, and so on.
    ///
    /// # Panics
    /// If there are fewer than three axes, or the channels cannot be divided into so many groups.
    ///
    /// ```
    /// use nn::functional::channel_shuffle;
    /// use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f32, Serial>::new([[[1.0], [2.0], [3.0], [4.0]]]);
    /// assert_eq!(channel_shuffle(&x, 2).to_vec(), [1.0, 3.0, 2.0, 4.0]);
    /// ```
    fn channel_shuffle | try_channel_shuffle (x: &Tensor<T, B>, groups: usize) -> Tensor<T, B> {
        let &[batch, channels, ref rest @ ..] = x.shape() else {
            return Err(Error::shape("channel_shuffle", &[x.layout().shape()], "must be [batch, channels, …]"));
        };
        if rest.is_empty() || groups == 0 || !channels.is_multiple_of(groups) {
            let hint = format!("must be [batch, channels, …] with channels that can be divided into {groups} groups");
            return Err(Error::shape("channel_shuffle", &[x.layout().shape()], hint));
        }
        let apart = [batch, groups, channels / groups, rest.iter().product()];
        Ok(x.try_reshape(apart)?.try_transpose(1, 2)?.try_reshape(x.shape())?.into_tensor())
    }
}
