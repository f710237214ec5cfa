//! Several measurements of one thing, and tables of them.

use serde_json::{Value, json};

/// The middle, least and greatest of several measurements.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// # Panics
    /// Without any measurement.
    pub(crate) fn of(measured: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = measured.into_iter().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let (last, middle) = (sorted.len() - 1, sorted.len() / 2);
        let median = if sorted.len().is_multiple_of(2) {
            f64::midpoint(sorted[middle - 1], sorted[middle])
        } else {
            sorted[middle]
        };
        Self {
            median,
            min: sorted[0],
            max: sorted[last],
        }
    }

    pub(crate) fn json(self) -> Value {
        json!({ "median": self.median, "min": self.min, "max": self.max })
    }
}

/// Rows as text: the first column to the left, the others to the right, two spaces before each row.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let length = |text: &String| text.chars().count();
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(length)
                .max()
        })
        .map(Option::unwrap_or_default)
        .collect();
    let line = |row: &Vec<String>| {
        let cells = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(column, (cell, &width))| {
                if column == 0 {
                    format!("{cell:<width$}")
                } else {
                    format!("{cell:>width$}")
                }
            });
        format!("  {}", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::{Spread, table};

    #[test]
    fn the_median_is_the_middle_and_outliers_are_shown() {
        let spread = Spread::of([5.0, 1.0, 100.0]);
        assert_eq!((spread.median, spread.min, spread.max), (5.0, 1.0, 100.0));
        assert_eq!(Spread::of([4.0, 2.0]).median, 3.0);
    }

    #[test]
    fn columns_are_aligned_by_characters() {
        let rows = [["client", "wall"], ["a", "1–2 ms"]].map(|row| row.map(String::from).to_vec());
        assert_eq!(table(&rows), "  client    wall\n  a       1–2 ms");
    }
}
