//! The schedule: what is fetched when, as the APIs see it.

use std::time::Duration;

use gather::{Clock, ManualClock};
use gather_records::Viewer;
use gather_sandbox::{Api, Caching, Fault, Sandbox};
use gather_store::OutcomeState;

use crate::world::{Setting, World, until};

const MINUTE: Duration = Duration::from_secs(60);

fn feed(sandbox: &Sandbox, more: &str) -> String {
    format!(
        "[source.wharf]\nfeed = \"{}/atom.xml\"\nevery = \"30m\"\n{more}",
        sandbox.origin(Api::Feeds)
    )
}

fn still() -> ManualClock {
    ManualClock::at(Clock::system().wall())
}

async fn world(config: String, clock: &ManualClock) -> World {
    World::with(Setting {
        config,
        clock: clock.clock(),
        ..Setting::default()
    })
    .await
}

/// Waits until the APIs were asked so often, and what came of it is kept.
async fn asked(sandbox: &Sandbox, world: &World, times: u64) {
    until(&format!("{times} requests"), || async {
        let runs = world.store.runs(&Viewer::Operator, 1000).unwrap();
        let over = runs
            .iter()
            .all(|run| run.status != gather_store::RunStatus::Running);
        sandbox.log(Api::Feeds).total() >= times && over && !runs.is_empty()
    })
    .await;
    assert_eq!(sandbox.log(Api::Feeds).total(), times);
}

/// Moves time on in steps, so that whoever waits for a part of it wakes up in between; not while a request is on its way,
/// which would run into its time limits.
async fn pass(world: &World, clock: &ManualClock, time: Duration) {
    let steps = (time.as_secs() / 30).clamp(1, 400);
    for _ in 0..steps {
        until("nothing is under way", || async {
            let runs = world.store.runs(&Viewer::Operator, 2).unwrap();
            runs.iter()
                .all(|run| run.status != gather_store::RunStatus::Running)
        })
        .await;
        clock.advance(time / u32::try_from(steps).unwrap());
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
}

#[tokio::test]
async fn the_first_run_is_at_once_and_the_next_after_the_interval_and_a_little() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let clock = still();
    let world = world(feed(&sandbox, ""), &clock).await;
    asked(&sandbox, &world, 1).await;
    pass(&world, &clock, 29 * MINUTE).await;
    asked(&sandbox, &world, 1).await;
    pass(&world, &clock, 3 * MINUTE).await;
    asked(&sandbox, &world, 2).await;
}

#[tokio::test]
async fn a_restart_does_not_ask_again_before_it_is_due() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let clock = still();
    let mut first = world(feed(&sandbox, ""), &clock).await;
    asked(&sandbox, &first, 1).await;
    first.stop().await;
    clock.advance(10 * MINUTE);
    let second = first.again(clock.clock()).await;
    pass(&second, &clock, 15 * MINUTE).await;
    asked(&sandbox, &second, 1).await;
    pass(&second, &clock, 7 * MINUTE).await;
    asked(&sandbox, &second, 2).await;
}

#[tokio::test]
async fn a_run_that_cannot_begin_is_tried_again_after_a_while_and_not_at_once() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let clock = still();
    let world = world(feed(&sandbox, ""), &clock).await;
    let mut ana = world.signed_in("ana").await;
    asked(&sandbox, &world, 1).await;
    // Where the lock of the second run is to be, nothing can be written.
    let taken = world.path("gather.db-run-2");
    std::fs::create_dir(&taken).unwrap();
    for _ in 0..70 {
        clock.advance(MINUTE / 2);
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    let now: jiff::Timestamp = clock.clock().wall().try_into().unwrap();
    let mut due = now;
    for _ in 0..400 {
        let sources = ana.get("/api/v1/sources").await.json();
        due = sources["items"][0]["next_due"]
            .as_str()
            .map_or(now, |at| at.parse().unwrap());
        if due > now {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(
        due > now && due.duration_since(now).as_mins() <= 2,
        "{due} at {now}"
    );
    std::fs::remove_dir(&taken).unwrap();
    asked(&sandbox, &world, 1).await;
    pass(&world, &clock, 3 * MINUTE).await;
    asked(&sandbox, &world, 2).await;
}

#[tokio::test]
async fn a_source_that_fails_is_asked_less_and_less_often_and_never_given_up() {
    let sandbox = Sandbox::builder()
        .fault(Api::Feeds, Fault::Html)
        .start()
        .await
        .unwrap();
    let clock = still();
    let world = world(feed(&sandbox, ""), &clock).await;
    asked(&sandbox, &world, 1).await;
    // 30 minutes, an hour, two, four, and never more than six hours.
    for (minutes, times) in [(33, 2), (61, 3), (121, 4), (241, 5), (361, 6), (361, 7)] {
        pass(&world, &clock, (minutes - 12) * MINUTE).await;
        asked(&sandbox, &world, times - 1).await;
        pass(&world, &clock, 12 * MINUTE).await;
        asked(&sandbox, &world, times).await;
    }
    let run = world.store.runs(&Viewer::Operator, 1).unwrap().remove(0);
    assert_eq!(run.outcomes[0].state, Some(OutcomeState::Failed));
}

#[tokio::test]
async fn what_is_gone_for_good_is_asked_no_more() {
    let sandbox = Sandbox::builder()
        .fault(Api::Feeds, Fault::status(410))
        .start()
        .await
        .unwrap();
    let clock = still();
    let world = world(feed(&sandbox, ""), &clock).await;
    asked(&sandbox, &world, 1).await;
    pass(&world, &clock, 12 * 60 * MINUTE).await;
    asked(&sandbox, &world, 1).await;
}

#[tokio::test]
async fn a_key_that_is_refused_three_times_is_not_tried_for_ever() {
    let sandbox = Sandbox::builder()
        .fault(Api::Feeds, Fault::status(401))
        .start()
        .await
        .unwrap();
    let clock = still();
    let mut world = world(feed(&sandbox, ""), &clock).await;
    asked(&sandbox, &world, 1).await;
    pass(&world, &clock, 24 * 60 * MINUTE).await;
    asked(&sandbox, &world, 3).await;
    // After a restart it is tried once, since there may be another key.
    world.stop().await;
    let world = world.again(clock.clock()).await;
    asked(&sandbox, &world, 4).await;
    pass(&world, &clock, 24 * 60 * MINUTE).await;
    asked(&sandbox, &world, 4).await;
}

#[tokio::test]
async fn what_is_fresh_by_its_servers_word_is_left_alone_until_it_is_not() {
    let caching = Caching::none().header("cache-control", "max-age=7200");
    let sandbox = Sandbox::builder()
        .caching(Api::Feeds, caching)
        .start()
        .await
        .unwrap();
    let clock = still();
    let world = world(feed(&sandbox, ""), &clock).await;
    asked(&sandbox, &world, 1).await;
    pass(&world, &clock, 118 * MINUTE).await;
    asked(&sandbox, &world, 1).await;
    let runs = world.store.runs(&Viewer::Operator, 100).unwrap();
    assert_eq!(runs.len(), 1, "there is no run without a request: {runs:?}");
    pass(&world, &clock, 5 * MINUTE).await;
    asked(&sandbox, &world, 2).await;
}

#[tokio::test]
async fn retry_after_moves_the_next_visit() {
    let fault = Fault::status(503).retry_after("10800");
    let sandbox = Sandbox::builder()
        .fault(Api::Feeds, fault.first(1))
        .start()
        .await
        .unwrap();
    let clock = still();
    let world = world(feed(&sandbox, ""), &clock).await;
    asked(&sandbox, &world, 1).await;
    pass(&world, &clock, 178 * MINUTE).await;
    asked(&sandbox, &world, 1).await;
    pass(&world, &clock, 8 * MINUTE).await;
    asked(&sandbox, &world, 2).await;
}

#[tokio::test]
async fn a_changed_file_is_in_force_at_once_and_a_broken_one_never() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let clock = still();
    let world = world(feed(&sandbox, ""), &clock).await;
    asked(&sandbox, &world, 1).await;
    world.configure("[source.wharf]\nfeed = ");
    pass(&world, &clock, 4 * Duration::from_secs(1)).await;
    pass(&world, &clock, 32 * MINUTE).await;
    asked(&sandbox, &world, 2).await;
    let another = format!(
        "[source.pier]\nfeed = \"{}/rss.xml\"\n",
        sandbox.origin(Api::Feeds)
    );
    world.configure(&feed(&sandbox, &another));
    pass(&world, &clock, MINUTE).await;
    until("the new source is fetched", || async {
        sandbox.log((Api::Feeds, "/rss.xml")).total() == 1
    })
    .await;
}

#[tokio::test]
async fn a_slow_source_keeps_no_other_waiting() {
    let sandbox = Sandbox::builder()
        .fault((Api::Feeds, "/rss.xml"), Fault::Hang)
        .start()
        .await
        .unwrap();
    let clock = still();
    let slow = format!(
        "[source.pier]\nfeed = \"{}/rss.xml\"\n",
        sandbox.origin(Api::Feeds)
    );
    let world = world(feed(&sandbox, &slow), &clock).await;
    let good_at = || {
        let states = world.store.source_states(&Viewer::Operator).unwrap();
        states
            .into_iter()
            .find(|state| state.source == "wharf")
            .and_then(|it| it.good_at)
    };
    until("the quick one is kept", || async { good_at().is_some() }).await;
    let outcome = world
        .store
        .runs(&Viewer::Operator, 1)
        .unwrap()
        .remove(0)
        .outcomes;
    let pier = outcome
        .iter()
        .find(|outcome| outcome.source == "pier")
        .unwrap();
    assert_eq!(pier.state, None, "the slow one is still being asked");
}
