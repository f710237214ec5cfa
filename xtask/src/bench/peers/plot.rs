//! A picture of one job: for each program a bar of its time on the wall and one of its processor time.
//!
//! Light and dark as whoever looks at it has it, on a ground of its own. A bar that would leave no room for the others
//! is cut, and its figure stands beside it as with the rest.

use std::fmt::Write as _;

use super::{
    rounds::{Entrant, LIMIT},
    seconds,
};

/// The colours are those of the dashboard.
const STYLE: &str = "\
text{font:13px system-ui,sans-serif;fill:#1b1b18}.quiet{fill:#63625b;font-size:12px}.paper{fill:#fcfbf8}\
.wall{fill:#8c8a80}.cpu{fill:#c9c6bb}.own .wall{fill:#0a6650}.own .cpu{fill:#8fc4b4}.spread{stroke:#1b1b18}\
.cut{stroke:#fcfbf8;stroke-width:3}.own text{font-weight:600}\
@media(prefers-color-scheme:dark){text{fill:#eceae2}.quiet{fill:#a6a499}.paper{fill:#151612}\
.wall{fill:#8c8a80}.cpu{fill:#4a4943}.own .wall{fill:#6fcfae}.own .cpu{fill:#2d6656}.spread{stroke:#eceae2}\
.cut{stroke:#151612}}";

// In pixels.
const WIDE: f64 = 760.0;
const LEFT: f64 = 220.0;
const BARS: f64 = 340.0;
const TOP: f64 = 40.0;
const ROW: f64 = 34.0;

/// A bar may be so many times as long as the shortest; longer ones are cut.
const MOST: f64 = 8.0;

/// Draws everybody who takes part.
pub(super) fn draw(title: &str, entrants: &[Entrant]) -> String {
    let walls = entrants.iter().filter_map(|it| Some(it.measured()?.wall));
    let shortest = walls
        .clone()
        .map(|it| it.median)
        .fold(f64::INFINITY, f64::min);
    let longest = walls.map(|it| it.max).fold(0.0, f64::max);
    let any_over = entrants.iter().any(|it| it.measured().is_none());
    let end = if any_over || longest > MOST * shortest {
        MOST * shortest
    } else {
        longest
    };
    let rows = entrants.iter().zip(0_u32..);
    let high = rows.clone().fold(TOP + 8.0, |high, _| high + ROW);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDE} {high}\" width=\"{WIDE}\" height=\"{high}\" \
         role=\"img\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
         <rect class=\"paper\" width=\"100%\" height=\"100%\" rx=\"6\"/>\n\
         <text x=\"12\" y=\"22\">{title}</text>\n\
         <text class=\"quiet\" x=\"{}\" y=\"22\" text-anchor=\"end\">seconds: wall, below it processor</text>\n",
        WIDE - 12.0
    );
    for (entrant, at) in rows {
        row(&mut svg, entrant, at == 0, TOP + ROW * f64::from(at), end);
    }
    svg.push_str("</svg>\n");
    svg
}

fn row(svg: &mut String, entrant: &Entrant, own: bool, y: f64, end: f64) {
    let measured = entrant.measured();
    let class = if own { " class=\"own\"" } else { "" };
    // Writing into a String does not fail.
    let _ = writeln!(
        svg,
        "<g{class}><text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
        LEFT - 10.0,
        y + 15.0,
        entrant.name
    );
    let over = f64::from(LIMIT) * 1000.0;
    let (wall, cpu) = measured.map_or((over, 0.0), |it| (it.wall.median, it.cpu.median));
    bar(svg, "wall", wall / end, y + 3.0, 13.0);
    bar(svg, "cpu", cpu / end, y + 18.0, 7.0);
    let mut said = format!("over {LIMIT}");
    if let Some(it) = measured {
        let (from, to) = (it.wall.min / end, it.wall.max / end);
        if to <= 1.0 {
            let (from, to) = (LEFT + from * BARS, LEFT + to * BARS);
            let middle = y + 9.5;
            let _ = writeln!(
                svg,
                "<path class=\"spread\" d=\"M{from:.1} {middle}H{to:.1}M{from:.1} {}v6M{to:.1} {}v6\"/>",
                middle - 3.0,
                middle - 3.0
            );
        }
        said = format!("{}, {}", seconds(it.wall.median), seconds(it.cpu.median));
    }
    let _ = writeln!(
        svg,
        "<text class=\"quiet\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{said}</text></g>",
        WIDE - 12.0,
        y + 15.0
    );
}

/// A bar of that share of the room; a longer one ends with a cut.
fn bar(svg: &mut String, class: &str, share: f64, y: f64, high: f64) {
    let wide = share.min(1.0) * BARS;
    let _ = writeln!(
        svg,
        "<rect class=\"{class}\" x=\"{LEFT}\" y=\"{y}\" width=\"{wide:.1}\" height=\"{high}\"/>"
    );
    if share > 1.0 {
        let (x, below) = (LEFT + BARS - 16.0, y + high + 1.0);
        let _ = writeln!(
            svg,
            "<path class=\"cut\" d=\"M{x} {below}l6 {}\"/>",
            -high - 2.0
        );
    }
}

#[cfg(test)]
mod tests {
    use super::draw;
    use crate::bench::peers::tests::outcome;

    #[test]
    fn everybody_has_a_row_and_a_bar_without_end_is_cut() {
        let svg = draw("A job", &outcome('e').entrants);
        for name in [
            "gather, the library",
            "bare hyper-util",
            "over 60",
            "24.00, 24.00",
        ] {
            assert!(svg.contains(name), "{name}");
        }
        // httpx on the wall and on the processor, requests on the wall.
        assert_eq!(svg.matches("class=\"cut\"").count(), 3, "{svg}");
        assert_eq!(svg.matches("class=\"spread\"").count(), 2);
    }
}
