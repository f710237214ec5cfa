//! Whole runs: real sockets to the sandbox, a real database file.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use gather::Clock;
use gather_records::Viewer;
use gather_run::{RunEventKind, Runner};
use gather_sandbox::{Api, Fault, Latency, Sandbox};
use gather_store::{MoneyQuery, OutcomeState, RunStatus};

use crate::support::{Home, config, plan, state};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_keeps_news_and_money_and_a_second_one_changes_nothing() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let home = Home::new();
    let text = config(&sandbox);
    let first = home.run(&text).await;
    for outcome in &first.outcomes {
        assert_eq!(outcome.state, OutcomeState::Complete, "{outcome:?}");
        assert!(outcome.counts.new > 0, "{outcome:?}");
        assert!(outcome.attempts > 0, "{outcome:?}");
    }
    assert_eq!(first.status, RunStatus::Complete);
    assert_eq!(first.outcomes.len(), 6);
    // Hacker News asks for its list, then for 20 items: two hops.
    assert_eq!(first.timeline.report.requests, 4 + 2 + 21 + 1);
    assert!(first.timeline.report.chain.len() <= 2);
    let stories = home.stories();
    let shared = stories.iter().filter(|story| story.provenances.len() > 1);
    assert!(shared.count() >= 3, "stories of several sources are one");

    let money = home
        .store
        .money(
            &Viewer::Operator,
            &MoneyQuery::new("2026-11-20".parse().unwrap()),
        )
        .unwrap();
    assert_eq!(money.totals[0].to_string(), "12500.00 EUR");

    let second = home.run(&text).await;
    for outcome in &second.outcomes {
        assert_eq!(
            (outcome.counts.new, outcome.counts.changed),
            (0, 0),
            "{outcome:?}"
        );
        // These two say for how long their answers are good.
        let fresh = ["wharf", "frankfurter"].contains(&&*outcome.source);
        let (state, attempts) = match fresh {
            true => (OutcomeState::Unchanged, 0),
            false => (OutcomeState::Complete, outcome.attempts),
        };
        assert_eq!(
            (outcome.state, outcome.attempts),
            (state, attempts),
            "{outcome:?}"
        );
        assert_eq!(outcome.counts.unchanged > 0, !fresh);
    }
    assert_eq!(home.stories(), stories);
    assert_eq!(home.store.runs(&Viewer::Operator, 10).unwrap().len(), 2);
    home.store.check().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_48_a_source_that_hangs_costs_its_own_time_and_nobody_elses_records() {
    let sandbox = Sandbox::builder()
        .fault(Api::Guardian, Fault::Hang)
        .start()
        .await
        .unwrap();
    let home = Home::new();
    let report = home.run(&config(&sandbox)).await;
    assert_eq!(report.status, RunStatus::Partial);
    let failed = report
        .outcomes
        .iter()
        .find(|o| o.source == "guardian")
        .unwrap();
    assert_eq!(failed.state, OutcomeState::Failed);
    let reason = failed.reason.as_deref().unwrap();
    assert!(reason.contains("deadline"), "{reason}");
    assert!(!reason.contains("k-123"), "{reason}");
    assert!(failed.hint.as_deref().unwrap().contains("--deadline"));
    for outcome in report.outcomes.iter().filter(|o| o.source != "guardian") {
        assert_eq!(outcome.state, OutcomeState::Complete, "{outcome:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_of_failing_is_the_sources_own_outcome() {
    let sandbox = Sandbox::builder()
        .fault(Api::Guardian, Fault::Refuse)
        .fault(Api::NewsApi, Fault::Garbage)
        .fault(Api::Feeds, Fault::Truncate)
        .fault(Api::Rates, Fault::status(429).retry_after("3600"))
        .fault((Api::Bank, "/budgets"), Fault::Html)
        .fault((Api::HackerNews, "/v0/item/*"), Fault::Close.every(7))
        .start()
        .await
        .unwrap();
    let home = Home::new();
    let report = home.run(&config(&sandbox)).await;
    assert_eq!(state(&report, "guardian"), OutcomeState::Failed);
    assert_eq!(state(&report, "newsapi"), OutcomeState::Failed);
    assert_eq!(state(&report, "wharf"), OutcomeState::Failed);
    assert_eq!(state(&report, "frankfurter"), OutcomeState::Limited);
    assert_eq!(state(&report, "bank"), OutcomeState::Partial);
    // Every seventh item connection breaks, and a retry cures it.
    assert_eq!(state(&report, "hackernews"), OutcomeState::Complete);
    for outcome in &report.outcomes {
        let told = outcome.reason.is_some();
        assert_eq!(told, outcome.state != OutcomeState::Complete, "{outcome:?}");
    }
    let limited = report
        .outcomes
        .iter()
        .find(|o| o.source == "frankfurter")
        .unwrap();
    assert!(limited.until.is_some(), "{limited:?}");
    let money = home
        .store
        .money(
            &Viewer::Operator,
            &MoneyQuery::new("2026-11-20".parse().unwrap()),
        )
        .unwrap();
    assert_eq!(money.accounts.len(), 2, "what the bank gave is kept");
    assert!(money.budgets.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_key_fails_its_source_alone_and_says_what_to_set() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let home = Home::new();
    let text = config(&sandbox).replacen("\"KEY\"", "\"NO_SUCH_KEY\"", 1);
    let report = home.run(&text).await;
    assert_eq!(report.status, RunStatus::Partial);
    let unready = report
        .outcomes
        .iter()
        .find(|o| o.source == "newsapi")
        .unwrap();
    assert_eq!(unready.state, OutcomeState::Failed);
    assert!(unready.reason.as_deref().unwrap().contains("NO_SUCH_KEY"));
    assert!(unready.hint.as_deref().unwrap().contains("NO_SUCH_KEY"));
    assert_eq!(sandbox.log(Api::NewsApi).total(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_44_a_stopped_run_keeps_what_came_and_says_it_was_interrupted() {
    let sandbox = Sandbox::builder()
        .latency(Api::Guardian, Latency::fixed(Duration::from_secs(60)))
        .start()
        .await
        .unwrap();
    let home = Home::new();
    let text = config(&sandbox).replace("3s", "50s");
    let runner = Runner::new(plan(&text), home.store.clone(), Clock::system()).unwrap();
    let (others_done, stop) = tokio::sync::oneshot::channel();
    let others_done = Mutex::new(Some(others_done));
    let ended = Mutex::new(0);
    let report = runner
        .run(
            async {
                let _ = stop.await;
            },
            move |event| {
                if matches!(event.kind, RunEventKind::Ended(_)) {
                    let mut ended = ended.lock().unwrap();
                    *ended += 1;
                    if *ended == 5 {
                        others_done
                            .lock()
                            .unwrap()
                            .take()
                            .unwrap()
                            .send(())
                            .unwrap();
                    }
                }
            },
        )
        .await
        .unwrap();
    assert_eq!(report.status, RunStatus::Interrupted);
    assert_eq!(report.outcomes.len(), 5);
    assert!(!home.stories().is_empty());
    let stored = home
        .store
        .run(&Viewer::Operator, report.run)
        .unwrap()
        .unwrap();
    assert_eq!(stored.status, RunStatus::Interrupted);
    let again = home.run(&config(&sandbox)).await;
    assert_eq!(state(&again, "hackernews"), OutcomeState::Complete);
    home.store.check().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_tell_each_sources_way_from_request_to_end() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let home = Home::new();
    let events = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&events);
    let text = config(&sandbox);
    let names: Vec<String> = plan(&text).names().map(str::to_owned).collect();
    home.run_with(&text, move |event| heard.lock().unwrap().push(event))
        .await;
    let events = events.lock().unwrap();
    for (source, name) in names.iter().enumerate() {
        let of: Vec<_> = events
            .iter()
            .filter(|event| event.source == source)
            .collect();
        assert!(matches!(of[0].kind, RunEventKind::Request { .. }), "{name}");
        assert!(
            matches!(of[of.len() - 1].kind, RunEventKind::Ended(_)),
            "{name}"
        );
        let mapped = of
            .iter()
            .filter(|e| matches!(e.kind, RunEventKind::Mapped { .. }));
        let kept = of
            .iter()
            .filter(|e| matches!(e.kind, RunEventKind::Kept(_)));
        let (mapped, kept) = (mapped.count(), kept.count());
        assert_eq!(mapped, kept, "{name}");
        assert_eq!(
            kept,
            if name == "hackernews" {
                21
            } else if name == "bank" {
                3
            } else {
                1
            }
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hacker_news_items_are_asked_up_to_twenty_at_a_time() {
    let sandbox = Sandbox::builder()
        .latency(Api::HackerNews, Latency::fixed(Duration::from_millis(200)))
        .start()
        .await
        .unwrap();
    let home = Home::new();
    let report = home.run(&config(&sandbox)).await;
    assert_eq!(state(&report, "hackernews"), OutcomeState::Complete);
    let peak = sandbox
        .log((Api::HackerNews, "/v0/item/*"))
        .peak_in_flight();
    // Any other host has 6; how near a busy machine comes to 20 is its own affair.
    assert!((7..=20).contains(&peak), "{peak}");
}

#[tokio::test]
async fn a_plan_of_named_sources_asks_only_those() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let plan = plan(&config(&sandbox));
    let error = plan.clone().only(&["bnak".to_owned()]).unwrap_err();
    assert!(error.to_string().contains("`bnak`") && error.to_string().contains("`bank`"));
    let only = plan.only(&["bank".to_owned()]).unwrap();
    assert_eq!(only.names().collect::<Vec<_>>(), ["bank"]);
}
