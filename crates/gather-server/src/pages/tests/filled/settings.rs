//! Settings: what is chosen, which sessions and keys there are.

use askama::Template as _;
use gather_store::{NewApiKey, NewSession, Scope, Theme, UserSettings};

use super::{Household, ago, hides, says};
use crate::pages::settings::{self, Beside};

fn filled(household: &Household, beside: Beside) -> String {
    let mut reader = household.ann("/settings");
    reader.session = household.session();
    let page = settings::fill(&reader, &household.store, beside).unwrap();
    page.render().unwrap()
}

impl Household {
    /// The session of ann that is the youngest.
    fn session(&self) -> Option<gather_store::SessionId> {
        let ann = self.store.user("ann").unwrap().unwrap();
        let times = gather_store::SessionTimes {
            idle: std::time::Duration::MAX,
            absolute: std::time::Duration::MAX,
        };
        let sessions = self.store.sessions(ann.id, super::now(), times).unwrap();
        sessions.first().map(|session| session.id)
    }
}

fn begin(household: &Household, name: &str, digest: u8, minutes: i64, agent: &str) {
    let user = household.store.user(name).unwrap().unwrap();
    household
        .store
        .begin_session(&NewSession {
            user: user.id,
            digest: &[digest; 32],
            at: ago(minutes),
            address: Some("192.0.2.7"),
            agent: Some(agent),
        })
        .unwrap();
}

#[test]
fn settings_show_what_is_chosen_and_only_ones_own_sessions_and_keys() {
    let household = Household::filled();
    let ann = household.store.user("ann").unwrap().unwrap();
    household
        .store
        .set_user_settings(
            ann.id,
            &UserSettings {
                currency: Some("USD".parse().unwrap()),
                time_zone: Some("Europe/Paris".to_owned()),
                theme: Theme::Dark,
            },
        )
        .unwrap();
    begin(&household, "ann", 1, 600, "Mozilla (Windows) Firefox/1");
    begin(&household, "ann", 2, 5, "Mozilla (Linux) Firefox/1");
    begin(&household, "ben", 3, 5, "Mozilla (iPhone) Safari/1");
    // A session that was not used for two weeks has ended.
    begin(
        &household,
        "ann",
        4,
        15 * 24 * 60,
        "Mozilla (Android) Chrome/1",
    );
    let key = |user, name: &'static str, digest: u8| {
        let digest = [digest; 32];
        let new = NewApiKey {
            user,
            name,
            digest: &digest,
            scopes: &[Scope::News, Scope::Money],
            at: ago(90),
            expires_at: Some(ago(10)),
        };
        household.store.add_api_key(&new).unwrap();
    };
    key(ann.id, "kitchen display", 1);
    key(
        household.store.user("ben").unwrap().unwrap().id,
        "bens key",
        2,
    );

    let page = filled(&household, Beside::default());
    says(
        &page,
        &[
            "of ann",
            "as configured: EUR",
            "Firefox on Linux 192.0.2.7",
            "this one",
            "Firefox on Windows",
            "kitchen display news, money 1 h ago never expired on 20 Nov",
        ],
    );
    hides(&page, &["Safari", "Chrome on", "bens key"]);
    assert!(page.contains("<option value=\"USD\" selected>"), "{page}");
    assert!(page.contains("value=\"Europe/Paris\""));
    assert!(page.contains("value=\"dark\" checked"));
    assert!(page.contains("data-theme=\"dark\""));
}

#[test]
fn a_key_is_shown_once_when_it_was_made() {
    let household = Household::new();
    let beside = Beside {
        made: Some(("cron".to_owned(), "gather_secret".to_owned())),
        ..Beside::default()
    };
    says(
        &filled(&household, beside),
        &["The key “cron” was made", "gather_secret"],
    );
    hides(
        &filled(&household, Beside::default()),
        &["gather_secret", "was made"],
    );
}
