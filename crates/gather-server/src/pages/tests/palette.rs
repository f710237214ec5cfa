//! The palette, read from the style: contrast in both themes.

const STYLE: &str = include_str!("../../../assets/css/base.css");
const PAGE: &str = include_str!("../../../templates/page.html");

/// The light and the dark value of a colour.
fn colour(name: &str) -> [[f64; 3]; 2] {
    let (_, rest) = STYLE
        .split_once(&format!("--{name}: light-dark("))
        .unwrap_or_else(|| panic!("--{name}"));
    let (pair, _) = rest.split_once(')').unwrap();
    let mut both = pair.split(", ").map(|hex| {
        let hex = hex.strip_prefix('#').unwrap();
        [0, 2, 4].map(|at| {
            // WCAG 2.2, relative luminance: sRGB made linear.
            let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        })
    });
    [both.next().unwrap(), both.next().unwrap()]
}

/// WCAG 2.2, contrast ratio.
fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let [a, b] = [a, b].map(|[r, g, b]| 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05);
    a.max(b) / a.min(b)
}

#[test]
fn every_text_can_be_read_on_every_paper_in_both_themes() {
    for text in ["ink", "quiet", "accent", "alarm", "caution"] {
        for paper in ["paper", "tint"] {
            for theme in [0, 1] {
                let ratio = contrast(colour(text)[theme], colour(paper)[theme]);
                assert!(ratio >= 4.5, "{text} on {paper}, theme {theme}: {ratio:.2}");
            }
        }
    }
    for (text, paper) in [
        ("ink", "hit"),
        ("quiet", "hit"),
        ("paper", "accent"),
        ("paper", "ink"),
    ] {
        for theme in [0, 1] {
            let ratio = contrast(colour(text)[theme], colour(paper)[theme]);
            assert!(ratio >= 4.5, "{text} on {paper}, theme {theme}: {ratio:.2}");
        }
    }
}

#[test]
fn what_is_drawn_or_filled_in_can_be_seen() {
    for line in ["edge", "bar", "alarm", "accent"] {
        for theme in [0, 1] {
            let ratio = contrast(colour(line)[theme], colour("paper")[theme]);
            assert!(ratio >= 3.0, "{line}, theme {theme}: {ratio:.2}");
        }
    }
}

#[test]
fn the_browser_is_told_the_colour_of_the_paper() {
    let (_, rest) = STYLE.split_once("--paper: light-dark(").unwrap();
    let (pair, _) = rest.split_once(')').unwrap();
    for colour in pair.split(", ") {
        assert!(PAGE.contains(&format!("content=\"{colour}\"")), "{colour}");
    }
}
