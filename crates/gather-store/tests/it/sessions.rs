//! Sessions and API keys: found by a digest, ended by time and by hand.

use std::time::Duration;

use gather_store::{
    ApiKeyId, ErrorKind, NewApiKey, NewSession, Scope, SessionId, SessionTimes, Store, User,
};

use crate::support::{Fixture, at};

const TIMES: SessionTimes = SessionTimes {
    idle: Duration::from_secs(1_000),
    absolute: Duration::from_secs(5_000),
};

fn begin(store: &Store, user: &User, token: u8, seconds: i64) -> SessionId {
    let new = NewSession {
        user: user.id,
        digest: &[token; 32],
        at: at(seconds),
        address: Some("192.0.2.1"),
        agent: Some("Browser/1"),
    };
    store.begin_session(&new).unwrap()
}

fn key(store: &Store, user: &User, token: u8, expires: Option<i64>) -> ApiKeyId {
    let new = NewApiKey {
        user: user.id,
        name: " script ",
        digest: &[token; 32],
        scopes: &[Scope::Money, Scope::News, Scope::Money],
        at: at(100),
        expires_at: expires.map(at),
    };
    store.add_api_key(&new).unwrap().id
}

#[test]
fn a_session_ends_by_disuse_and_by_age() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let ann = store.add_user("ann", None, at(1)).unwrap();
    begin(store, &ann, 1, 100);
    let found = |seconds| store.session(&[1; 32], at(seconds), TIMES).unwrap();
    assert!(store.session(&[2; 32], at(101), TIMES).unwrap().is_none());
    assert_eq!(found(1_099).unwrap().user, ann);
    assert!(found(1_100).is_none(), "not used for the time allowed");

    for seconds in (900..5_100).step_by(800) {
        let session = found(seconds).unwrap();
        store.touch_session(&session, at(seconds)).unwrap();
    }
    assert_eq!(store.count_sessions(at(5_099), TIMES).unwrap(), 1);
    assert!(found(5_099).is_some());
    assert!(found(5_100).is_none(), "older than any session gets");
    assert_eq!(store.drop_ended_sessions(at(5_100), TIMES).unwrap(), 1);
}

#[test]
fn that_a_session_is_used_is_noted_once_a_minute_and_never_back_in_time() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let ann = store.add_user("ann", None, at(1)).unwrap();
    begin(store, &ann, 1, 100);
    let now = |seconds| {
        store
            .session(&[1; 32], at(seconds), TIMES)
            .unwrap()
            .unwrap()
    };
    store.touch_session(&now(150), at(150)).unwrap();
    assert_eq!(now(150).seen_at, at(100));
    store.touch_session(&now(160), at(160)).unwrap();
    assert_eq!(now(160).seen_at, at(160));
    store.touch_session(&now(160), at(40)).unwrap();
    assert_eq!(now(160).seen_at, at(160));
}

#[test]
fn a_user_ends_their_own_sessions_and_no_others() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let ann = store.add_user("ann", None, at(1)).unwrap();
    let bob = store.add_user("bob", None, at(1)).unwrap();
    let (one, two) = (begin(store, &ann, 1, 100), begin(store, &ann, 2, 110));
    let other = begin(store, &bob, 3, 100);
    let listed = |user: &User| -> Vec<SessionId> {
        let sessions = store.sessions(user.id, at(200), TIMES).unwrap();
        sessions.into_iter().map(|session| session.id).collect()
    };
    assert_eq!(listed(&ann), [two, one]);
    assert!(!store.end_session(ann.id, other).unwrap());
    assert!(store.end_session(ann.id, one).unwrap());
    assert!(!store.end_session(ann.id, one).unwrap());
    assert_eq!((listed(&ann), listed(&bob)), (vec![two], vec![other]));

    let three = begin(store, &ann, 4, 120);
    store.set_password(ann.id, "$new", Some(three)).unwrap();
    assert_eq!(
        listed(&ann),
        [three],
        "a new password ends the other sessions"
    );
    assert_eq!(store.password_hash("ANN").unwrap().unwrap().1, "$new");
    assert_eq!(store.end_sessions(ann.id, None).unwrap(), 1);
    assert!(store.remove_user(bob.id).unwrap());
    assert!(store.session(&[3; 32], at(200), TIMES).unwrap().is_none());
}

#[test]
fn an_api_key_is_found_until_it_expires_or_is_revoked() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let ann = store.add_user("ann", None, at(1)).unwrap();
    let bob = store.add_user("bob", None, at(1)).unwrap();
    let (lasting, brief) = (key(store, &ann, 1, None), key(store, &ann, 2, Some(200)));
    let (found, user) = store.api_key(&[1; 32], at(150)).unwrap().unwrap();
    assert_eq!(
        (found.id, found.name.as_str(), user),
        (lasting, "script", ann.clone())
    );
    assert_eq!(found.scopes, [Scope::News, Scope::Money]);
    assert!(store.api_key(&[2; 32], at(199)).unwrap().is_some());
    assert!(store.api_key(&[2; 32], at(200)).unwrap().is_none());
    store.touch_api_key(&found, at(150)).unwrap();
    let listed = store.api_keys(ann.id).unwrap();
    assert_eq!(
        listed.iter().map(|key| key.id).collect::<Vec<_>>(),
        [brief, lasting]
    );
    assert_eq!(listed[1].used_at, Some(at(150)));

    assert!(!store.revoke_api_key(bob.id, lasting).unwrap());
    assert!(store.revoke_api_key(ann.id, lasting).unwrap());
    assert!(store.api_key(&[1; 32], at(150)).unwrap().is_none());
}

#[test]
fn a_key_without_a_name_or_a_scope_is_refused() {
    let fixture = Fixture::new();
    let ann = fixture.store.add_user("ann", None, at(1)).unwrap();
    let refused = |name: &str, scopes: &[Scope]| {
        let new = NewApiKey {
            user: ann.id,
            name,
            digest: &[7; 32],
            scopes,
            at: at(1),
            expires_at: None,
        };
        let error = fixture.store.add_api_key(&new).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidUser);
        error.to_string()
    };
    assert!(refused("  ", &[Scope::News]).contains("name"));
    assert!(refused(&"x".repeat(101), &[Scope::News]).contains("name"));
    assert!(refused("ok", &[]).contains("scope"));
}
