use gather_draw::{Drawing, Fact, ReportPage, STYLE, path_lines, path_sentence};
use gather_run::Timeline;
use quick_xml::{Reader, events::Event};

use crate::timelines::{asked, timeline, usual};

fn inline(timeline: &Timeline) -> String {
    Drawing::of(timeline, &timeline.path(), "wf", "Run 18").inline()
}

fn file(timeline: &Timeline) -> String {
    Drawing::of(timeline, &timeline.path(), "wf", "Run 18").file()
}

fn page(timeline: &Timeline) -> String {
    let page = ReportPage {
        title: "Run 18".to_owned(),
        when: "20 November 2026, partial".to_owned(),
        line: "47 articles from 1 of 2 sources in 0.27 s".to_owned(),
        facts: vec![Fact {
            name: "took".to_owned(),
            value: "265 ms".to_owned(),
        }],
        troubles: vec!["purse: no answer".to_owned()],
    };
    page.render(timeline)
}

/// Reads a document to its end: every element is closed, every reference is one, and each has these attributes.
fn elements(text: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut found = Vec::new();
    let mut open = 0;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                open += 1;
                let name = start.name().as_ref().to_owned();
                let attributes = start.attributes().map(|attribute| {
                    let attribute = attribute.unwrap();
                    let key = attribute.key.as_ref().to_owned();
                    let value = attribute.value.into_owned();
                    (key, value)
                });
                found.push((name, attributes.collect()));
            }
            Event::End(_) => open -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(open, 0);
    found
}

#[test]
fn a_file_is_one_well_formed_document() {
    let text = file(&usual());
    let elements = elements(&text);
    let (name, attributes) = &elements[0];
    assert_eq!(name, "svg");
    assert!(attributes.contains(&("xmlns".to_owned(), "http://www.w3.org/2000/svg".to_owned())));
    assert!(text.contains("<style>") && text.contains("prefers") || text.contains("light-dark("));
}

#[test]
fn a_drawing_in_a_page_has_no_styles_of_its_own() {
    let text = inline(&usual());
    for (name, attributes) in elements(&format!("<div>{text}</div>")) {
        assert!(name != "style" && name != "script", "{name}");
        assert!(
            attributes
                .iter()
                .all(|(key, _)| key != "style" && !key.starts_with("on"))
        );
    }
    // What it is classed as, the page's styles know.
    assert!(STYLE.contains(".wf-critical") && STYLE.contains("var(--accent)"));
}

#[test]
fn every_request_is_a_row_that_says_its_figures() {
    let text = inline(&usual());
    let rows: Vec<_> = elements(&format!("<div>{text}</div>"))
        .into_iter()
        .filter(|(name, attributes)| {
            name == "g" && attributes.contains(&("class".to_owned(), "wf-row".to_owned()))
        })
        .collect();
    assert_eq!(rows.len(), 5);
    for (_, attributes) in &rows {
        assert!(attributes.contains(&("tabindex".to_owned(), "0".to_owned())));
    }
    assert!(
        text.contains("GET https://tides.example/c.json · 200 · 206 ms: waiting 91 ms, resolve 1.0 ms, connect 2.0 ms, TLS 3.0 ms, first byte 98 ms, body 5.0 ms, map 2.0 ms, keep 3.0 ms"),
        "{text}"
    );
    assert!(text.contains("GET https://purse.example/v1/latest · failed: timed out"));
}

#[test]
fn the_critical_path_is_outlined_and_linked() {
    let timeline = usual();
    // d waited for a: it was the last to be kept.
    assert_eq!(timeline.path().requests(), [0, 3]);
    let text = inline(&timeline);
    // Two outlines and the swatch of the legend.
    assert_eq!(text.matches("class=\"wf-critical\"").count(), 3, "{text}");
    assert_eq!(text.matches("class=\"wf-link\"").count(), 1);
    assert_eq!(
        path_sentence(&timeline, &timeline.path()).unwrap(),
        "265 ms, of which 254 ms was tides: a.json, then d.json"
    );
    let lines = path_lines(&timeline, &timeline.path());
    assert!(
        lines
            .iter()
            .any(|line| line.what == "first byte" && line.request == "d.json")
    );
}

#[test]
fn nothing_lies_outside_of_the_axis() {
    for (_, attributes) in elements(&file(&usual())) {
        for (key, value) in attributes {
            if let ("x" | "x1" | "x2" | "width", Some(percent)) = (&*key, value.strip_suffix('%')) {
                let percent: f64 = percent.parse().unwrap();
                assert!((0.0..=100.0).contains(&percent), "{key}={value}");
            }
        }
    }
}

#[test]
fn a_report_stands_alone_and_says_what_would_have_been_faster() {
    let text = page(&usual());
    assert!(text.starts_with("<!doctype html>"));
    assert!(text.contains("default-src 'none'"));
    for outside in ["<script", "src=", "<link", "@import", "url(http"] {
        assert!(!text.contains(outside), "{outside}");
    }
    assert!(
        text.contains("raise <code>in_flight</code> of tides from 2 to 4: about"),
        "{text}"
    );
    assert!(text.contains("purse: no answer"));
}

#[test]
fn what_a_server_sends_is_text_and_nothing_else() {
    let hostile = "</text><script>alert(1)</script>\u{1b}[2J\u{202e}\u{0}\u{ffff}";
    let mut bad = asked(
        0,
        "https://tides.example/?q=\"><script>alert(1)</script>",
        [0, 0, 50],
    );
    bad.error = Some(hostile);
    let timeline = timeline([hostile, "purse"], &[bad]);
    for text in [file(&timeline), format!("<div>{}</div>", inline(&timeline))] {
        assert!(elements(&text).iter().all(|(name, _)| name != "script"));
        let acts = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202e}' | '\u{ffff}');
        assert!(!text.contains(acts), "{text:?}");
    }
    assert!(!page(&timeline).contains("<script"));
}

#[test]
fn a_run_that_asked_nothing_is_drawn_as_that() {
    let timeline = timeline(["tides", "purse"], &[]);
    assert!(file(&timeline).contains("nothing was asked"));
    assert_eq!(path_sentence(&timeline, &timeline.path()), None);
    elements(&file(&timeline));
}

#[test]
fn a_run_of_thousands_has_a_drawing_with_an_end() {
    let requests: Vec<_> = (0..3000)
        .map(|at| {
            let start = at / 2 * 10;
            asked(0, "https://tides.example/item", [0, start, start + 10])
        })
        .collect();
    let text = file(&timeline(["tides", "purse"], &requests));
    assert_eq!(text.matches("class=\"wf-row\"").count(), 400);
    assert!(text.contains("and 2600 more"), "no count of the rest");
}
