//! What was fetched and how it went: the runs, one run with its waterfall, the sources.

use std::time::Duration;

use gather_records::Viewer;
use gather_sandbox::{Api, Fault, Latency, Sandbox};

use super::{
    Chromium, Look,
    told::{feed, house},
};
use crate::world::{Setting, World};

/// A run of many requests to one host, which lets only a few of them in at once.
async fn many_requests() -> (Sandbox, World) {
    // Long beside what a busy machine adds, so that the run can be told from its waits.
    let latency = Latency::fixed(Duration::from_millis(200));
    let sandbox = Sandbox::builder()
        .latency(Api::HackerNews, latency)
        .start()
        .await
        .unwrap();
    let config = format!(
        "[source.hackernews]\nbase = \"{}\"\nin_flight = 3\n\n[source.harbour]\nfeed = \"{}/rss.xml\"\n",
        sandbox.origin(Api::HackerNews),
        sandbox.origin(Api::Feeds),
    );
    let world = World::with(Setting {
        config,
        ..Setting::default()
    })
    .await;
    world.runs_are_over(1).await;
    (sandbox, world)
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn a_run_shows_where_its_time_went_and_what_would_have_shortened_it() {
    let (_sandbox, world) = many_requests().await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.sign_in("ana").await;
    chromium.goto("/runs").await;
    assert_eq!(chromium.count(".runs tbody tr").await, 1);
    assert!(chromium.text(".runs .ended").await.contains("complete"));
    chromium.press(".runs tbody th a").await;
    chromium.arrives("/runs/1").await;

    chromium.shows(".waterfall svg.wf").await;
    let run = world.store.runs(&Viewer::Operator, 1).unwrap().remove(0);
    let attempts: u32 = run.outcomes.iter().map(|one| one.attempts).sum();
    let rows = chromium.count(".wf-row").await;
    assert_eq!(rows, usize::try_from(attempts).unwrap(), "a row a request");
    let drawn = "const page = document.querySelector('.waterfall').getBoundingClientRect();
        const bars = [...document.querySelectorAll('.wf-row rect')].map((bar) => bar.getBoundingClientRect());
        return [bars.filter((bar) => bar.width > 2).length, bars.every((bar) => bar.left >= page.left - 1)]";
    let drawn = chromium.script(drawn).await;
    assert!(drawn[0].as_u64().unwrap() >= u64::from(attempts), "{drawn}");
    assert_eq!(drawn[1], true);
    assert!(chromium.count(".wf-critical").await > 0);
    assert!(chromium.count(".wf-link").await > 0);
    let advice = chromium.text(".advice").await;
    assert!(
        advice.starts_with("Raise `in_flight` of hackernews from 3 to 6: about "),
        "{advice}"
    );
    assert!(
        chromium.text(".run-line").await.contains(" of waiting, "),
        "{}",
        chromium.text("main").await
    );
    // A row says its figures to whoever reaches it by the keyboard.
    let tips = "return [...document.querySelectorAll('.wf-tip')]
        .filter((tip) => getComputedStyle(tip).visibility === 'visible').map((tip) => tip.textContent)";
    assert_eq!(chromium.script(tips).await, serde_json::json!([]));
    chromium.press(".path summary").await;
    chromium.keys("\u{e008}\u{e004}\u{e008}").await;
    chromium
        .until("the last row has the focus", || async {
            chromium
                .script("return document.activeElement.matches('.wf-row')")
                .await
                == true
        })
        .await;
    let said = chromium.script(tips).await;
    assert_eq!(said.as_array().unwrap().len(), 1, "{said}");
    assert!(said[0].as_str().unwrap().contains(" ms"), "{said}");
    assert!(chromium.count(".path tbody tr").await > 1);
    chromium.is_accessible().await;
    assert_eq!(chromium.complaints().await, Vec::<String>::new());
}

/// Why the latest outcome of a source is no better, as it is stored.
fn reason(world: &World, source: &str) -> String {
    let states = world.store.source_states(&Viewer::Operator).unwrap();
    let state = states.into_iter().find(|state| state.source == source);
    state.unwrap().last.unwrap().reason.unwrap_or_default()
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn a_source_is_fetched_now_and_a_failure_is_told_with_its_reason_until_it_is_over() {
    let stories = [(1, "Lido to open in May")];
    let (sandbox, world) = house(&stories).await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.sign_in("ana").await;
    chromium.goto("/sources").await;
    let row = "form[action=\"/sources/wharf/fetch\"]";
    let how = format!(".sources tr:has({row}) .how");
    chromium.reads(&how, "well").await;
    let news = (Api::Feeds, "/rss.xml");
    sandbox.set_fault(news, Fault::Html).await.unwrap();
    chromium.press(&format!("{row} button")).await;
    chromium.reads(".banner", "It is being fetched").await;
    world.runs_are_over(2).await;
    chromium.reads(&how, "failed").await;
    let reason = reason(&world, "wharf");
    assert!(!reason.is_empty());
    assert!(chromium.text(".sources .under").await.contains(&reason));
    chromium.is_accessible().await;
    // Only the one that was asked for was asked.
    assert_eq!(sandbox.log((Api::Bank, "/accounts")).total(), 1);

    chromium
        .press(".sources .acts a[href=\"/sources/wharf\"]")
        .await;
    chromium.arrives("/sources/wharf").await;
    chromium.reads(".head-words", "failed").await;
    chromium.reads(".lead", &reason).await;
    chromium.goto("/").await;
    chromium.reads(".strip", "wharf").await;
    assert!(
        chromium
            .text(".strip .chip-note.alarm")
            .await
            .starts_with(&reason[..20]),
        "{}",
        chromium.text(".strip").await
    );
    // What it brought before is there all the same.
    assert_eq!(chromium.text(".headline").await, stories[0].1);

    sandbox.set_fault(news, feed(&stories)).await.unwrap();
    chromium.goto("/sources/wharf").await;
    chromium.press(".head form button").await;
    chromium.reads(".banner", "It is being fetched").await;
    world.runs_are_over(3).await;
    chromium
        .reads(".outcomes tbody tr:first-child .how", "complete")
        .await;
    chromium.goto("/sources").await;
    chromium.reads(&how, "well").await;
    // A console tells failures of requests that the page made: none was.
    assert_eq!(chromium.complaints().await, Vec::<String>::new());
}
