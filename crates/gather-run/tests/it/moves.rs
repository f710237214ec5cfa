//! Addresses that move for good or are gone for good.

use gather::ManualClock;
use gather_run::RunReport;
use gather_sandbox::{Api, Fault, Sandbox};
use gather_store::OutcomeState;

use crate::support::{Home, outcome, plan, still};

struct World {
    sandbox: Sandbox,
    home: Home,
    clock: ManualClock,
    text: String,
}

impl World {
    /// A feed at `/rss.xml`, where `fault` is put.
    async fn new(fault: Fault) -> Self {
        let sandbox = Sandbox::builder()
            .caching(Api::Feeds, gather_sandbox::Caching::none())
            .fault((Api::Feeds, "/rss.xml"), fault)
            .start()
            .await
            .unwrap();
        let text = format!(
            "[source.wharf]\nfeed = \"{}/rss.xml\"\n",
            sandbox.origin(Api::Feeds)
        );
        Self {
            sandbox,
            home: Home::new(),
            clock: still(),
            text,
        }
    }

    async fn run(&self) -> RunReport {
        self.home.run_at(&self.text, &self.clock).await
    }

    /// How often each address has been asked.
    fn asked(&self) -> (u64, u64) {
        let count = |path: &'static str| self.sandbox.log((Api::Feeds, path)).total();
        (count("/rss.xml"), count("/atom.xml"))
    }
}

#[tokio::test]
async fn case_29_a_permanent_move_is_adopted_after_three_runs_and_the_articles_stay() {
    let world = World::new(Fault::redirect(301, "/atom.xml")).await;
    for runs in 1..=3 {
        let report = world.run().await;
        assert_eq!(outcome(&report, "wharf").state, OutcomeState::Complete);
        assert_eq!(world.asked(), (runs, runs));
    }
    let held = world.home.stories();
    let report = world.run().await;
    assert_eq!(world.asked(), (3, 4), "the new address alone");
    let wharf = outcome(&report, "wharf");
    assert_eq!((wharf.counts.new, wharf.counts.changed), (0, 0));
    assert_eq!(world.home.stories(), held);

    // The new address knows nothing of it: the old one may.
    world
        .sandbox
        .set_fault((Api::Feeds, "/atom.xml"), Fault::status(404))
        .await
        .unwrap();
    assert_eq!(
        outcome(&world.run().await, "wharf").state,
        OutcomeState::Failed
    );
    world.run().await;
    assert_eq!(world.asked().0, 4, "and is asked again");
}

#[tokio::test]
async fn case_29_a_move_for_now_changes_nothing() {
    let world = World::new(Fault::redirect(302, "/atom.xml")).await;
    for runs in 1..=5 {
        world.run().await;
        assert_eq!(world.asked(), (runs, runs));
    }
    // Two that are permanent, one for now, and the row begins anew.
    let permanent = || Fault::redirect(308, "/atom.xml");
    let route = (Api::Feeds, "/rss.xml");
    for fault in [
        permanent(),
        permanent(),
        Fault::redirect(307, "/atom.xml"),
        permanent(),
        permanent(),
    ] {
        world.sandbox.set_fault(route, fault).await.unwrap();
        world.run().await;
    }
    world.run().await;
    assert_eq!(world.asked().0, 11);
    world.run().await;
    assert_eq!(world.asked().0, 11, "three in a row");
}

#[tokio::test]
async fn an_address_that_is_gone_is_not_asked_any_more() {
    let world = World::new(Fault::status(410)).await;
    assert_eq!(
        outcome(&world.run().await, "wharf").state,
        OutcomeState::Failed
    );
    let report = world.run().await;
    let wharf = outcome(&report, "wharf");
    assert_eq!((wharf.state, wharf.attempts), (OutcomeState::Failed, 0));
    assert!(
        wharf.reason.as_deref().unwrap().contains("410"),
        "{wharf:?}"
    );
    assert!(wharf.hint.is_some());
    assert_eq!(world.asked().0, 1);

    world
        .sandbox
        .clear_fault((Api::Feeds, "/rss.xml"))
        .await
        .unwrap();
    let anyway = plan(&world.text).revalidate();
    let report = world.home.run_plan(anyway, world.clock.clock()).await;
    assert_eq!(outcome(&report, "wharf").state, OutcomeState::Complete);
    assert_eq!(
        outcome(&world.run().await, "wharf").state,
        OutcomeState::Complete,
        "it is back"
    );
}
