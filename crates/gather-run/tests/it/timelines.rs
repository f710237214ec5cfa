//! What a run did with its time is kept with it.

use std::{sync::Arc, time::Duration};

use gather::Clock;
use gather_records::Viewer;
use gather_run::{Phase, RunEventKind, Runner, Timeline};
use gather_sandbox::{Api, Latency, Sandbox};
use gather_store::RunStatus;
use tokio::sync::Semaphore;

use crate::support::{Home, config, plan};

const MS: Duration = Duration::from_millis(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_of_a_run_is_on_its_timeline() {
    let sandbox = Sandbox::builder()
        .latency(Api::HackerNews, Latency::fixed(MS * 60))
        .start()
        .await
        .unwrap();
    let home = Home::new();
    let report = home.run(&config(&sandbox)).await;
    let bytes = home.store.timeline(report.run).unwrap().unwrap();
    assert!(bytes.len() <= Timeline::MOST_BYTES);
    let timeline = Timeline::from_bytes(&bytes).unwrap();
    assert_eq!(timeline.report.requests, report.timeline.report.requests);
    assert_eq!(timeline.wall.as_micros(), report.wall.as_micros());
    let path = timeline.path();
    let lanes = timeline.rows(&path);
    assert_eq!(lanes.len(), 6);
    let listed: usize = lanes.iter().map(|lane| lane.rows.len()).sum();
    assert_eq!(listed, timeline.report.requests);
    for row in lanes.iter().flat_map(|lane| &lane.rows) {
        assert!(
            row.bars.iter().any(|bar| bar.phase == Phase::Keeping),
            "{row:?}"
        );
        assert!(
            row.bars.windows(2).all(|two| two[0].to <= two[1].from),
            "{row:?}"
        );
    }
    // The ids, and then an item: two answers of 60 ms that nothing can be faster than.
    let slow = lanes
        .iter()
        .find(|lane| lane.source.name == "hackernews")
        .unwrap();
    let marked = slow
        .rows
        .iter()
        .filter(|row| !row.on_path.is_empty())
        .count();
    assert!(marked >= 2, "{path:?}");
    assert!(path.spent(Phase::FirstByte) >= MS * 110, "{path:?}");
    let whole: Duration = path.segments.iter().map(|segment| segment.bar.took()).sum();
    assert_eq!(whole, timeline.wall);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_with_few_slots_is_advised_more_by_replay() {
    let sandbox = Sandbox::builder()
        .latency(Api::HackerNews, Latency::fixed(MS * 50))
        .start()
        .await
        .unwrap();
    let text = config(&sandbox).replacen(
        "[source.hackernews]",
        "[source.hackernews]\nin_flight = 4",
        1,
    );
    let home = Home::new();
    let report = home.run(&text).await;
    let bytes = home.store.timeline(report.run).unwrap().unwrap();
    let advice = Timeline::from_bytes(&bytes).unwrap().advice();
    let sentence = advice.first().map(ToString::to_string).unwrap_or_default();
    assert!(
        sentence.starts_with("raise `in_flight` of hackernews from 4 to 8: about "),
        "{advice:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_was_stopped_says_what_was_not_finished() {
    let sandbox = Sandbox::builder()
        .latency(Api::Rates, Latency::fixed(Duration::from_secs(60)))
        .start()
        .await
        .unwrap();
    let home = Home::new();
    let runner = Runner::new(plan(&config(&sandbox)), home.store.clone(), Clock::system()).unwrap();
    let ended = Arc::new(Semaphore::new(0));
    let told = Arc::clone(&ended);
    // Stopped when all but one of six have ended.
    let stop = async move { drop(ended.acquire_many(5).await) };
    let report = runner
        .run(stop, move |event| {
            if matches!(event.kind, RunEventKind::Ended(_)) {
                told.add_permits(1);
            }
        })
        .await
        .unwrap();
    assert_eq!(report.status, RunStatus::Interrupted);
    let bytes = home.store.timeline(report.run).unwrap().unwrap();
    let timeline = Timeline::from_bytes(&bytes).unwrap();
    let path = timeline.path();
    let lanes = timeline.rows(&path);
    let rates = lanes
        .iter()
        .find(|lane| lane.source.name == "frankfurter")
        .unwrap();
    assert_eq!((rates.rows.len(), rates.unfinished), (0, 1));
    let last = path.segments.last().unwrap();
    assert!(
        path.segments
            .iter()
            .any(|one| one.bar.phase == Phase::Unfinished),
        "{last:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_of_somebody_else_is_not_on_the_timeline_that_one_sees() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let text = config(&sandbox).replacen("[source.bank]", "[source.bank]\nowner = \"mara\"", 1);
    let home = Home::new();
    let report = home.run(&text).await;
    let bytes = home.store.timeline(report.run).unwrap().unwrap();
    let whole = Timeline::from_bytes(&bytes).unwrap();
    let names = |timeline: &Timeline| -> Vec<String> {
        let lanes = timeline.rows(&timeline.path());
        lanes.iter().map(|lane| lane.source.name.clone()).collect()
    };
    assert!(names(&whole).contains(&"bank".to_owned()));
    let seen = whole.seen_by(&Viewer::User("odo".to_owned()));
    assert!(!names(&seen).contains(&"bank".to_owned()));
    let bank = sandbox.origin(Api::Bank).to_string();
    assert!(!format!("{seen:?}").contains(&bank));
    let own = whole.seen_by(&Viewer::User("mara".to_owned()));
    assert!(names(&own).contains(&"bank".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_of_one_among_several_is_told_under_the_name_and_owner_of_that_one() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let text = config(&sandbox)
        .replacen("[source.bank]", "[source.bank]\nowner = \"mara\"", 1)
        .replacen(
            "[source.hackernews]",
            "[source.hackernews]\nowner = \"odo\"",
            1,
        );
    let home = Home::new();
    let runner = Runner::new(plan(&text), home.store.clone(), Clock::system()).unwrap();
    for (name, owner) in [("bank", "mara"), ("hackernews", "odo")] {
        let begun = runner.begin(&[name.to_owned()]).await.unwrap();
        let report = begun.go(std::future::pending(), |_| {}).await.unwrap();
        let bytes = home.store.timeline(report.run).unwrap().unwrap();
        let timeline = Timeline::from_bytes(&bytes).unwrap();
        let told = |timeline: &Timeline| -> Vec<_> {
            let lanes = timeline.rows(&timeline.path());
            let filled = lanes.into_iter().filter(|lane| !lane.rows.is_empty());
            filled
                .map(|lane| (lane.source.name.clone(), lane.source.owner.clone()))
                .collect()
        };
        assert_eq!(
            told(&timeline),
            [(name.to_owned(), Some(owner.to_owned()))],
            "{name}"
        );
        let another = Viewer::User("nobody".to_owned());
        assert_eq!(told(&timeline.seen_by(&another)), []);
    }
}
