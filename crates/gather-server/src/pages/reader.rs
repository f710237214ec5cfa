//! Who reads a page, and how it is written for them: zone, digits, currency, theme, and where they are.
//!
//! A [`Reader`] is all that filling a page takes from a request and from the server, beside the store. It is for browsers:
//! an API key opens the API and no page.
//!
//! Not here: who somebody is (`auth`), how things are written (`show`).

use std::{sync::Arc, time::Duration};

use askama::Template;
use axum::{extract::FromRequestParts, response::Response};
use gather_records::{Currency, Viewer};
use gather_run::DEFAULT_EVERY;
use gather_store::{BudgetPlan, Error, SessionId, Snapshot, Store, Theme as Chosen, User};
use http::{HeaderMap, StatusCode, header, request::Parts};
use jiff::{Timestamp, tz::TimeZone};

use super::{
    address::{Fields, Sent, inside},
    answer::{self, Failed, Said},
    part::Link,
    runs,
    show::{Numbers, Times},
    view::{Here, LastRun, Shell, Theme},
};
use crate::{
    app::{App, Loaded},
    auth::Identity,
    schedule::UnderWay,
};

/// The word of an address for sums that are not added up over currencies.
pub(super) const EACH_APART: &str = "each";

/// Who reads, and how it is written for them.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    pub(super) base: String,
    pub(super) user: User,
    pub(super) session: Option<SessionId>,
    pub(super) viewer: Viewer,
    pub(super) times: Times,
    pub(super) numbers: Numbers,
    /// The fields of the address.
    pub(super) fields: Fields,
    /// The path of the page, with the base path.
    pub(super) path: String,
    pub(super) loaded: Arc<Loaded>,
    pub(super) problem: Option<String>,
    /// The runs under way, the newest first.
    pub(super) under_way: Vec<UnderWay>,
    /// The latest event that was told before anything was read.
    pub(super) heard: u64,
    /// The number of the request, for the log.
    pub(super) request: Option<String>,
}

/// A source as the configuration declares it.
#[derive(Debug, Clone)]
pub(super) struct Declared {
    pub(super) name: String,
    pub(super) owner: Option<String>,
    pub(super) every: Duration,
    /// Why it cannot run and what to do, where it lacks a secret.
    pub(super) lacking: Option<(String, String)>,
}

impl Declared {
    /// Whether data of then is older than twice the interval, and so older than it should be.
    pub(super) fn is_stale(&self, good_at: Timestamp, now: Timestamp) -> bool {
        let age = Duration::try_from(now.duration_since(good_at)).unwrap_or_default();
        age > self.every.saturating_mul(2)
    }
}

/// The number that the server has given a request.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("x-request-id")?.to_str().ok()?;
    Some(id.to_owned())
}

impl FromRequestParts<App> for Reader {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let identity = Identity::from_request_parts(parts, app).await?;
        Self::of(app, &identity, parts)
    }
}

impl Reader {
    /// Whoever has a session; a key opens no page.
    #[expect(
        clippy::result_large_err,
        reason = "what is refused is refused with an answer, made once"
    )]
    pub(super) fn of(app: &App, identity: &Identity, parts: &Parts) -> Result<Self, Response> {
        let reader = Self::new(app, identity, parts);
        if reader.session.is_none() {
            let failed = Failed::forbidden(
                "A key opens the API, not the pages.",
                "Sign in with a name and a password to see them.",
            );
            return Err(reader.fail(&failed));
        }
        Ok(reader)
    }

    fn new(app: &App, identity: &Identity, parts: &Parts) -> Self {
        // Before anything is read, so that nothing that changes meanwhile is missed by who listens from here on.
        let heard = app.events().latest();
        // What is before the routes has taken the base path away.
        let base = app.base().to_owned();
        let path = format!("{base}{}", parts.uri.path());
        let viewer = identity.viewer();
        let accepted = parts.headers.get(header::ACCEPT_LANGUAGE);
        let zone = identity.user.settings.time_zone.as_deref();
        let zone = zone.and_then(|name| TimeZone::get(name).ok());
        Self {
            times: Times {
                now: app.now(),
                zone: zone.unwrap_or_else(|| app.zone().clone()),
            },
            numbers: Numbers::of(accepted.and_then(|value| value.to_str().ok())),
            fields: Fields::of_query(parts.uri.query()),
            path,
            loaded: app.loaded(),
            problem: app.problem(),
            under_way: app.schedule().under_way(&viewer),
            request: request_id(&parts.headers),
            user: identity.user.clone(),
            session: identity.session(),
            viewer,
            base,
            heard,
        }
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// A path of the dashboard as a browser asks for it.
    pub(super) fn to(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub(super) fn link(&self, text: &str, path: &str) -> Link {
        Link {
            text: text.to_owned(),
            href: self.to(path),
        }
    }

    /// This page with its query, as one comes back to it.
    pub(super) fn back(&self) -> String {
        self.fields.with(&[("said", "")]).after(&self.path)
    }

    /// The configuration's currency.
    pub(super) fn configured_currency(&self) -> Option<Currency> {
        self.loaded.config.settings().currency
    }

    /// The currency that the address asks for, where it is one.
    fn asked_currency(&self) -> Option<Option<Currency>> {
        match self.fields.get("currency")? {
            EACH_APART => Some(None),
            code => code.parse().ok().map(Some),
        }
    }

    /// What the address says of the currency and no page understands.
    pub(super) fn refused_currency(&self) -> Option<String> {
        let asked = self.fields.get("currency")?;
        let short: String = asked.chars().take(20).collect();
        self.asked_currency()
            .is_none()
            .then(|| format!("`{short}` is no currency; a currency is written like EUR"))
    }

    /// In which currency sums are given; `None`: each apart.
    pub(super) fn currency(&self) -> Option<Currency> {
        self.asked_currency().unwrap_or_else(|| {
            let own = self.user.settings.currency;
            own.or_else(|| self.configured_currency())
        })
    }

    /// The sources of the configuration that the reader may see, in its order; those that lack a secret last.
    pub(super) fn declared(&self) -> Vec<Declared> {
        let plan = &self.loaded.plan;
        let ready = plan.sources().map(|source| Declared {
            name: source.name().to_owned(),
            owner: source.owner().map(str::to_owned),
            every: source.every().unwrap_or(DEFAULT_EVERY),
            lacking: None,
        });
        let lacking = plan.unready().iter().map(|unready| Declared {
            name: unready.source.clone(),
            owner: unready.owner.clone(),
            every: DEFAULT_EVERY,
            lacking: Some((unready.reason.clone(), unready.hint.clone())),
        });
        ready
            .chain(lacking)
            .filter(|one| one.owner.is_none() || one.owner.as_deref() == self.viewer.user())
            .collect()
    }

    /// The budgets of the configuration.
    pub(super) fn budgets(&self) -> Vec<BudgetPlan> {
        let budgets = self.loaded.config.budgets().iter();
        budgets
            .map(|own| BudgetPlan {
                owner: own.owner.clone(),
                category: own.budget.category.clone(),
                limit: own.budget.limit,
            })
            .collect()
    }

    /// What surrounds a page, without a word about runs: for what is shown without the store.
    pub(crate) fn bare_shell(&self, title: &str, here: Here) -> Shell {
        Shell {
            base: self.base.clone(),
            title: title.to_owned(),
            here,
            theme: match self.user.settings.theme {
                Chosen::Auto => Theme::System,
                Chosen::Light => Theme::Light,
                Chosen::Dark => Theme::Dark,
            },
            user: Some(self.user.name.clone()),
            last_run: None,
            notice: self.fields.get("said").and_then(Said::notice),
            problem: self.problem.clone(),
            heard: self.heard,
            zone: zone_name(&self.times.zone, self.times.now),
            back: self.back(),
        }
    }

    /// What surrounds a page.
    pub(crate) fn shell(
        &self,
        moment: &Snapshot<'_>,
        title: &str,
        here: Here,
    ) -> Result<Shell, Error> {
        Ok(Shell {
            last_run: self.last_run(moment)?,
            ..self.bare_shell(title, here)
        })
    }

    fn last_run(&self, moment: &Snapshot<'_>) -> Result<Option<LastRun>, Error> {
        // What is under way stands before it, seldom more than a few.
        let ended = moment
            .runs(&self.viewer, 8)?
            .into_iter()
            .find(|run| run.ended_at.is_some());
        let running = runs::how_far(&self.under_way);
        if running.is_none() && ended.is_none() {
            return Ok(None);
        }
        Ok(Some(LastRun {
            href: ended.as_ref().map_or_else(
                || self.to("/runs"),
                |run| self.to(&format!("/runs/{}", run.id)),
            ),
            running,
            took: ended.and_then(|run| runs::took(&run, &self.times)),
        }))
    }

    /// Answers with a page that is filled from the store, on a thread that may wait for it.
    ///
    /// # Cancel safety
    /// Safe: filling a page changes nothing.
    pub(super) async fn show<T: Template>(
        self,
        app: &App,
        fill: impl FnOnce(&Self, &Store) -> Result<T, Failed> + Send + 'static,
    ) -> Response {
        self.answer(app, |reader, store| {
            let filled = fill(reader, store)?;
            Ok(answer::page(StatusCode::OK, &filled))
        })
        .await
    }

    /// Carries an action out, and leads back to where it was sent from.
    ///
    /// # Cancel safety
    /// What was begun is carried out, though nobody waits for it any more.
    pub(super) async fn act(
        self,
        app: &App,
        sent: Sent,
        act: impl FnOnce(&Self, &Store, &Fields) -> Result<Said, Failed> + Send + 'static,
    ) -> Response {
        self.answer(app, move |reader, store| {
            let form = Fields::sent(sent)?;
            let said = act(reader, store, &form)?;
            let back = form.get("back").unwrap_or_default();
            Ok(answer::see_other(&reader.base, back, Some(said)))
        })
        .await
    }

    async fn answer(
        self,
        app: &App,
        work: impl FnOnce(&Self, &Store) -> Result<Response, Failed> + Send + 'static,
    ) -> Response {
        let answered = app.read(move |store| {
            let answered = work(&self, store);
            Ok::<_, std::convert::Infallible>(answered.unwrap_or_else(|failed| self.fail(&failed)))
        });
        let Ok(answer) = answered.await;
        answer
    }

    /// Says why there is no page.
    pub(crate) fn fail(&self, failed: &Failed) -> Response {
        let shell = Shell {
            // Where nothing is shown there is nothing to come back to.
            back: self.to("/"),
            ..self.bare_shell("", Here::Elsewhere)
        };
        failed.answer(shell, self.request.clone())
    }

    /// Leads back to where an action was sent from.
    pub(crate) fn back_to(&self, back: &str, said: Said) -> Response {
        answer::see_other(&self.base, back, Some(said))
    }
}

/// The name of a zone, or where it has none how far it is from UTC.
fn zone_name(zone: &TimeZone, now: Timestamp) -> String {
    match zone.iana_name() {
        Some(name) => name.to_owned(),
        None => format!("UTC{}", zone.to_offset(now)),
    }
}

/// What surrounds a page that is shown to nobody in particular: login, setup, a failure before it.
pub(crate) fn outside(app: &App, title: &str) -> Shell {
    Shell {
        base: app.base().to_owned(),
        title: title.to_owned(),
        back: inside(app.base(), "", None),
        ..Shell::default()
    }
}

/// A failure that is shown to nobody in particular.
pub(crate) fn failure_outside(app: &App, headers: &HeaderMap, failed: &Failed) -> Response {
    failed.answer(outside(app, ""), request_id(headers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_has_a_name_even_where_it_has_none() {
        let now = Timestamp::UNIX_EPOCH;
        let zone = |name: &str| TimeZone::get(name).unwrap();
        assert_eq!(zone_name(&zone("Europe/Berlin"), now), "Europe/Berlin");
        let fixed = TimeZone::fixed(jiff::tz::offset(2));
        assert_eq!(zone_name(&fixed, now), "UTC+02");
    }
}
