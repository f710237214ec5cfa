//! Feeds that no parser should accept and every reader has to.

use std::fmt::Write as _;

use gather_sources::ReadErrorKind;
use proptest::prelude::*;

use crate::feeds::{articles, articles_of, feed, feed_from, rss};

fn item(n: usize) -> String {
    format!(
        "<item><guid>{n}</guid><title>Item {n}</title><link>https://f.example/{n}</link></item>"
    )
}

fn items(range: std::ops::Range<usize>) -> String {
    range.map(item).collect()
}

#[test]
fn case_63_letters_are_read_whatever_is_claimed() {
    let cyrillic = |declared: &str| {
        let mut body = format!("<?xml version=\"1.0\" encoding=\"{declared}\"?>").into_bytes();
        let words = rss("<item><guid>1</guid><title>TITLE</title></item>");
        let (before, after) = words.split_once("TITLE").unwrap();
        body.extend_from_slice(before.as_bytes());
        body.extend_from_slice(b"\xcf\xf0\xe8\xe2\xe5\xf2 \xe2\xf1\xe5\xec");
        body.extend_from_slice(after.as_bytes());
        body
    };
    for (declared, header) in [
        ("UTF-8", Some("text/xml; charset=ISO-8859-1")),
        ("UTF-8", None),
        ("ISO-8859-1", Some("text/html; charset=\"utf-8\"")),
        (
            "windows-1251",
            Some("application/rss+xml; charset=us-ascii"),
        ),
    ] {
        let reading = feed_from("https://f.example/", header, &cyrillic(declared)).unwrap();
        assert!(
            reading.warnings[0].contains("windows-1251"),
            "{declared} {header:?} {:?}",
            reading.warnings
        );
        assert_eq!(
            articles_of(reading)[0].title.as_deref(),
            Some("Привет всем")
        );
    }
    let words = rss("<item><guid>1</guid><title>żółw €</title></item>");
    for (marked, big) in [(true, true), (true, false), (false, true), (false, false)] {
        let units = marked
            .then_some(0xFEFF)
            .into_iter()
            .chain(words.encode_utf16());
        let body: Vec<u8> = units
            .flat_map(|unit: u16| {
                if big {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            })
            .collect();
        let reading = feed_from("https://f.example/", None, &body).unwrap();
        assert_eq!(
            articles_of(reading)[0].title.as_deref(),
            Some("żółw €"),
            "{marked} {big}"
        );
    }
    let late = format!("\u{feff}\n\n  <?xml version=\"1.0\" encoding=\"utf-8\"?>{words}");
    assert_eq!(articles(&late)[0].title.as_deref(), Some("żółw €"));
    let json = "{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[{\"id\":\"1\",\"title\":\"é\"}]}";
    let body: Vec<u8> = json.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let reading = feed_from("https://f.example/", None, &body).unwrap();
    assert_eq!(articles_of(reading)[0].title.as_deref(), Some("é"));
}

#[test]
fn case_64_tag_soup_after_the_thirtieth_item_costs_only_itself() {
    for (soup, lost) in [
        (
            "<item><title>a <b>bold</title><guid>soup</guid></i></item>",
            0,
        ),
        (
            "<item><guid>soup</guid><description>a <br> b <p> c</description></item>",
            0,
        ),
        (
            "<item><guid>soup</guid><title>not closed<link>https://f.example/s</link></item>",
            0,
        ),
        (
            "<item><guid>soup</guid><title>the next item opens at once</title>",
            0,
        ),
        (
            "<item><guid>soup</guid><description><![CDATA[no end</description></item>",
            0,
        ),
        (
            "<item><guid>soup</guid><description><![CDATA[no end</description></item><item><guid>x</guid><description><![CDATA[sound]]></description></item>",
            0,
        ),
        (
            "<item><guid>soup</guid><title>a < b && c <3 </title></item>",
            0,
        ),
        (
            "<item><guid>soup</guid><link href=\"https://f.example/s>x</link><title>t</title></item>",
            0,
        ),
        (
            "<item><guid>soup</guid><title>x</title></channel></item>",
            0,
        ),
        ("<item><guid>soup</guid><!-- no end </item>", 0),
        ("</div></p><item><guid>soup</guid></item>", 0),
        ("<item><guid>soup</guid><title", 1),
        ("<item><guid>soup</guid><title>cut", 1),
    ] {
        let cut = lost > 0;
        let after = if cut { String::new() } else { items(30..35) };
        let mut body = rss(&format!("{}{soup}{after}", items(0..30)));
        if cut {
            body.truncate(body.find("</channel>").unwrap());
        }
        let reading = feed(&body).unwrap();
        assert!(
            reading.warnings[0].contains("ill-formed"),
            "{soup}: {:?}",
            reading.warnings
        );
        assert_eq!(reading.rejected.len(), lost, "{soup}");
        assert_eq!(reading.is_partial(), cut, "{soup}");
        let found = articles_of(reading);
        let ids: Vec<&str> = found.iter().map(|article| article.id.as_str()).collect();
        for n in (0..30).chain(if cut { 0..0 } else { 30..35 }) {
            let place = ids.iter().position(|id| *id == n.to_string());
            let article = &found[place.unwrap_or_else(|| panic!("{n} of {ids:?} after {soup}"))];
            assert_eq!(
                article.title.as_deref(),
                Some(format!("Item {n}").as_str()),
                "{soup}"
            );
        }
        assert_eq!(ids.contains(&"soup"), !cut, "{soup} {ids:?}");
    }
}

#[test]
fn case_64_the_warning_says_where() {
    let reading = feed(&rss(
        "\n<item><guid>1</guid>\n<title>fish & chips</title></item>",
    ))
    .unwrap();
    assert_eq!(
        reading.warnings,
        [
            "the feed is ill-formed: a `&` that begins no entity in line 3, column 13; 1 item could be read"
        ]
    );
    assert!(!reading.is_partial());
    assert!(feed(&rss(&items(0..3))).unwrap().warnings.is_empty());
}

#[test]
fn case_64_entities_and_bytes_that_xml_forbids_are_read_and_told() {
    let reading = feed(&rss(
        "<item><guid>1</guid><title>a&nbsp;b&eacute; &copy; fish & chips &bogus; \u{0}\u{b}\u{1b}[2J&#27;[0m &#146;</title><link>https://f.example/?a=1&b=2&amp;c=3</link></item>",
    ))
    .unwrap();
    assert!(reading.warnings[0].contains("ill-formed"));
    let found = articles_of(reading);
    assert_eq!(
        found[0].title.as_deref(),
        Some("a bé © fish & chips &bogus; [2J[0m ’")
    );
    assert_eq!(
        found[0].url.as_ref().unwrap().as_str(),
        "https://f.example/?a=1&b=2&c=3"
    );
    // With a document type those names may be known: that of RSS 0.91 declares them.
    let declared = format!(
        "<!DOCTYPE rss PUBLIC \"-//Netscape Communications//DTD RSS 0.91//EN\" \"http://my.netscape.com/publish/formats/rss-0.91.dtd\">{}",
        rss("<item><guid>1</guid><title>a&nbsp;b</title></item>")
    );
    let reading = feed(&declared).unwrap();
    assert!(reading.warnings.is_empty(), "{:?}", reading.warnings);
    assert_eq!(articles_of(reading)[0].title.as_deref(), Some("a b"));
}

#[test]
fn messages_of_a_broken_program_before_the_feed_are_passed_over() {
    let reading = feed(&format!(
        "Notice: undefined index in feed.php\n<?xml version=\"1.0\"?>{}",
        rss(&items(0..2))
    ))
    .unwrap();
    assert!(
        reading.warnings[0].contains("36 bytes before the feed"),
        "{:?}",
        reading.warnings
    );
    assert_eq!(reading.records.len(), 2);
}

#[test]
fn case_65_hostile_xml_is_refused_and_nothing_is_fetched() {
    let nested = format!("<rss version=\"2.0\"><channel>{}", "<a>".repeat(100_000));
    let error = feed(&nested).unwrap_err();
    assert!(error.to_string().contains("deeper than"), "{error}");
    let inside = rss(&format!(
        "{}<item><description>{}",
        items(0..30),
        "<div>".repeat(100_000)
    ));
    let reading = feed(&inside).unwrap();
    assert_eq!((reading.records.len(), reading.is_partial()), (30, true));

    let mut laughs = "<!DOCTYPE rss [<!ENTITY a0 \"ha\">".to_owned();
    for n in 1..30 {
        let _ = write!(laughs, "<!ENTITY a{n} \"&a{0};&a{0};\">", n - 1);
    }
    laughs.push_str(
        "]><rss version=\"2.0\"><channel><item><title>&a29;</title></item></channel></rss>",
    );
    for hostile in [
        laughs.as_str(),
        "<!DOCTYPE rss [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><rss><channel><item><title>&x;</title></item></channel></rss>",
        "<!DOCTYPE rss [<!ENTITY nbsp SYSTEM \"file:///etc/passwd\">]><rss><channel><item><title>&nbsp;</title></item></channel></rss>",
    ] {
        let error = feed(hostile).unwrap_err();
        assert_eq!(error.kind(), ReadErrorKind::Malformed);
        assert!(error.to_string().contains("entities of its own"), "{error}");
    }
    // What RSS 1.0 feeds declare to be allowed HTML's names is harmless, and not fetched either.
    let harmless = format!(
        "<!DOCTYPE rdf:RDF [<!ENTITY % HTMLlat1 PUBLIC \"-//W3C//ENTITIES\" \"http://h.example/lat1.ent\"> %HTMLlat1; <!ENTITY copy \"&#169;\">]>{}",
        rss("<item><guid>1</guid><title>&copy; &eacute;</title></item>")
    );
    assert_eq!(articles(&harmless)[0].title.as_deref(), Some("© é"));

    let brackets = format!(
        "{{\"version\":\"https://jsonfeed.org/version/1\",\"items\":{}",
        "[".repeat(100_000)
    );
    assert!(
        feed(&brackets)
            .unwrap_err()
            .to_string()
            .contains("too deep")
    );
}

#[test]
fn case_65_a_document_of_nothing_but_faults_ends() {
    for piece in [
        "<",
        "<!--",
        "<![CDATA[",
        "<a <",
        "<a \"",
        "&",
        "</a>",
        "<?",
        "<!",
        "<item><item ",
        "<!DOCTYPE [",
    ] {
        let body = format!("<rss><channel>{}{}", item(1), piece.repeat(100_000));
        // Whatever is made of it, it is made of it soon.
        if let Ok(reading) = feed(&body) {
            assert!(!reading.warnings.is_empty(), "{piece}");
        }
    }
}

#[test]
fn case_65_what_grows_with_every_item_is_bounded() {
    let long = "x".repeat(1_000_000);
    let found = articles(&format!(
        "<rss xml:base=\"https://b.example/{long}/\"><channel>{}</channel></rss>",
        "<item><link>a</link><description>&lt;p&gt;</description></item>".repeat(5_000)
    ));
    let content = found[0].content.as_ref().unwrap();
    assert!(content.base.as_ref().unwrap().as_str().len() < 2_100);
    let authors: String = (0..50_000)
        .map(|n| format!("<author>a{n}</author>"))
        .collect();
    let found = articles(&rss(&format!("<item><guid>1</guid>{authors}</item>")));
    assert!(found[0].author.as_ref().unwrap().ends_with(", a49"));
    let spaces: String = (0..50_000)
        .map(|n| format!(" xmlns:n{n}=\"urn:{n}\""))
        .collect();
    let body = rss(&"<item><guid>1</guid></item>".repeat(20_000));
    let found = articles(&body.replacen("<rss", &format!("<rss{spaces}"), 1));
    assert_eq!(found.len(), 20_000);
}

#[test]
fn case_69_titles_are_decoded_once_cut_and_without_control_codes() {
    let found = articles(&rss(&format!(
        "<item><guid>1</guid><title>AT&amp;amp;T &lt;b&gt;x&lt;/b&gt; \u{1F600} مرحبا\n=cmd&#10;|x\u{1b}[2J</title></item><item><guid>2</guid><title>{}</title></item>",
        "long".repeat(250_000)
    )));
    assert_eq!(
        found[0].title.as_deref(),
        Some("AT&T x \u{1F600} مرحبا =cmd |x[2J")
    );
    assert_eq!(found[1].title.as_ref().unwrap().chars().count(), 1_001);
}

#[test]
fn a_full_text_is_kept_up_to_a_bound() {
    let long = format!("<p>{}</p>", "word".repeat(250_000));
    let found = articles(&rss(&format!(
        "<item><guid>1</guid><description><![CDATA[{long}]]></description></item>"
    )));
    assert_eq!(found[0].content.as_ref().unwrap().html.len(), 256 * 1024);
    assert_eq!(found[0].summary.as_ref().unwrap().chars().count(), 601);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn a_broken_item_never_costs_its_neighbours(
        soup in proptest::collection::vec(prop_oneof![
            Just("<title>"), Just("</title>"), Just("<b>"), Just("</b>"), Just("<description>"), Just("</description>"),
            Just("&nbsp;"), Just("&"), Just("text"), Just("<br/>"), Just("< "), Just("<guid>"), Just("</guid>"), Just("<x y='z'>"),
            Just("</x>"), Just("<media:title>m</media:title>"), Just("\u{1}"), Just("<item>"), Just("]]>"),
        ], 0..20),
    ) {
        let body = rss(&format!("{}<item>{}</item>{}", item(1), soup.concat(), item(2)));
        let found = articles(&body);
        for n in ["1", "2"] {
            let title = format!("Item {n}");
            prop_assert!(found.iter().any(|a| a.id == n && a.title.as_deref() == Some(&title)), "{}", body);
        }
    }

    #[test]
    fn any_bytes_before_and_after_items_are_survived(
        before in proptest::collection::vec(any::<u8>(), 0..40),
        after in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut body = before;
        body.extend(rss(&item(1)).into_bytes());
        body.extend(after);
        let _ = feed_from("https://f.example/", None, &body);
    }
}

#[test]
fn case_64_nothing_is_lost_behind_a_sign_that_begins_no_element() {
    let body = rss("<item><guid>1</guid><title>I <3 you</title></item>\
         <item><guid>2</guid><title>a <÷b> c</title></item>");
    let titles: Vec<_> = articles(&body).into_iter().map(|it| it.title).collect();
    assert_eq!(
        titles,
        [Some("I <3 you".to_owned()), Some("a <÷b> c".to_owned())]
    );
}

#[test]
fn case_67_an_id_of_nothing_that_can_be_seen_is_no_id() {
    let body = rss("<item><guid>\u{11}</guid><title>Fog</title></item>");
    let ids: Vec<_> = articles(&body).into_iter().map(|it| it.id).collect();
    assert!(ids.len() == 1 && !ids[0].is_empty(), "{ids:?}");
}

#[test]
fn what_is_no_feed_is_told_with_its_place() {
    for (text, place, words) in [
        ("\n  <html><body/></html>", (2, 3), "an HTML page"),
        ("\n words of a proxy", (2, 2), "neither XML nor JSON"),
        ("\n {\"version\":\n}", (3, 1), "at line 3, column 1"),
        ("\n {\"version\" 1}", (2, 13), "at line 2, column 13"),
        ("<?xml version='1.0'?>\n<opml/>", (2, 1), "is `opml`"),
    ] {
        let error = feed(text).unwrap_err();
        assert_eq!(error.position(), Some(place), "{text}: {error}");
        assert!(error.to_string().contains(words), "{text}: {error}");
    }
    let page = feed("<html></html>").unwrap_err();
    assert!(page.hint().unwrap().contains("`gather try URL`"));
    // What is ill-formed and can be read is told with its place in the whole text too.
    let reading = feed(&format!(
        "\n\n{}",
        rss("<item><guid>1</guid><title>a & b</item>")
    ))
    .unwrap();
    assert!(
        reading.warnings[0].contains("in line 3, column"),
        "{:?}",
        reading.warnings
    );
}
