//! Animated GIFs: one palette for all frames, so that nothing flickers, and only what changes is stored.

use std::{borrow::Cow, collections::HashMap, fs::File, io::BufWriter, path::Path};

use gif::{DisposalMethod, Encoder, Frame, Repeat};

use super::canvas::Drawn;

/// In hundredths of a second.
const EACH_FRAME: u16 = 7;
const LAST_FRAME: u16 = 250;

/// The palette's last place stands for a pixel that is as it was.
const UNCHANGED: u8 = 255;

/// Saves frames (red, green, blue for each pixel) as an animation that repeats for ever.
pub(crate) fn save_gif(path: &Path, size: (u16, u16), frames: &[Vec<u8>]) -> Drawn {
    let colors = Colors::of(frames);
    let file = BufWriter::new(File::create(path)?);
    let mut encoder = Encoder::new(file, size.0, size.1, &colors.palette.concat())?;
    encoder.set_repeat(Repeat::Infinite)?;
    let mut shown = Vec::new();
    for (i, pixels) in frames.iter().enumerate() {
        let indices: Vec<u8> = pixels.chunks_exact(3).map(|pixel| colors.index[&rounded(pixel)]).collect();
        let mut changes = indices.clone();
        changes.iter_mut().zip(&shown).filter(|(new, old)| new == old).for_each(|(new, _)| *new = UNCHANGED);
        shown = indices;
        encoder.write_frame(&Frame {
            delay: if i + 1 == frames.len() { LAST_FRAME } else { EACH_FRAME },
            width: size.0,
            height: size.1,
            buffer: Cow::Owned(changes),
            transparent: Some(UNCHANGED),
            dispose: DisposalMethod::Keep,
            ..Frame::default()
        })?;
    }
    Ok(())
}

/// The most frequent colours, and for every colour that occurs the nearest of them.
struct Colors {
    palette: Vec<[u8; 3]>,
    index: HashMap<[u8; 3], u8>,
}

impl Colors {
    fn of(frames: &[Vec<u8>]) -> Self {
        let mut counts: HashMap<[u8; 3], usize> = HashMap::new();
        for pixel in frames.iter().flat_map(|pixels| pixels.chunks_exact(3)) {
            *counts.entry(rounded(pixel)).or_default() += 1;
        }
        let mut palette: Vec<[u8; 3]> = counts.keys().copied().collect();
        // By colour where the counts are equal: the same frames make the same file.
        palette.sort_by_key(|color| (std::cmp::Reverse(counts[color]), *color));
        palette.truncate(usize::from(UNCHANGED));
        let nearest = |color: &[u8; 3]| {
            let distance = |other: &[u8; 3]| (0..3).map(|i| u32::from(color[i].abs_diff(other[i])).pow(2)).sum::<u32>();
            (0..palette.len()).min_by_key(|&i| distance(&palette[i])).unwrap_or(0) as u8
        };
        let index = counts.keys().map(|color| (*color, nearest(color))).collect();
        Colors { palette, index }
    }
}

/// Shades an eye cannot tell apart become one.
fn rounded(pixel: &[u8]) -> [u8; 3] {
    [pixel[0], pixel[1], pixel[2]].map(|channel| channel / 8 * 8 + if channel >= 248 { 7 } else { 0 })
}
