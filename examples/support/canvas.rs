//! A canvas of pixels with a font of its own, so that pictures need no system library; and PNG.

use std::{error::Error, fs::File, io::BufWriter, path::Path};

use plotters::{coord::Shift, prelude::*, style::register_font};

pub(crate) type Area<'a> = DrawingArea<BitMapBackend<'a>, Shift>;
pub(crate) type Drawn<T = ()> = Result<T, Box<dyn Error>>;

/// Lines thicker than a pixel are drawn without smoothing: everything is drawn this many times too large and averaged.
const FINE: u32 = 2;

/// A length in pixels of the finished picture, in pixels of the canvas.
pub(crate) const fn px(length: u32) -> u32 {
    length * FINE
}

// Colours that also the colour-blind tell apart (Okabe and Ito, 2008).
pub(crate) const BLUE: RGBColor = RGBColor(0, 114, 178);
pub(crate) const ORANGE: RGBColor = RGBColor(213, 94, 0);
pub(crate) const PALETTE: [RGBColor; 6] =
    [BLUE, ORANGE, RGBColor(0, 158, 115), RGBColor(204, 121, 167), RGBColor(230, 159, 0), RGBColor(86, 180, 233)];
pub(crate) const INK: RGBColor = RGBColor(40, 40, 40);
pub(crate) const FAINT: RGBColor = RGBColor(150, 150, 150);
pub(crate) const GRID: RGBColor = RGBColor(228, 228, 228);

/// Text of a size in pixels of the finished picture.
pub(crate) fn text(size: u32, color: RGBColor) -> TextStyle<'static> {
    ("sans-serif", px(size)).into_font().color(&color)
}

/// What `draw` draws on a white canvas of this size: red, green, blue for each pixel, row after row.
pub(crate) fn paint(size: (u32, u32), draw: impl FnOnce(&Area<'_>) -> Drawn) -> Drawn<Vec<u8>> {
    register_font("sans-serif", FontStyle::Normal, ttf_noto_sans::REGULAR).map_err(|_| "the font cannot be read")?;
    let (width, height) = (px(size.0), px(size.1));
    let mut pixels = vec![0; (3 * width * height) as usize];
    {
        let area = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
        area.fill(&WHITE)?;
        draw(&area)?;
        area.present()?;
    }
    Ok(averaged(&pixels, size))
}

fn averaged(fine: &[u8], (width, height): (u32, u32)) -> Vec<u8> {
    let (width, height, n) = (width as usize, height as usize, FINE as usize);
    let mut pixels = Vec::with_capacity(3 * width * height);
    for row in 0..height {
        for column in 0..width {
            for channel in 0..3 {
                let at = |i: usize| 3 * ((row * n + i / n) * width * n + column * n + i % n) + channel;
                let sum: usize = (0..n * n).map(|i| usize::from(fine[at(i)])).sum();
                pixels.push((sum / (n * n)) as u8);
            }
        }
    }
    pixels
}

/// Draws a picture and saves it as PNG.
pub(crate) fn save_png(path: &Path, size: (u32, u32), draw: impl FnOnce(&Area<'_>) -> Drawn) -> Drawn {
    let pixels = paint(size, draw)?;
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(path)?), size.0, size.1);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(())
}
