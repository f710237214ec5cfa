//! Every file of the corpus and every text that is made to hurt, read once on each target.

use gather_fuzz::{
    inputs,
    targets::{TARGETS, Target},
};

/// The stack of the threads on which answers are read.
const STACK: usize = 2 << 20;

fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work);
    thread.unwrap().join().unwrap();
}

#[test]
fn the_corpus_of_every_target_is_read_and_its_promises_hold() {
    on_a_small_stack(|| {
        for target in TARGETS {
            for (name, input) in inputs::corpus(target.name).unwrap() {
                if let Err(reason) = target.try_on(&input) {
                    panic!("{}, {name}: {reason}", target.name);
                }
            }
        }
    });
}

#[test]
fn a_link_leads_from_page_to_page() {
    let target = Target::named("links").unwrap();
    let walked = target.try_on(b"</list?page=2>; rel=next").unwrap();
    assert!(
        walked.starts_with("https://pages.example/list?page=2\n"),
        "{walked}"
    );
}

/// One test for each target, since each takes its time where nothing is optimised.
macro_rules! hurts_nothing {
    ($($test:ident $target:literal)*) => {
        $(
            #[test]
            fn $test() {
                hurt($target);
            }
        )*

        #[test]
        fn every_target_is_hurt() {
            let hurt = [$($target),*];
            let all: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(hurt[..], all[..]);
        }
    };
}

hurts_nothing! {
    case_65_camt "camt"
    case_65_config "config"
    case_65_csv "csv"
    case_65_csv_bank "csv-bank"
    case_65_dates "dates"
    case_65_feed "feed"
    case_65_html "html"
    case_65_jq "jq"
    case_65_json "json"
    case_65_json_feed "json-feed"
    case_65_limits "limits"
    case_65_links "links"
    case_65_mapping "mapping"
    case_65_mt940 "mt940"
    case_65_ndjson "ndjson"
    case_65_ofx "ofx"
    case_65_opml "opml"
    case_65_qif "qif"
    case_65_sniff "sniff"
    case_65_token "token"
    case_65_urls "urls"
    case_65_xml "xml"
}

fn hurt(target: &'static str) {
    let target = Target::named(target).unwrap();
    on_a_small_stack(move || {
        for (name, input) in inputs::made_to_hurt() {
            if let Err(reason) = target.try_on(&input) {
                panic!("{}, {name}: {reason}", target.name);
            }
        }
    });
}
