//! Header sets of each dialect, and what is made of them.

use http::{HeaderName, HeaderValue};
use proptest::prelude::*;

use super::*;
use crate::retry;

const OK: StatusCode = StatusCode::OK;
const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
const TOO_MANY: StatusCode = StatusCode::TOO_MANY_REQUESTS;

fn now() -> SystemTime {
    httpdate::parse_http_date("Sat, 21 Nov 2026 00:00:00 GMT").unwrap()
}

/// Lines as they stand on the wire.
fn headers(lines: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        headers.append(
            HeaderName::try_from(name).unwrap(),
            HeaderValue::try_from(value).unwrap(),
        );
    }
    headers
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// What is left and how many seconds until the reset.
fn told(lines: &[&str], status: StatusCode) -> Option<(u64, Option<u64>)> {
    read(&headers(lines), status, now())
        .map(|advice| (advice.remaining, advice.reset.map(|reset| reset.as_secs())))
}

#[test]
fn every_dialect_is_read() {
    let policy = r#"RateLimit-Policy: "burst";q=100;w=60,"daily";q=1000;w=86400"#;
    for (lines, expected) in [
        // From draft -08 on.
        (
            &[policy, r#"RateLimit: "burst";r=50;t=30"#][..],
            (50, Some(30)),
        ),
        (
            &[
                policy,
                r#"RateLimit: "burst";r=50;t=30, "daily";r=7;t=3000"#,
            ],
            (7, Some(3000)),
        ),
        (
            &[
                policy,
                r#"RateLimit: "burst";r=0;t=5"#,
                r#"RateLimit: "daily";r=0;t=900"#,
            ],
            (0, Some(900)),
        ),
        (
            &[r#"RateLimit: "default";r=3;t=5;pk=:c3R1Zg==:;comment=?0"#],
            (3, Some(5)),
        ),
        (&[policy, r#"RateLimit: "burst";r=9"#], (9, Some(60))),
        (&[policy, r#"RateLimit: "daily";r=9"#], (9, None)),
        // Draft -07.
        (
            &[
                "RateLimit: limit=100, remaining=50, reset=30",
                "RateLimit-Policy: 100;w=60",
            ],
            (50, Some(30)),
        ),
        // Drafts -00 to -06.
        (
            &[
                "RateLimit-Limit: 100, 100;w=60",
                "RateLimit-Remaining: 50",
                "RateLimit-Reset: 30",
            ],
            (50, Some(30)),
        ),
        // GitHub.
        (
            &[
                "x-ratelimit-limit: 60",
                "x-ratelimit-remaining: 12",
                "x-ratelimit-reset: 1795219800",
                "x-ratelimit-used: 48",
                "x-ratelimit-resource: core",
            ],
            (12, Some(600)),
        ),
        // Kong.
        (
            &[
                "X-RateLimit-Remaining-day: 4000",
                "X-RateLimit-Remaining-minute: 8",
            ],
            (8, Some(60)),
        ),
        (
            &[
                "X-RateLimit-Remaining-day: 0",
                "X-RateLimit-Remaining-second: 1",
            ],
            (0, None),
        ),
        (
            &[
                "X-RateLimit-Remaining-minute: 0",
                "RateLimit-Remaining: 0",
                "RateLimit-Reset: 13",
            ],
            (0, Some(13)),
        ),
        (&["X-RateLimit-Remaining-month: 3"], (3, None)),
        // The rest.
        (
            &[
                "X-Rate-Limit-Remaining: 5",
                "X-Rate-Limit-Reset: Sat, 21 Nov 2026 00:02:00 GMT",
            ],
            (5, Some(120)),
        ),
        (
            &[
                "X-Rate-Limit-Remaining: 5",
                "X-Rate-Limit-Reset: 2026-11-21T00:02:00Z",
            ],
            (5, Some(120)),
        ),
        (&["X-API-Quota-Left: 148.5"], (148, None)),
        (
            &[
                "HTTP_X_RATELIMIT_REMAINING: 97",
                "HTTP_X_RATELIMIT_RESET: 42",
            ],
            (97, Some(42)),
        ),
    ] {
        assert_eq!(told(lines, OK), Some(expected), "{lines:?}");
    }
}

#[test]
fn case_06_403_with_nothing_left_is_a_rate_limit_until_its_epoch_second() {
    let used_up = headers(&[
        "x-ratelimit-limit: 60",
        "x-ratelimit-remaining: 0",
        "x-ratelimit-reset: 1795220700",
    ]);
    assert!(is_rate_limit(FORBIDDEN, &used_up));
    let advice = read(&used_up, FORBIDDEN, now()).unwrap();
    assert_eq!(pause(&advice), Some(secs(1500)));

    for forbidden in [
        &[][..],
        &[
            "x-ratelimit-remaining: 4999",
            "x-ratelimit-reset: 1795220700",
        ],
    ] {
        assert!(
            !is_rate_limit(FORBIDDEN, &headers(forbidden)),
            "{forbidden:?}"
        );
    }
    assert!(is_rate_limit(TOO_MANY, &headers(&[])));
    assert!(!is_rate_limit(StatusCode::UNAUTHORIZED, &used_up));
    assert!(!is_rate_limit(OK, &used_up));
    assert!(is_rate_limit(
        FORBIDDEN,
        &headers(&["x-ratelimit-remaining: 0", "x-ratelimit-reset: soon"])
    ));
}

#[test]
fn case_07_a_secondary_limit_is_told_by_the_body_and_waited_out_ever_longer() {
    let message = br#"{"message":"You have exceeded a Secondary Rate Limit. Please wait"}"#;
    assert!(names_secondary_limit(FORBIDDEN, message));
    assert!(names_secondary_limit(TOO_MANY, message));
    assert!(names_secondary_limit(
        FORBIDDEN,
        b"You have triggered an abuse detection mechanism"
    ));
    assert!(!names_secondary_limit(OK, message));
    assert!(!names_secondary_limit(
        FORBIDDEN,
        br#"{"message":"Resource not accessible"}"#
    ));
    assert!(!names_secondary_limit(FORBIDDEN, b""));
    let far = [&[b' '; 2048][..], message].concat();
    assert!(!names_secondary_limit(FORBIDDEN, &far));

    assert!(is_rate_limit(FORBIDDEN, &headers(&["retry-after: 60"])));
    let pauses: Vec<u64> = [0, 1, 2, 3, 7, u32::MAX]
        .map(|refusals| secondary_pause(refusals).as_secs())
        .into();
    assert_eq!(pauses, [60, 60, 120, 240, 3600, 3600]);
}

#[test]
fn case_08_epoch_milliseconds_are_not_seconds() {
    for (reset, expected) in [
        ("1795219260000", Some(60)),
        ("1763625600000", Some(0)),
        ("1795220000000000", None),
    ] {
        let reset = format!("x-ratelimit-reset: {reset}");
        let lines = ["x-ratelimit-remaining: 0", &reset];
        assert_eq!(told(&lines, TOO_MANY), Some((0, expected)), "{reset}");
    }
}

#[test]
fn case_09_reddit_counts_in_fractions_and_resets_in_seconds() {
    let lines = [
        "x-ratelimit-used: 1",
        "x-ratelimit-remaining: 599.0",
        "x-ratelimit-reset: 293",
    ];
    assert_eq!(told(&lines, OK), Some((599, Some(293))));
    let advice = read(&headers(&lines), OK, now()).unwrap();
    assert_eq!(pause(&advice), None);
}

#[test]
fn case_10_a_malformed_ratelimit_is_ignored_and_retry_after_is_read_beside_it() {
    for malformed in [
        r#"RateLimit: "default";r=x"#,
        r#"RateLimit: "default";r=-1;t=5"#,
        r#"RateLimit: "default";r=1.5"#,
        r#"RateLimit: "default";t=5"#,
        r#"RateLimit: "default";r=0;t=soon"#,
        r#"RateLimit: "default";r=0;pk=1"#,
        r#"RateLimit: default;r=0"#,
        r#"RateLimit: ("a" "b");r=0"#,
        r#"RateLimit: "a";r=0, "b""#,
        r#"RateLimit: "a";r=0,"#,
        "RateLimit: limit=100, remaining=0",
        "RateLimit: limit=100, remaining=0, reset=x",
        "RateLimit: 0",
        "RateLimit: é",
    ] {
        let headers = headers(&[malformed, "retry-after: 7"]);
        assert_eq!(read(&headers, TOO_MANY, now()), None, "{malformed}");
        assert_eq!(
            retry::retry_after(&headers, now()),
            Some(secs(7)),
            "{malformed}"
        );
    }
}

#[test]
fn a_malformed_policy_leaves_the_limit_without_a_window() {
    for policy in [
        r#"RateLimit-Policy: "a";w=60"#,
        r#"RateLimit-Policy: "a";q=1;w=0"#,
        r#"RateLimit-Policy: "a";q=1;qu=1;w=60"#,
        r#"RateLimit-Policy: "a";q=-1;w=60"#,
        r#"RateLimit-Policy: (1);w=60"#,
        r#"RateLimit-Policy: "b";q=1;w=60"#,
    ] {
        let headers = headers(&[r#"RateLimit: "a";r=0;t=500"#, policy]);
        let advice = read(&headers, OK, now()).unwrap();
        assert_eq!(
            (advice.reset, advice.window),
            (Some(secs(500)), None),
            "{policy}"
        );
    }
}

#[test]
fn quotas_of_other_units_do_not_count_requests() {
    let bytes = r#"RateLimit-Policy: "a";q=1000000;qu="content-bytes";w=60"#;
    assert_eq!(told(&[bytes, r#"RateLimit: "a";r=20000;t=5"#], OK), None);
    assert_eq!(
        told(&[bytes, r#"RateLimit: "a";r=0;t=5"#], OK),
        Some((0, Some(5)))
    );
    let flight = r#"RateLimit-Policy: "a";q=10;qu="concurrent-requests""#;
    assert_eq!(told(&[flight, r#"RateLimit: "a";r=0;t=5"#], OK), None);
}

#[test]
fn a_reset_beyond_its_window_or_a_day_is_not_believed() {
    for lines in [
        &[
            r#"RateLimit: "a";r=0;t=61"#,
            r#"RateLimit-Policy: "a";q=9;w=60"#,
        ][..],
        &[
            "RateLimit: limit=9, remaining=0, reset=61",
            "RateLimit-Policy: 9;w=60, 100;w=3600",
        ],
        &[
            "RateLimit-Limit: 9, 9;w=60",
            "RateLimit-Remaining: 0",
            "RateLimit-Reset: 61",
        ],
        &["x-ratelimit-remaining: 0", "x-ratelimit-reset: 86401"],
        &["x-ratelimit-remaining: 0", "x-ratelimit-reset: 1795305601"],
        &["x-ratelimit-remaining: 0", "x-ratelimit-reset: soon"],
        &[
            "x-ratelimit-remaining: 0",
            "x-ratelimit-reset: 5",
            "x-ratelimit-reset: 6",
        ],
    ] {
        assert_eq!(told(lines, TOO_MANY), Some((0, None)), "{lines:?}");
        let advice = read(&headers(lines), TOO_MANY, now()).unwrap();
        assert_eq!(pause(&advice), None, "{lines:?}");
    }
}

#[test]
fn an_instant_is_compared_with_the_servers_own_clock() {
    // Ours says midnight; theirs is ten minutes ahead.
    let lines = [
        "date: Sat, 21 Nov 2026 00:10:00 GMT",
        "x-ratelimit-remaining: 0",
        "x-ratelimit-reset: 1795219807",
    ];
    assert_eq!(told(&lines, TOO_MANY), Some((0, Some(7))));
}

#[test]
fn what_a_cache_kept_says_nothing_about_now() {
    let kept = [
        "age: 12",
        "x-ratelimit-remaining: 0",
        "x-ratelimit-reset: 60",
    ];
    assert_eq!(told(&kept, OK), None);
    let fresh = [
        "age: 0",
        "x-ratelimit-remaining: 0",
        "x-ratelimit-reset: 60",
    ];
    assert_eq!(told(&fresh, OK), Some((0, Some(60))));
}

#[test]
fn a_used_up_account_does_not_stop_the_host() {
    let lines = [
        "HTTP_X_RATELIMIT_REMAINING: 99",
        "HTTP_X_RATELIMIT_RESET: 60",
        "HTTP_X_RATELIMIT_ACCOUNT_SUCCESS_REMAINING: 0",
        "HTTP_X_RATELIMIT_ACCOUNT_SUCCESS_RESET: 86000",
    ];
    let advice = read(&headers(&lines), TOO_MANY, now()).unwrap();
    assert_eq!((advice.remaining, advice.reset), (0, Some(secs(86_000))));
    assert_eq!((advice.scope, pause(&advice)), (Scope::Part, None));
    // The same zero on an answer that succeeded is an error of the server's.
    assert_eq!(told(&lines, OK), Some((99, Some(60))));
}

#[test]
fn a_refusal_that_says_until_when_has_nothing_left() {
    assert_eq!(
        told(&["x-ratelimit-reset: 30"], TOO_MANY),
        Some((0, Some(30)))
    );
    assert_eq!(told(&["x-ratelimit-reset: 30"], OK), None);
    assert_eq!(told(&["x-ratelimit-limit: 30"], TOO_MANY), None);
}

fn any_value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..40),
        r#"("[a-z]{0,3}"|[a-z]{1,9}|[0-9]{1,3})([;,=] ?(r|t|w|q|qu|pk|remaining|reset|limit)?=?(-?[0-9]{1,20}(\.[0-9]{0,4})?|:[A-Za-z=]{0,4}:|"[a-z]{0,3}"|\?1|@[0-9]{1,20}|%"[a-z%0-9]{0,5}")?){0,6}"#
            .prop_map(String::into_bytes),
        "-?[0-9]{1,330}(\\.[0-9]{0,9})?".prop_map(String::into_bytes),
        "[+-]?[0-9]{1,6}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})"
            .prop_map(String::into_bytes),
    ]
}

proptest! {
    #[test]
    fn no_bytes_panic_and_no_wait_is_longer_than_a_day(
        fields in proptest::collection::vec((0_usize..14, any_value()), 0..8),
        status in 100_u16..600,
        now in any::<u32>(),
    ) {
        const NAMES: [&str; 14] = [
            "ratelimit", "ratelimit-policy", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset",
            "x-ratelimit-remaining", "x-ratelimit-reset", "x-ratelimit-remaining-day", "x-rate-limit-reset",
            "x-rate-limit-remaining", "http_x_ratelimit_remaining", "http_x_ratelimit_reset", "date", "age",
        ];
        let mut headers = HeaderMap::new();
        for (name, value) in &fields {
            if let Ok(value) = HeaderValue::from_bytes(value) {
                headers.append(NAMES[*name], value);
            }
        }
        let status = StatusCode::from_u16(status).unwrap();
        let now = SystemTime::UNIX_EPOCH + secs(u64::from(now));
        if let Some(advice) = read(&headers, status, now) {
            prop_assert!(advice.reset.is_none_or(|reset| reset <= LONGEST));
            prop_assert!(pause(&advice).is_none_or(|pause| pause <= LONGEST && advice.remaining == 0));
        }
        let _ = is_rate_limit(status, &headers);
    }
}
