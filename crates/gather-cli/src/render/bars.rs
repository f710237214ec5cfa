//! Bars of eighth blocks.

use rust_decimal::{Decimal, prelude::ToPrimitive};

pub(super) const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// A part of a whole as a bar of `cells`, rounded to an eighth of a cell; more than the whole is a full bar.
/// Anything above nothing is seen, and anything below the whole is not full.
pub(crate) fn bar(part: Decimal, whole: Decimal, cells: usize) -> String {
    let all = cells * 8;
    let eighths = if part <= Decimal::ZERO || whole <= Decimal::ZERO {
        0
    } else if part >= whole {
        all
    } else {
        let exact = part
            .checked_mul(Decimal::from(all))
            .and_then(|part| part.checked_div(whole));
        let nearest = exact
            .and_then(|eighths| eighths.round().to_usize())
            .unwrap_or(0);
        nearest.min(all.saturating_sub(1)).max(all.min(1))
    };
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

/// A bar on a track that shows the whole.
pub(crate) fn gauge(part: Decimal, whole: Decimal, cells: usize) -> String {
    let filled = bar(part, whole, cells);
    let rest = cells.saturating_sub(filled.chars().count());
    format!("{filled}{}", "░".repeat(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(part: i64, whole: i64, cells: usize) -> String {
        bar(part.into(), whole.into(), cells)
    }

    #[test]
    fn bars_are_drawn_in_eighths() {
        assert_eq!(of(1, 2, 3), "█▌");
        assert_eq!(of(245, 400, 14), "████████▋");
        assert_eq!(of(5, 5, 2), "██");
        assert_eq!(of(9, 5, 2), "██");
        assert_eq!(of(0, 5, 2), "");
        assert_eq!(of(-3, 5, 2), "");
        assert_eq!(of(3, 0, 2), "");
    }

    #[test]
    fn little_is_seen_and_almost_all_is_not_full() {
        assert_eq!(of(1, 1_000_000, 2), "▏");
        assert_eq!(of(999_999, 1_000_000, 2), "█▉");
    }

    #[test]
    fn a_gauge_is_always_as_wide_as_its_track() {
        for part in 0..=20 {
            let gauge = gauge(part.into(), 10.into(), 7);
            assert_eq!(gauge.chars().count(), 7, "{gauge}");
        }
    }
}
