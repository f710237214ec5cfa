//! OAuth2 client credentials, as far as a source knows them: what to ask for a token, and what answers mean.

use std::time::Duration;

use gather_sources::{Answer, ReadErrorKind, Source};
use secrecy::ExposeSecret;

use crate::support::source;

fn client(oauth2: &str) -> Source {
    source(&format!(
        r#"
[source.r]
url = "https://r.example/list"
key = {{ env = "K" }}
auth = {{ oauth2 = {{ token = "https://auth.example/token", {oauth2} }} }}
pages = {{ next = ".next" }}
[source.r.article]
each = ".items[]"
id = ".id"
"#
    ))
}

#[test]
fn a_token_is_asked_for_with_the_client_in_a_header() {
    let source = client(r#"id = { env = "I" }, scope = "read write""#);
    let ask = source.token_ask().unwrap();
    assert_eq!(
        (ask.method(), ask.url().as_str()),
        ("POST", "https://auth.example/token")
    );
    assert_eq!(
        ask.form().expose_secret(),
        "grant_type=client_credentials&scope=read+write"
    );
    let header = |name: &str| {
        let found = ask.headers().iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.expose_secret().to_owned())
    };
    // secret-I:secret-K
    assert_eq!(
        header("authorization").unwrap(),
        "Basic c2VjcmV0LUk6c2VjcmV0LUs="
    );
    assert_eq!(
        header("content-type").unwrap(),
        "application/x-www-form-urlencoded"
    );
    assert_eq!(
        ask.redact("secret-I secret-K c2VjcmV0LUk6c2VjcmV0LUs="),
        "*** *** ***"
    );
    assert!(!format!("{ask:?} {source:?}").contains("secret-"));
}

#[test]
fn a_token_can_be_asked_for_in_a_form() {
    let ask = client(r#"id = "me & you", send = "form""#)
        .token_ask()
        .unwrap();
    assert_eq!(
        ask.form().expose_secret(),
        "grant_type=client_credentials&client_id=me+%26+you&client_secret=secret-K"
    );
    assert!(
        ask.headers()
            .iter()
            .all(|(name, _)| name != "authorization")
    );
}

#[test]
fn a_token_goes_to_the_host_of_the_step_and_to_no_other() {
    let source = client(r#"id = "i""#);
    let token = source
        .read_token(
            200,
            br#"{"access_token":"tok.1","token_type":"Bearer","expires_in":3600}"#,
        )
        .unwrap();
    assert_eq!(token.lives, Some(Duration::from_secs(3600)));
    let plain = source.first_asks().remove(0);
    assert!(plain.wants_token());
    assert!(
        plain
            .headers()
            .iter()
            .all(|(name, _)| name != "authorization")
    );
    let ask = plain.with_token(&token).with_token(&token);
    let sent: Vec<&str> = ask
        .headers()
        .iter()
        .filter(|(name, _)| name == "authorization")
        .map(|(_, value)| value.expose_secret())
        .collect();
    assert_eq!(sent, ["Bearer tok.1"]);
    assert_eq!(ask.redact("tok.1"), "***");
    assert_eq!(ask.plan(), plain.plan());
    let body = r#"{"next":"https://other.example/2","items":[{"id":1}]}"#;
    let page = crate::support::read(&source, body)
        .unwrap()
        .follow
        .remove(0);
    assert!(!page.wants_token());
    assert!(
        page.with_token(&token)
            .headers()
            .iter()
            .all(|(name, _)| name != "authorization")
    );
}

#[test]
fn an_answer_without_a_token_says_why() {
    let source = client(r#"id = "i""#);
    for (status, body, kind, words) in [
        (
            401,
            r#"{"error":"invalid_client","error_description":"no such client secret-K"}"#,
            ReadErrorKind::Key,
            "no such client ***",
        ),
        (
            400,
            r#"{"error":"invalid_scope"}"#,
            ReadErrorKind::Request,
            "invalid_scope",
        ),
        (
            200,
            r#"{"error":"unauthorized_client"}"#,
            ReadErrorKind::Key,
            "unauthorized_client",
        ),
        (503, "<html>", ReadErrorKind::Unavailable, "503"),
        (429, "", ReadErrorKind::Limited, "429"),
        (
            200,
            "<html>login</html>",
            ReadErrorKind::NotTheFormat,
            "access_token",
        ),
        (
            200,
            r#"{"access_token":"a b\n"}"#,
            ReadErrorKind::NotTheFormat,
            "access_token",
        ),
        (
            200,
            r#"{"access_token":"t","token_type":"mac"}"#,
            ReadErrorKind::NotTheFormat,
            "mac",
        ),
    ] {
        let error = source.read_token(status, body.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), kind, "{body}: {error}");
        assert!(error.to_string().contains(words), "{error}");
        assert!(!error.to_string().contains("secret-K"));
    }
    for lives in ["-5", "1e300", "\"soon\"", "null"] {
        let body = format!("{{\"access_token\":\"t\",\"expires_in\":{lives}}}");
        assert_eq!(source.read_token(200, body.as_bytes()).unwrap().lives, None);
    }
}

#[test]
fn case_16_a_refused_token_is_told_from_other_refusals() {
    let source = client(r#"id = "i""#);
    let ask = source.first_asks().remove(0);
    let refused = |status: u16, challenge: Option<&str>, body: &str| {
        let answer = Answer {
            status,
            content_type: None,
            links: &[],
            final_url: ask.url(),
            body: body.as_bytes(),
        };
        source.token_refused(&answer, challenge)
    };
    assert!(refused(401, None, ""));
    assert!(refused(
        401,
        Some("Bearer realm=\"r\", error=\"invalid_token\", error_description=\"expired\""),
        ""
    ));
    assert!(refused(401, Some("Bearer"), r#"{"error":"invalid_token"}"#));
    assert!(!refused(
        401,
        Some("Bearer error_description=\"x\", error = \"insufficient_scope\""),
        ""
    ));
    assert!(!refused(401, None, r#"{"error":"invalid_request"}"#));
    assert!(!refused(403, None, ""));
    assert!(!refused(200, None, ""));
    let plain = crate::support::source(crate::support::PLAIN);
    let answer = Answer {
        status: 401,
        content_type: None,
        links: &[],
        final_url: ask.url(),
        body: b"",
    };
    assert!(!plain.token_refused(&answer, None));
    assert!(plain.token_ask().is_none());
}
