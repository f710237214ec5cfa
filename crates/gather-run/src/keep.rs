//! One answer mapped and kept, on a thread that may wait for the disk.
//!
//! Rows and what is noted of the answer go into the store in one transaction, so that an answer "not modified" can never
//! stand for rows that are not there.

use std::{sync::Arc, time::Instant};

use gather::{Clock, Response, StatusCode, header};
use gather_sources::{Answer, Ask, Reading, Source};
use gather_store::{Counts, ErrorKind, Filled, Kept, Page, RunId, Store};

use crate::{
    cache::{self, Note},
    event::{RunEvent, RunEventKind},
    known,
    live::{Fetch, Listener},
    run::timestamp,
    send,
    tally::Fault,
};

/// What it takes to keep an answer of one source.
pub(crate) struct Keeper {
    pub(crate) run: RunId,
    pub(crate) start: Instant,
    /// The source's place in the plan.
    pub(crate) place: usize,
    pub(crate) source: Arc<Source>,
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) listener: Listener,
}

/// An answer that was dealt with.
pub(crate) struct Worked {
    pub(crate) source: usize,
    pub(crate) request: usize,
    pub(crate) fetch: Box<Fetch>,
    pub(crate) came: Came,
    /// When it was begun, mapped, and kept.
    pub(crate) marks: [Instant; 3],
}

/// What an answer brought.
pub(crate) enum Came {
    /// Rows, which are in the store.
    Kept {
        reading: Box<Reading>,
        kept: Kept,
        follow: Vec<Ask>,
    },
    /// The last answer still stands, and this is what it led to.
    Unchanged(Vec<Ask>),
    /// "Not modified", of something that is not held (any more).
    NotHeld,
    Fault(Fault),
}

/// The `Link` headers of an answer, as they came.
pub(crate) fn links(response: &Response) -> Vec<&str> {
    let values = response.headers().get_all(header::LINK).iter();
    values.filter_map(|value| value.to_str().ok()).collect()
}

/// An answer as the sources read it. `links` are its `Link` headers.
pub(crate) fn answer<'a>(response: &'a Response, links: &'a [&'a str]) -> Answer<'a> {
    Answer {
        status: response.status().as_u16(),
        content_type: response.content_type(),
        links,
        final_url: response.url(),
        body: response.bytes(),
    }
}

impl Keeper {
    pub(crate) fn work(self, request: usize, fetch: Box<Fetch>, response: &Response) -> Worked {
        let began = self.clock.now();
        let mut mapped = None;
        let came = match response.status() {
            StatusCode::NOT_MODIFIED => self.unchanged(&fetch, response),
            _ => self.read(&fetch, response, &mut mapped),
        }
        .unwrap_or_else(Came::Fault);
        let kept = self.clock.now();
        let mapped = mapped.unwrap_or(if response.status() == StatusCode::NOT_MODIFIED {
            began
        } else {
            kept
        });
        Worked {
            source: self.place,
            request,
            fetch,
            came,
            marks: [began, mapped, kept],
        }
    }

    fn tell(&self, kind: RunEventKind) {
        (self.listener)(RunEvent {
            source: self.place,
            at: self.clock.now().saturating_duration_since(self.start),
            kind,
        });
    }

    fn unchanged(&self, fetch: &Fetch, response: &Response) -> Result<Came, Fault> {
        let Some(condition) = &fetch.condition else {
            return if fetch.afresh {
                Err(Fault::plain(
                    "the server says \"not modified\" (304) though it was asked without a condition",
                    None,
                ))
            } else {
                Ok(Came::NotHeld)
            };
        };
        let wall = self.clock.wall();
        let note = Note::of(response.headers(), &fetch.ask, wall);
        let freshened = cache::freshened(note.as_ref(), wall);
        let held = self
            .store
            .freshen(
                self.run,
                known::of(&self.source),
                &condition.kept.request,
                &freshened,
            )
            .map_err(|error| Fault::unkept(&error))?;
        if !held {
            return Ok(Came::NotHeld);
        }
        self.note_address(fetch, response)?;
        self.tell(RunEventKind::Kept(Counts::default()));
        Ok(Came::Unchanged(condition.follow.clone()))
    }

    fn read(
        &self,
        fetch: &Fetch,
        response: &Response,
        mapped: &mut Option<Instant>,
    ) -> Result<Came, Fault> {
        let wall = self.clock.wall();
        let links = links(response);
        let read = self.source.read(&fetch.ask, &answer(response, &links));
        *mapped = Some(self.clock.now());
        // A redirect to a login or parking page is no move.
        if read.is_ok() || !response.status().is_success() {
            self.note_address(fetch, response)?;
        }
        let mut reading =
            read.map_err(|error| Fault::unreadable(&error, response.retry_at().map(timestamp)))?;
        self.tell(RunEventKind::Mapped {
            records: reading.records.len(),
        });
        let follow = std::mem::take(&mut reading.follow);
        let plans: Vec<_> = follow.iter().map(Ask::plan).collect();
        let key = known::key(&fetch.ask);
        // What came incomplete must be asked for again, and an error in the body is nobody's good answer.
        let note = Note::of(response.headers(), &fetch.ask, wall)
            .filter(|_| response.status().is_success() && !reading.is_partial());
        let filled: Vec<_> = reading
            .filled
            .iter()
            .map(|filled| Filled {
                kind: filled.kind,
                field: filled.field,
                filled: filled.filled,
                rows: filled.rows,
            })
            .collect();
        let mut page = Page::new(
            self.run,
            known::of(&self.source),
            &reading.records,
            timestamp(wall),
        );
        page.declaration = self.source.declaration().digest();
        page.request = key.as_deref().unwrap_or("");
        page.answer = note.as_ref().map(|note| note.with(&plans));
        page.feed = reading.feed;
        page.filled = &filled;
        let kept = self.store.keep(page).map_err(|error| match error.kind() {
            ErrorKind::FieldFaded => Fault::changed_shape(&error),
            _ => Fault::unkept(&error),
        })?;
        self.tell(RunEventKind::Kept(Counts {
            new: kept.new,
            changed: kept.changed,
            unchanged: kept.unchanged,
            rejected: reading.rejected.len() as u64,
            skipped: reading.skipped as u64,
            kinds: kept.kinds,
        }));
        Ok(Came::Kept {
            reading: Box::new(reading),
            kept,
            follow,
        })
    }

    /// Notes where a first request led: to another address for good, to one at which nothing will come any more, or
    /// back to where it was.
    fn note_address(&self, fetch: &Fetch, response: &Response) -> Result<(), Fault> {
        let (ask, status) = (&fetch.ask, response.status());
        if ask.hop() > 0 || ask.page() > 1 || !ask.is_repeatable() {
            return Ok(());
        }
        let (name, at) = (known::of(&self.source), timestamp(self.clock.wall()));
        let asked = fetch.moved.as_deref().unwrap_or(ask);
        let from = asked.bare_url().as_str();
        let noted = match status {
            // The old address may know more than the one it led to.
            StatusCode::GONE | StatusCode::NOT_FOUND if fetch.moved.is_some() => self
                .store
                .redirected(self.run, name, ask.bare_url().as_str(), None, at)
                .map(drop),
            StatusCode::GONE => self.store.gone(name, from, at),
            status if status.is_success() || status == StatusCode::NOT_MODIFIED => {
                if fetch.was_gone {
                    self.store
                        .forget_gone(name, from)
                        .map_err(|error| Fault::unkept(&error))?;
                }
                let to = send::moved_for_good(response)
                    .and_then(|to| self.source.moved(ask, to))
                    .filter(Ask::is_repeatable);
                let to = to.as_ref().map(|to| to.bare_url().as_str());
                self.store
                    .redirected(self.run, name, from, to, at)
                    .map(drop)
            }
            _ => Ok(()),
        };
        noted.map_err(|error| Fault::unkept(&error))
    }
}
