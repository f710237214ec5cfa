//! Pictures with a palette: of text on paper nearly all points are of a few colours, and a byte a point is a third of what
//! Chromium writes.
//!
//! Of more colours than a palette has the rarest become the nearest of the others: edges of letters, by a shade that
//! nobody sees.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{BufReader, BufWriter},
    path::Path,
};

/// What a palette holds.
const MOST: usize = 256;

type Colour = [u8; 3];

/// Writes a picture again, with a palette.
pub(crate) fn reduce(file: &Path) -> Result<(), String> {
    let fault = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let read = File::open(file).map_err(|error| fault(&error))?;
    let mut decoder = png::Decoder::new(BufReader::new(read));
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
    let mut reader = decoder.read_info().map_err(|error| fault(&error))?;
    let size = reader.output_buffer_size().unwrap_or_default();
    let mut bytes = vec![0; size];
    let frame = reader
        .next_frame(&mut bytes)
        .map_err(|error| fault(&error))?;
    let samples = match frame.color_type {
        png::ColorType::Rgb => 3,
        png::ColorType::Rgba => 4,
        other => {
            return Err(fault(&format!(
                "is {other:?}, and a screenshot is in colour"
            )));
        }
    };
    let points: Vec<Colour> = bytes[..frame.buffer_size()]
        .chunks_exact(samples)
        .map(|point| [point[0], point[1], point[2]])
        .collect();
    let (palette, indices) = indexed(&points);

    let written = file.with_extension("new");
    let to = File::create(&written).map_err(|error| fault(&error))?;
    let mut encoder = png::Encoder::new(BufWriter::new(to), frame.width, frame.height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette.concat());
    encoder.set_compression(png::Compression::High);
    // Neighbours of a palette have nothing to do with each other.
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header().map_err(|error| fault(&error))?;
    writer
        .write_image_data(&indices)
        .map_err(|error| fault(&error))?;
    writer.finish().map_err(|error| fault(&error))?;
    fs::rename(&written, file).map_err(|error| fault(&error))
}

/// The palette, the most frequent first, and each point's place in it.
fn indexed(points: &[Colour]) -> (Vec<Colour>, Vec<u8>) {
    let mut counted: HashMap<Colour, usize> = HashMap::new();
    for point in points {
        *counted.entry(*point).or_default() += 1;
    }
    let mut colours: Vec<(Colour, usize)> = counted.into_iter().collect();
    // By colour where they are as frequent, so that the same picture is the same file.
    colours.sort_by_key(|(colour, count)| (std::cmp::Reverse(*count), *colour));
    let palette: Vec<Colour> = colours.iter().take(MOST).map(|(it, _)| *it).collect();
    let places: HashMap<Colour, u8> = colours
        .iter()
        .map(|(colour, _)| (*colour, nearest(&palette, *colour)))
        .collect();
    let indices = points.iter().map(|point| places[point]).collect();
    (palette, indices)
}

fn nearest(palette: &[Colour], colour: Colour) -> u8 {
    let apart = |other: &Colour| -> u32 {
        let pairs = other.iter().zip(colour);
        pairs.map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
    };
    let places = (0..=u8::MAX).zip(palette);
    let nearest = places.min_by_key(|(_, other)| apart(other));
    nearest.map_or(0, |(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::{MOST, indexed};

    #[test]
    fn the_most_frequent_colours_stay_and_the_others_become_the_nearest() {
        let mut points = vec![[255, 255, 255]; 10];
        for shade in 0..=255 {
            points.extend([[shade, 0, 0]; 2]);
        }
        points.push([200, 1, 0]);
        let (palette, indices) = indexed(&points);
        assert_eq!(palette.len(), MOST);
        assert_eq!(palette[0], [255, 255, 255]);
        assert_eq!(indices[..10], [0; 10]);
        let last = usize::from(*indices.last().unwrap());
        assert_eq!(palette[last], [200, 0, 0]);
        assert_eq!(indexed(&points), (palette, indices));
    }
}
