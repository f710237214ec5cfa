//! OAuth2 tokens in runs: one for all requests, one fresh one for all that were refused.

use gather_run::{Plan, RunReport, Runner};
use gather_sandbox::{Api, Fault, Latency, Sandbox};
use gather_sources::Config;
use gather_store::OutcomeState;

use crate::support::{Home, outcome, still};

const TOKENS: (Api, &str) = (Api::Reddit, "/api/v1/access_token");

fn plan(sandbox: &Sandbox) -> Plan {
    let base = sandbox.origin(Api::Reddit);
    // Three lists at once, each of some pages.
    let text = ["hot", "new", "rising"].map(|sort| {
        format!(
            "[source.{sort}]\npreset = \"reddit\"\nbase = \"{base}\"\nparams = {{ sub = \"handtools\", sort = \"{sort}\" }}\n\
             query = {{ limit = \"10\" }}\npages = {{ cursor = \"after\", next = \".data.after\", max = 5 }}\n\
             auth = {{ oauth2 = {{ token = \"{base}/api/v1/access_token\", id = {{ env = \"ID\" }} }} }}\n"
        )
    });
    let config =
        Config::parse(&text.concat(), "gather.toml").unwrap_or_else(|errors| panic!("{errors}"));
    let var = |name: &str| Some(format!("{name}-value"));
    Plan::new(&config, &|secret| gather_run::read_secret(&var, secret))
}

async fn run(home: &Home, sandbox: &Sandbox) -> RunReport {
    home.run_plan(plan(sandbox), still().clock()).await
}

#[tokio::test]
async fn one_token_serves_the_requests_of_a_source_and_the_next_run() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let home = Home::new();
    let runner = Runner::new(plan(&sandbox), home.store.clone(), still().clock()).unwrap();
    let report = runner.run(std::future::pending(), |_| {}).await.unwrap();
    for outcome in &report.outcomes {
        assert_eq!(outcome.state, OutcomeState::Complete, "{outcome:?}");
    }
    assert_eq!(sandbox.log(TOKENS).total(), 3, "one for each source");
    assert!(sandbox.log(Api::Reddit).total() > 9, "and pages");
    runner.run(std::future::pending(), |_| {}).await.unwrap();
    assert_eq!(
        sandbox.log(TOKENS).total(),
        3,
        "which the next run still has"
    );
    assert!(!home.bytes().windows(12).any(|at| at == b"SECRET-value"));
}

#[tokio::test]
async fn case_16_a_token_that_ends_in_mid_list_is_renewed_once_and_the_page_comes_after_all() {
    let whole = Sandbox::builder().start().await.unwrap();
    let expected = {
        let home = Home::new();
        run(&home, &whole).await;
        home.stories().len()
    };
    let sandbox = Sandbox::builder().token_uses(3).start().await.unwrap();
    let home = Home::new();
    let report = run(&home, &sandbox).await;
    for outcome in &report.outcomes {
        assert_eq!(outcome.state, OutcomeState::Complete, "{outcome:?}");
    }
    assert_eq!(
        home.stories().len(),
        expected,
        "nothing lost, nothing double"
    );
    let log = sandbox.log(Api::Reddit);
    let tokens = sandbox.log(TOKENS).total();
    assert!((4..=9).contains(&tokens), "{tokens}");
    let paths = log.requests().iter().filter(|seen| seen.path() != TOKENS.1);
    let mut targets: Vec<_> = paths.map(|seen| seen.target.to_string()).collect();
    let asked = targets.len();
    targets.sort();
    targets.dedup();
    assert!(
        (asked - targets.len()) as u64 <= tokens - 3,
        "each refusal repeats one page"
    );
}

#[tokio::test]
async fn case_16_many_refusals_at_once_share_one_renewal() {
    let sandbox = Sandbox::builder()
        .latency(
            Api::Reddit,
            Latency::fixed(std::time::Duration::from_millis(20)),
        )
        .start()
        .await
        .unwrap();
    let base = sandbox.origin(Api::Reddit);
    // One source with four lists: all four requests are under way with the same token.
    let steps = ["hot", "new", "rising", "top"].map(|sort| {
        format!(
            "[source.r.step.{sort}]\nurl = \"{base}/r/handtools/{sort}?limit=5\"\n\
             [source.r.step.{sort}.article]\neach = \".data.children[]\"\nid = '\"{sort}\" + .data.name'\n\
             title = \".data.title\"\n"
        )
    });
    let text = format!(
        "[source.r]\nkey = {{ env = \"SECRET\" }}\nin_flight = 4\n\
         auth = {{ oauth2 = {{ token = \"{base}/api/v1/access_token\", id = {{ env = \"ID\" }} }} }}\n{}",
        steps.concat()
    );
    let config = Config::parse(&text, "gather.toml").unwrap_or_else(|errors| panic!("{errors}"));
    let var = |name: &str| Some(format!("{name}-value"));
    let plan = Plan::new(&config, &|secret| gather_run::read_secret(&var, secret));
    let home = Home::new();
    let runner = Runner::new(plan, home.store.clone(), still().clock()).unwrap();
    runner.run(std::future::pending(), |_| {}).await.unwrap();
    assert_eq!(sandbox.log(TOKENS).total(), 1);
    sandbox.revoke_tokens();
    let report = runner.run(std::future::pending(), |_| {}).await.unwrap();
    assert_eq!(outcome(&report, "r").state, OutcomeState::Complete);
    assert_eq!(
        sandbox.log(TOKENS).total(),
        2,
        "one renewal for four refusals"
    );
}

#[tokio::test]
async fn case_15_a_token_request_that_may_have_arrived_is_not_repeated() {
    let sandbox = Sandbox::builder()
        .fault(TOKENS, Fault::Close)
        .start()
        .await
        .unwrap();
    let home = Home::new();
    let report = run(&home, &sandbox).await;
    for outcome in &report.outcomes {
        assert_eq!(outcome.state, OutcomeState::Failed);
        let reason = outcome.reason.as_deref().unwrap();
        assert!(reason.contains("no token"), "{reason}");
        assert!(!reason.contains("SECRET-value"), "{reason}");
    }
    assert_eq!(sandbox.log(TOKENS).total(), 3, "once for each source");
    assert_eq!(
        sandbox.log(Api::Reddit).total(),
        3,
        "and nothing was asked without"
    );
}

#[tokio::test]
async fn a_server_that_refuses_every_token_is_not_asked_for_ever() {
    let sandbox = Sandbox::builder().token_uses(0).start().await.unwrap();
    let home = Home::new();
    let report = run(&home, &sandbox).await;
    for outcome in &report.outcomes {
        assert_eq!(outcome.state, OutcomeState::Failed, "{outcome:?}");
    }
    assert!(sandbox.log(Api::Reddit).total() <= 3 * 4);
}
