//! What the requests of one step carry beside their address, and how an address is freed of it.
//!
//! Credentials go to the host of the step and to no other. A server may echo a key in an address of its own (a next
//! page, for instance); that address is freed of it and gets it back where it belongs.
//!
//! Not here: where secrets are found (the caller), OAuth2 tokens (`token`).

use base64::Engine as _;
use jiff::{ToSpan as _, civil::Date, tz::TimeZone};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{
    AccessUrl, SecretRef,
    config::{Auth, DayForm, Declaration, Format, Setting, Step},
    secret, simplefin, template,
};

/// Which secret is missing, and why.
pub(crate) type Missing = (SecretRef, String);

/// What a request of one step carries, beside its address.
pub(crate) struct Credentials {
    pub(crate) headers: Vec<(String, SecretString)>,
    /// The address of the step, without parameters of the declaration and without credentials.
    pub(crate) url: Url,
    /// Parameters that are no secret: part of the address.
    query: Vec<(String, Parameter)>,
    pub(crate) secrets: Vec<SecretString>,
    /// Those of the secrets that give themselves away in an address: not those whose text is in the declared one.
    telling: Vec<SecretString>,
    /// Parameters of the first request that are secret.
    secret_query: Vec<(String, SecretString)>,
    /// The query parameter that authenticates; follow-up requests to the same host carry it too.
    auth_query: Option<(String, SecretString)>,
    /// Whether requests are sent with an OAuth2 token.
    pub(crate) by_token: bool,
}

/// The value of a parameter that is no secret.
enum Parameter {
    Text(String),
    DaysAgo(i64, DayForm),
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials")
    }
}

impl Credentials {
    pub(crate) fn new(
        declaration: &Declaration,
        step: &Step,
        key: Option<&SecretString>,
        look_up: &dyn Fn(&SecretRef) -> Result<SecretString, Missing>,
    ) -> Result<Self, Missing> {
        let mut secrets: Vec<SecretString> = key.cloned().into_iter().collect();
        let mut headers = Vec::new();
        for (name, setting) in &step.headers {
            let value = match setting {
                Setting::Plain(text) => SecretString::from(text.as_str()),
                Setting::Secret(reference) => {
                    let value = look_up(reference)?;
                    secrets.push(value.clone());
                    value
                }
                // A day goes into no header.
                Setting::DaysAgo { .. } | Setting::Off => continue,
            };
            headers.push((name.clone(), value));
        }
        let (mut query, mut secret_query) = (Vec::new(), Vec::new());
        for (name, setting) in &step.query {
            match setting {
                Setting::Plain(text) => query.push((name.clone(), Parameter::Text(text.clone()))),
                Setting::DaysAgo { days, form } => {
                    query.push((name.clone(), Parameter::DaysAgo(*days, *form)))
                }
                Setting::Secret(reference) => {
                    let value = look_up(reference)?;
                    secrets.push(value.clone());
                    secret_query.push((name.clone(), value));
                }
                Setting::Off => {}
            }
        }
        if !headers.iter().any(|(name, _)| name == "accept") {
            headers.push(accept(step.format));
        }
        let (mut auth_query, mut by_token) = (None, false);
        let mut url = step.url.clone();
        if let Some(key) = key {
            let plain = key.expose_secret();
            match &declaration.auth {
                Auth::Bearer => {
                    headers.push(("authorization".to_owned(), format!("Bearer {plain}").into()))
                }
                Auth::Header { name, prefix } => {
                    headers.push((name.clone(), format!("{prefix}{plain}").into()))
                }
                Auth::Query { name } => auth_query = Some((name.clone(), key.clone())),
                Auth::Basic { user } => {
                    let pair =
                        base64::engine::general_purpose::STANDARD.encode(format!("{user}:{plain}"));
                    headers.push(("authorization".to_owned(), format!("Basic {pair}").into()));
                    secrets.push(pair.into());
                }
                Auth::OAuth2 { .. } => by_token = true,
                Auth::Url => {
                    if let Some(reference) = &declaration.key {
                        let access = access(plain).map_err(|why| (reference.clone(), why))?;
                        let (header, more) = access.basic();
                        url = access.join(step.url.path()).ok_or_else(|| {
                            (reference.clone(), "is an address too long".to_owned())
                        })?;
                        headers.push(("authorization".to_owned(), header));
                        secrets.extend(more);
                    }
                }
            }
        }
        let declared = with_query(&url, &query, None);
        let telling = secrets
            .iter()
            .filter(|secret| {
                secret::redact(declared.as_str(), std::slice::from_ref(secret)) == declared.as_str()
            })
            .cloned()
            .collect();
        Ok(Self {
            headers,
            url,
            query,
            secrets,
            telling,
            secret_query,
            auth_query,
            by_token,
        })
    }

    /// The address of the first request, without credentials. Parameters that count from today are left out without one.
    pub(crate) fn first(&self, today: Option<Date>) -> Url {
        with_query(&self.url, &self.query, today)
    }

    /// The address without credentials, and whether [`put_into`](Self::put_into) makes it whole again.
    /// `known`: it is one of the step's own host, which gets them back.
    pub(crate) fn take_out_of(&self, url: &Url, hop: usize, known: bool) -> (Url, bool) {
        let mut bare = url.clone();
        let mut whole = true;
        if let Some((name, key)) = &self.auth_query {
            let key = key.expose_secret();
            template::remove_query(&mut bare, |other, value| {
                other == name && (known || value.contains(key))
            });
        }
        let first = known && hop == 0;
        for (name, secret) in &self.secret_query {
            let secret = secret.expose_secret();
            let taken = template::remove_query(&mut bare, |other, value| {
                other == name && (first || value.contains(secret))
            });
            whole &= first || !known || !taken;
        }
        let clean = secret::redact(bare.as_str(), &self.telling);
        if clean != bare.as_str() {
            whole = false;
            bare = Url::parse(&clean).unwrap_or_else(|_| {
                bare.set_path("/");
                bare.set_query(None);
                bare.set_fragment(None);
                bare
            });
        }
        (bare, whole)
    }

    /// The address with its credentials.
    pub(crate) fn put_into(&self, bare: &Url, hop: usize) -> Url {
        let mut url = bare.clone();
        let first = self.secret_query.iter().filter(|_| hop == 0);
        for (name, value) in first.chain(&self.auth_query) {
            url.query_pairs_mut()
                .append_pair(name, value.expose_secret());
        }
        url
    }
}

fn with_query(url: &Url, query: &[(String, Parameter)], today: Option<Date>) -> Url {
    let mut url = url.clone();
    for (name, value) in query {
        let value = match value {
            Parameter::Text(text) => Some(text.clone()),
            Parameter::DaysAgo(days, form) => today.map(|today| day(today, *days, *form)),
        };
        if let Some(value) = value {
            url.query_pairs_mut().append_pair(name, &value);
        }
    }
    url
}

fn day(today: Date, days: i64, form: DayForm) -> String {
    let day = today.saturating_sub(days.days());
    match form {
        DayForm::Date => day.to_string(),
        DayForm::Seconds => TimeZone::UTC
            .to_timestamp(day.at(0, 0, 0, 0))
            .map_or_else(|_| "0".to_owned(), |at| at.as_second().to_string()),
    }
}

/// The address that a key holds.
fn access(key: &str) -> Result<AccessUrl, String> {
    AccessUrl::parse(key).map_err(|why| {
        if simplefin::is_setup_token(key) {
            "holds a setup token, which has to be claimed first: it is not the access URL"
                .to_owned()
        } else {
            why
        }
    })
}

/// What a request of this format says it accepts.
pub(crate) fn accept(format: Format) -> (String, SecretString) {
    let types = match format {
        Format::Json => "application/json, */*;q=0.5",
        Format::Ndjson => "application/x-ndjson, application/json;q=0.9, */*;q=0.5",
        Format::Csv => "text/csv, */*;q=0.5",
        Format::Xml => "application/xml, text/xml, */*;q=0.5",
        Format::Feed => {
            "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
        }
    };
    ("accept".to_owned(), types.into())
}
