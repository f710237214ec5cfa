//! Banks and rates over real HTTP: a setup token is claimed, accounts come with their errors, nothing is noted.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use gather::{Clock, ManualClock};
use gather_records::Viewer;
use gather_run::{Plan, RunReport, claim};
use gather_sandbox::{Api, Caching, Fault, Sandbox, Tag};
use gather_sources::{AccessUrl, Config, SecretRef};
use gather_store::{MoneyOverview, MoneyQuery, OutcomeState, RunStatus};
use secrecy::SecretString;

use crate::support::{Home, outcome};

/// The day of the sandbox's data.
const NOW: &str = "2026-11-20T10:00:00Z";

async fn claimed(sandbox: &Sandbox, name: &str) -> AccessUrl {
    let url = format!("{}/claim/{name}", sandbox.origin(Api::SimpleFin));
    let token = SecretString::from(BASE64_STANDARD.encode(url));
    claim(&token, Clock::system()).await.unwrap()
}

/// A plan that finds the access URL in the vault, and another key in the environment.
fn plan(text: &str, access: Option<&AccessUrl>) -> Plan {
    let config = Config::parse(text, "gather.toml").unwrap_or_else(|errors| panic!("{errors}"));
    Plan::new(&config, &|secret| match (secret, access) {
        (SecretRef::Vault { .. }, Some(access)) => Ok(access.secret().clone()),
        (SecretRef::Env(_), _) => Ok("k-123".into()),
        _ => Err("is not there".to_owned()),
    })
}

async fn run(home: &Home, text: &str, access: Option<&AccessUrl>) -> RunReport {
    let clock = ManualClock::at(NOW.parse::<jiff::Timestamp>().unwrap().into());
    home.run_plan(plan(text, access), clock.clock()).await
}

fn money(home: &Home) -> MoneyOverview {
    let mut query = MoneyQuery::new("2026-11-20".parse().unwrap());
    query.limit = 1_000;
    home.store.money(&Viewer::Operator, &query).unwrap()
}

#[tokio::test]
async fn a_claimed_bank_gives_its_accounts_and_what_moved_in_44_days() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    for (name, id) in [("demo", "CON-1/ACT-1"), ("v1", "ACT-1")] {
        let access = claimed(&sandbox, name).await;
        let home = Home::new();
        let report = run(&home, "[source.simplefin]", Some(&access)).await;
        let bank = outcome(&report, "simplefin");
        // Without a first day the server would show one day, and say so.
        assert_eq!(
            (bank.state, bank.reason.as_deref()),
            (OutcomeState::Complete, None)
        );
        assert_eq!(bank.attempts, 1);
        let money = money(&home);
        let ids: Vec<&str> = money
            .accounts
            .iter()
            .map(|account| account.id.as_str())
            .collect();
        assert!(ids.contains(&id) && ids.len() == 2, "{ids:?}");
        let first = "2026-10-07".parse().unwrap();
        let days = money.transactions.iter().filter_map(|row| row.date);
        assert!(days.clone().all(|day| day >= first), "44 days");
        assert!(days.min().unwrap() < "2026-10-20".parse().unwrap());
        assert_eq!(
            money.transactions.iter().filter(|row| row.pending).count(),
            2
        );
    }
}

#[tokio::test]
async fn case_71_what_is_wrong_with_one_account_is_told_and_the_others_are_kept() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let access = claimed(&sandbox, "troubled").await;
    let home = Home::new();
    let report = run(&home, "[source.simplefin]", Some(&access)).await;
    assert_eq!(report.status, RunStatus::Partial);
    let bank = outcome(&report, "simplefin");
    assert_eq!(bank.state, OutcomeState::Partial);
    let reason = bank.reason.as_deref().unwrap();
    assert!(
        reason.contains("Kestrel Cards: Log in again")
            && reason.contains("Savings (ACT-2): No answer yet"),
        "{reason}"
    );
    assert_eq!((money(&home).accounts.len(), bank.counts.rejected), (2, 1));
    // The currency has an address, and nobody asked it.
    assert_eq!(sandbox.log(Api::SimpleFin).total(), 2);
}

#[tokio::test]
async fn case_39_of_a_banks_answer_nothing_is_noted_and_no_credential_is_kept() {
    let caching = Caching::none()
        .etag(Tag::Text("\"tell-tale-tag\"".to_owned()))
        .header("cache-control", "no-store, max-age=86400");
    let sandbox = Sandbox::builder()
        .caching((Api::SimpleFin, "/demo/accounts"), caching)
        .start()
        .await
        .unwrap();
    let access = claimed(&sandbox, "demo").await;
    let home = Home::new();
    for _ in 0..2 {
        let report = run(&home, "[source.simplefin]", Some(&access)).await;
        assert_eq!(
            outcome(&report, "simplefin").attempts,
            1,
            "it was asked each time"
        );
    }
    let bytes = home.bytes();
    let pair = BASE64_STANDARD.encode("sandbox-user:sandbox-word");
    for secret in ["tell-tale-tag", "sandbox-word", "sandbox-user", &pair] {
        let found = bytes
            .windows(secret.len())
            .any(|at| at == secret.as_bytes());
        assert!(!found, "{secret} stands in the database");
    }
}

#[tokio::test]
async fn a_bank_that_refuses_says_what_to_do_and_shows_nothing_secret() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let access = claimed(&sandbox, "demo").await;
    for (status, state, hint) in [
        (402, OutcomeState::Failed, "wants to be paid"),
        (403, OutcomeState::Failed, "make a new setup token"),
        (429, OutcomeState::Limited, "24 requests a day"),
    ] {
        let fault = Fault::status(status)
            .body("no: sandbox-user:sandbox-word")
            .retry_after("3600");
        sandbox.set_fault(Api::SimpleFin, fault).await.unwrap();
        let report = run(&Home::new(), "[source.simplefin]", Some(&access)).await;
        let bank = outcome(&report, "simplefin");
        let told = format!("{:?} {:?}", bank.reason, bank.hint);
        assert_eq!(bank.state, state, "{told}");
        assert!(told.contains(hint), "{told}");
        assert!(!told.contains("sandbox-word"), "{told}");
    }
}

#[tokio::test]
async fn four_sources_of_rates_agree_on_what_they_are_asked() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let text = format!(
        r#"
        [source.frankfurter]
        base = "{rates}"
        [source.frankfurter-v2]
        base = "{rates}"
        query.from = {{ days_ago = 7 }}
        [source.ecb]
        base = "{ecb}"
        [source.ecb-history]
        base = "{ecb}"
        [source.openexchangerates]
        base = "{open}"
        step.usage.skip = false
        "#,
        rates = sandbox.origin(Api::Rates),
        ecb = sandbox.origin(Api::Ecb),
        open = sandbox.origin(Api::OpenExchange),
    );
    let home = Home::new();
    let report = run(&home, &text, None).await;
    for outcome in &report.outcomes {
        assert_eq!(outcome.state, OutcomeState::Complete, "{outcome:?}");
        assert_eq!(outcome.counts.rejected, 0, "{outcome:?}");
    }
    let new = |source: &str| outcome(&report, source).counts.new;
    assert_eq!(
        [
            "frankfurter",
            "frankfurter-v2",
            "ecb",
            "ecb-history",
            "openexchangerates"
        ]
        .map(new),
        // 29 currencies beside the euro: of a day, of five days, of 65 days.
        [29, 145, 29, 1_885, 29]
    );
    assert_eq!(sandbox.log(Api::OpenExchange).total(), 2);
}
