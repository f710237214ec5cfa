//! Pictures with a palette: of text on paper nearly all points are of a few colours, and a byte a point is a third of what
//! Chromium writes.
//!
//! Of more colours than a palette has those become their nearest that lose least by it: edges of letters, by a shade that
//! nobody sees. A colour that is rare and like no other stays.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{BufReader, BufWriter},
    path::Path,
};

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

/// A colour of a picture on its way into the palette.
struct Candidate {
    colour: Colour,
    count: u64,
    /// Its nearest in the palette so far, and how far that is.
    place: u8,
    apart: u64,
}

/// The palette, and each point's place in it.
fn indexed(points: &[Colour]) -> (Vec<Colour>, Vec<u8>) {
    let mut counted: HashMap<Colour, u64> = HashMap::new();
    for point in points {
        *counted.entry(*point).or_default() += 1;
    }
    let mut candidates: Vec<Candidate> = counted
        .into_iter()
        .map(|(colour, count)| Candidate {
            colour,
            count,
            place: 0,
            // As if the palette were far from everything: the most frequent is the first.
            apart: u64::from(u32::MAX),
        })
        .collect();
    // By colour where they are as frequent, so that the same picture is the same file.
    candidates.sort_by_key(|one| (std::cmp::Reverse(one.count), one.colour));
    let mut palette = Vec::new();
    for place in 0..=u8::MAX {
        // The first of equals.
        let worst = candidates.iter().rev().max_by_key(|one| one.loss());
        let Some(chosen) = worst.filter(|one| one.loss() > 0).map(|one| one.colour) else {
            break;
        };
        palette.push(chosen);
        for one in &mut candidates {
            let apart = apart(one.colour, chosen);
            if apart < one.apart {
                (one.place, one.apart) = (place, apart);
            }
        }
    }
    let places: HashMap<Colour, u8> = candidates
        .iter()
        .map(|one| (one.colour, one.place))
        .collect();
    let indices = points.iter().map(|point| places[point]).collect();
    (palette, indices)
}

impl Candidate {
    /// What the picture loses while this colour is shown as its nearest.
    fn loss(&self) -> u64 {
        self.count.saturating_mul(self.apart)
    }
}

fn apart(one: Colour, other: Colour) -> u64 {
    let pairs = one.iter().zip(other);
    pairs.map(|(a, b)| u64::from(a.abs_diff(b)).pow(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::indexed;

    #[test]
    fn what_is_like_another_becomes_it_and_what_is_like_none_stays() {
        let mut points = vec![[255, 255, 255]; 1000];
        for shade in 0..=253 {
            points.extend([[shade, 0, 0]; 20]);
        }
        points.push([200, 1, 0]);
        points.push([0, 200, 0]);
        let (palette, indices) = indexed(&points);
        assert_eq!(palette.len(), 256);
        assert_eq!(palette[0], [255, 255, 255]);
        assert_eq!(indices[..1000], [0; 1000]);
        let shown = |point: usize| palette[usize::from(indices[point])];
        assert_eq!(shown(points.len() - 2), [200, 0, 0]);
        assert_eq!(shown(points.len() - 1), [0, 200, 0]);
        assert_eq!(indexed(&points), (palette.clone(), indices.clone()));
    }
}
