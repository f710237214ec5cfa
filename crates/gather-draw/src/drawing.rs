//! The waterfall: a row a request under its source, a bar a phase, the critical path outlined.
//!
//! Phases are told apart by tone and by texture, so that they are without colour too. A row says all its figures to whoever
//! points at it or reaches it with the keyboard, without any script.

use std::{collections::HashSet, time::Duration};

use askama::Template;
use gather_run::{Lane, Path, Phase, Row, Timeline, fewer};

use crate::{
    scale::{Scale, Tick},
    words::{clean, fit, label, lane_note, path_sentence, phase_words, row_words, span, tail},
};

/// What a page that shows a [`Drawing`] has to have among its styles. It takes its colours from `--paper`, `--ink`,
/// `--quiet`, `--rule`, `--accent`, `--alarm`, `--edge` and `--tint` of the page.
pub const STYLE: &str = include_str!("../assets/waterfall.css");

/// The colours of a file that stands alone, as pages have them.
const PALETTE: &str = include_str!("../assets/palette.css");

/// Rows of a drawing at most.
const ROWS: usize = 400;

/// Letters of a label at most.
const LABEL: usize = 36;

/// The same where a page is so narrow that a label of that length has no room.
const SHORT: usize = 13;

/// How wide a file is, in pixels, where nothing says otherwise.
const WIDE: u32 = 960;

// Heights in pixels.
const AXIS: u32 = 24;
const NAME: u32 = 28;
const ROW: u32 = 18;
const BAR: u32 = 10;
const LEGEND: u32 = 22;
const HEAD: u32 = 48;
/// Swatches of a legend side by side in a file.
const SIDE_BY_SIDE: u32 = 6;

/// A timeline drawn.
#[derive(Debug, Clone)]
pub struct Drawing {
    id: String,
    title: String,
    summary: String,
    height: u32,
    ticks: Vec<Tick>,
    lanes: Vec<LaneDrawn>,
    links: Vec<Link>,
    legend: Vec<Swatch>,
}

#[derive(Debug, Clone)]
struct LaneDrawn {
    name: String,
    /// How many rows more there were.
    more: Option<String>,
    top: u32,
    rows: Vec<RowDrawn>,
}

#[derive(Debug, Clone)]
struct RowDrawn {
    top: u32,
    label: String,
    /// The label where there is little room, if that is another.
    short: Option<String>,
    figure: String,
    words: String,
    /// The same without what the label says.
    tip: String,
    failed: bool,
    critical: bool,
    bars: Vec<BarDrawn>,
    /// Where the critical path runs along it.
    outlines: Vec<Extent>,
}

#[derive(Debug, Clone)]
struct BarDrawn {
    kind: &'static str,
    extent: Extent,
}

/// Phases that have a pattern.
fn textured(kind: &str) -> bool {
    matches!(
        kind,
        "waiting" | "resolving" | "connecting" | "tls" | "mapping" | "keeping"
    )
}

impl BarDrawn {
    fn textured(&self) -> bool {
        textured(self.kind)
    }

    /// A pause is a line, everything else a bar; in pixels within the row.
    fn height(&self) -> u32 {
        if self.kind == "pausing" { 2 } else { BAR }
    }

    fn y(&self) -> u32 {
        (ROW - self.height()) / 2
    }
}

impl Swatch {
    fn textured(&self) -> bool {
        textured(self.kind)
    }
}

/// In percent of the axis.
#[derive(Debug, Clone, Copy)]
struct Extent {
    x: f64,
    width: f64,
}

/// From one stretch of the critical path to the next.
#[derive(Debug, Clone)]
struct Link {
    x: f64,
    from: u32,
    to: u32,
}

#[derive(Debug, Clone)]
struct Swatch {
    kind: &'static str,
    name: &'static str,
}

fn kind(phase: Phase) -> &'static str {
    match phase {
        Phase::Waiting => "waiting",
        Phase::Pausing => "pausing",
        Phase::Resolving => "resolving",
        Phase::Connecting => "connecting",
        Phase::Tls => "tls",
        Phase::FirstByte => "first-byte",
        Phase::Body => "body",
        Phase::Mapping => "mapping",
        Phase::Keeping => "keeping",
        // What else there may be is nothing that a request does.
        _ => "own",
    }
}

impl Drawing {
    /// Draws a timeline. `id` is what names in this drawing begin with: one for each drawing on a page.
    #[must_use]
    pub fn of(timeline: &Timeline, path: &Path, id: &str, title: &str) -> Self {
        Self::within(timeline, path, id, title, timeline.wall)
    }

    /// Draws a timeline on an axis as long as `whole`, so that drawings of several can be compared.
    #[must_use]
    pub fn within(
        timeline: &Timeline,
        path: &Path,
        id: &str,
        title: &str,
        whole: Duration,
    ) -> Self {
        let scale = Scale::new(whole);
        let lanes = fewer(timeline.rows(path), ROWS);
        let mut phases = HashSet::new();
        let mut failed = false;
        for row in lanes.iter().flat_map(|lane| &lane.rows) {
            phases.extend(row.bars.iter().map(|bar| bar.phase));
            failed |= row.error().is_some();
        }
        let mut top = AXIS;
        let mut places = vec![None; timeline.source_of.len()];
        let lanes: Vec<LaneDrawn> = lanes
            .iter()
            .map(|lane| draw_lane(lane, &scale, &mut top, &mut places))
            .collect();
        let links = links(path, &scale, &places);
        let mut legend: Vec<Swatch> = Phase::OF_REQUESTS
            .into_iter()
            .filter(|phase| phases.contains(phase))
            .map(|phase| Swatch {
                kind: kind(phase),
                name: phase.as_str(),
            })
            .collect();
        let mut also = |there: bool, kind, name| {
            if there {
                legend.push(Swatch { kind, name });
            }
        };
        also(failed, "failed", "failed");
        also(!path.segments.is_empty(), "critical", "critical path");
        Self {
            id: id.to_owned(),
            title: clean(title),
            summary: path_sentence(timeline, path)
                .unwrap_or_else(|| "nothing was asked".to_owned()),
            height: top + 4,
            ticks: scale.ticks(),
            lanes,
            links,
            legend,
        }
    }

    /// The drawing as part of a page whose styles contain [`STYLE`], with its legend; as wide as there is room.
    #[must_use]
    pub fn inline(&self) -> String {
        rendered(&Inline { drawing: self })
    }

    /// The drawing as a file of its own, with styles for light, dark and paper.
    #[must_use]
    pub fn file(&self) -> String {
        rendered(&File {
            drawing: self,
            width: WIDE,
            height: self.height + self.legend_height(),
            head: HEAD,
            style: &own_style(),
        })
    }

    fn legend_height(&self) -> u32 {
        let lines = u32::try_from(self.legend.len())
            .unwrap_or(u32::MAX)
            .div_ceil(SIDE_BY_SIDE);
        lines * LEGEND + 8
    }

    /// The swatches with their places in a file: pixels from the top, percent from the left.
    fn placed_legend(&self) -> Vec<(&Swatch, u32, f64)> {
        let places = (0_u32..).zip(&self.legend).map(|(at, swatch)| {
            let line = at / SIDE_BY_SIDE;
            let column = f64::from(at % SIDE_BY_SIDE) / f64::from(SIDE_BY_SIDE) * 100.0;
            (swatch, self.height + 8 + line * LEGEND, column)
        });
        places.collect()
    }
}

/// The styles of something that stands alone.
pub(crate) fn own_style() -> String {
    format!("{PALETTE}{STYLE}")
}

/// These templates write into memory and call nothing that could fail.
pub(crate) fn rendered(template: &impl Template) -> String {
    template
        .render()
        .expect("a template without fallible parts is rendered")
}

fn draw_lane(
    lane: &Lane<'_>,
    scale: &Scale,
    top: &mut u32,
    places: &mut [Option<u32>],
) -> LaneDrawn {
    let name_top = *top;
    *top += NAME;
    let rows = lane
        .rows
        .iter()
        .map(|row| {
            let drawn = draw_row(row, scale, *top);
            places[row.request] = Some(*top + ROW / 2);
            *top += ROW;
            drawn
        })
        .collect();
    LaneDrawn {
        name: clean(&lane.source.name),
        more: lane_note(lane),
        top: name_top,
        rows,
    }
}

fn draw_row(row: &Row<'_>, scale: &Scale, top: u32) -> RowDrawn {
    let extent = |from: Duration, to: Duration| {
        let x = scale.percent(from);
        Extent {
            x,
            // What is too short to be seen has still been there.
            width: (scale.percent(to) - x).max(0.15),
        }
    };
    let (from, to) = row.span();
    let took = span(to.saturating_sub(from));
    let figure = match row.status() {
        Some(200) => took,
        Some(status) => format!("{status} · {took}"),
        None => took,
    };
    let whole = label(row.url());
    let short = tail(&whole, SHORT);
    RowDrawn {
        top,
        short: (short != whole).then_some(short),
        label: fit(&whole, LABEL),
        words: row_words(row),
        tip: clean(&format!("{}: {}", figure, phase_words(&row.bars))),
        figure,
        failed: row.error().is_some(),
        critical: !row.on_path.is_empty(),
        bars: row
            .bars
            .iter()
            .map(|bar| BarDrawn {
                kind: kind(bar.phase),
                extent: extent(bar.from, bar.to),
            })
            .collect(),
        outlines: row
            .on_path
            .iter()
            .map(|&(from, to)| extent(from, to))
            .collect(),
    }
}

/// Lines from where the path leaves one row to where it goes on in another.
fn links(path: &Path, scale: &Scale, places: &[Option<u32>]) -> Vec<Link> {
    let mut links = Vec::new();
    let mut last: Option<(usize, Duration)> = None;
    for segment in &path.segments {
        let Some(request) = segment.request else {
            continue;
        };
        if let Some((before, to)) = last
            && before != request
            && let (Some(from), Some(on)) = (places[before], places[request])
        {
            links.push(Link {
                x: scale.percent(to),
                from,
                to: on,
            });
        }
        last = Some((request, segment.bar.to));
    }
    links
}

#[derive(Template)]
#[template(path = "inline.html")]
struct Inline<'a> {
    drawing: &'a Drawing,
}

#[derive(Template)]
#[template(path = "file.svg")]
struct File<'a> {
    drawing: &'a Drawing,
    width: u32,
    height: u32,
    head: u32,
    style: &'a str,
}
