//! One polite look at an address that is not declared yet: ask it, tell what it is, and follow a page to its feed.
//!
//! The request goes through a client with the manners of the whole configuration, so that a look costs a host no more
//! than a run may. Nothing of the answer is stored.
//!
//! Not here: what an answer is (`gather_sources::sniff`), what a declared source answers (`online`).

use gather::{Client, Clock, Request, Response, Url};
use gather_records::Currency;
use gather_sources::sniff::{self, Sniffed, Specimen, What};
use gather_store::Store;
use jiff::Timestamp;
use secrecy::ExposeSecret;

use crate::{ledger::StoreLedger, plan::Plan, run::RunError, tally::Fault};

/// What is liked best when nobody knows what an address has.
const ACCEPT: &str = "application/atom+xml, application/rss+xml, application/feed+json, application/json, \
     application/xml;q=0.9, text/html;q=0.8, */*;q=0.5";

/// Looks at addresses.
#[derive(Debug)]
pub struct Probe {
    client: Client,
}

/// An address that was looked at.
#[derive(Debug, Clone)]
pub struct Looked {
    /// What was asked, without keys and passwords: may be shown.
    pub shown: String,
    /// What answered.
    pub found: Sniffed,
}

/// No answer, or one that says no.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NoAnswer {
    /// Why, in words for a person.
    pub reason: String,
    /// What to do about it, where something is known.
    pub hint: Option<String>,
    /// When the server wants to be asked again, where it said so.
    pub until: Option<Timestamp>,
}

impl From<Fault> for NoAnswer {
    fn from(fault: Fault) -> Self {
        Self {
            reason: fault.reason,
            hint: fault.hint,
            until: fault.until,
        }
    }
}

impl Probe {
    /// Ready to ask, with the manners of a plan, and with the quotas of the store's ledger where there is a store. Nothing
    /// is asked yet.
    ///
    /// # Errors
    /// [`RunError::Client`].
    pub fn new(plan: &Plan, store: Option<&Store>, clock: Clock) -> Result<Self, RunError> {
        let ledger = store.map(|store| StoreLedger::new(store.clone()));
        let client = plan.client(clock, ledger).map_err(RunError::Client)?;
        Ok(Self { client })
    }

    /// Asks an address once and tells what it is. When that is a page which names feeds, the first of them is asked
    /// too: then there are two entries, the page and the feed. `currency` is for amounts whose answer does not say it.
    ///
    /// An address that the page names is only asked at public addresses, unless it is on the page's own host.
    ///
    /// # Errors
    /// [`NoAnswer`] with what was seen before it.
    ///
    /// # Cancel safety
    /// Dropping the future drops the request; nothing is kept anywhere.
    pub async fn look(
        &self,
        url: &Url,
        currency: Option<Currency>,
    ) -> Result<Vec<Looked>, (Vec<Looked>, NoAnswer)> {
        let mut seen = Vec::new();
        let first = match self.ask(url, Request::get(url), currency).await {
            Ok(first) => first,
            Err(no) => return Err((seen, no)),
        };
        let next = match &first.0.found.what {
            What::Page { feeds, .. } => feeds.first().map(|link| link.url.clone()),
            _ => None,
        };
        let page = first.1;
        seen.push(first.0);
        let Some(next) = next else {
            return Ok(seen);
        };
        let request = Request::get(&next);
        let request = if next.origin() == url.origin() && page.origin() == url.origin() {
            request
        } else {
            request.guarded()
        };
        match self.ask(&next, request, currency).await {
            Ok((feed, _)) => {
                seen.push(feed);
                Ok(seen)
            }
            Err(no) => Err((seen, no)),
        }
    }

    /// Asks, and tells what answered and where it was.
    async fn ask(
        &self,
        url: &Url,
        request: Request,
        currency: Option<Currency>,
    ) -> Result<(Looked, Url), NoAnswer> {
        let mut request = request.header("accept", ACCEPT);
        let keys = sniff::keys_of(url);
        for key in &keys {
            request = request.secret(key.expose_secret());
        }
        let shown = request.shown_url();
        let response = self
            .client
            .send(request)
            .await
            .map_err(|error| NoAnswer::from(Fault::unanswered(&error)))?;
        refused(&response)?;
        // A move for good is declared at its new address, unless that would write a key down that nobody sees there.
        let for_good = response
            .redirects()
            .iter()
            .all(gather::Redirect::is_permanent);
        let declared = match response.redirects().last() {
            Some(last) if for_good && keys.is_empty() => last.to.clone(),
            _ => url.clone(),
        };
        // What an answer is can take long to find out; the requests of others go on meanwhile.
        let worked = tokio::task::spawn_blocking(move || {
            let links = crate::keep::links(&response);
            let found = sniff::sniff(&Specimen {
                links: &links,
                url: &declared,
                final_url: response.url(),
                content_type: response.content_type(),
                body: response.bytes(),
                currency,
            });
            (Looked { shown, found }, response.url().clone())
        });
        Ok(worked
            .await
            .unwrap_or_else(|died| std::panic::resume_unwind(died.into_panic())))
    }
}

/// An answer that says no.
fn refused(response: &Response) -> Result<(), NoAnswer> {
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    let hint = match status.as_u16() {
        401 | 403 => {
            "if it wants a key, give the address with it, such as `https://HOST/PATH?api_key=KEY`: the key is named in the declaration and not written"
        }
        404 | 410 => "compare the address with the documentation of the service",
        429 => "it wants fewer requests: try later",
        500.. => "it has a problem of its own: try later",
        _ => "open the address in a browser on this machine",
    };
    Err(NoAnswer {
        reason: format!("{} answered {status}", response.shown_url()),
        hint: Some(hint.to_owned()),
        until: response
            .retry_at()
            .and_then(|at| Timestamp::try_from(at).ok()),
    })
}
