//! The pages of a list: which request comes after an answer, and when the list has ended.
//!
//! Where a walk stands is in the address itself (page number, offset, cursor); what it has met is in its trail. A walk
//! ends when the answer says so, at an empty page, at `max` pages, and with a warning where going on would go in
//! circles: an address or a content that was met before. A warning never makes an answer an error: what came is kept.
//!
//! Not here: what an answer means (`answer`), errors that mean the end of a list (`provider`).
//! Source: RFC 8288 (Web Linking), RFC 5005 (pages of feeds).

mod link;
mod trail;

use gather_records::Record;
use url::Url;

pub(crate) use trail::{Trail, hex};

use crate::{
    Answer, Ask, Reading,
    jq::{Meter, Program, Val},
    mapping::value,
    template,
};

/// Pages of one list that are asked for when nothing else is said. Ten pages of a hundred are a thousand items, and
/// ten requests a run leave the smallest daily quota that is known (100) most of its room.
const DEFAULT_PAGES: usize = 10;
/// More pages than this cannot be declared.
pub(crate) const MAX_PAGES: usize = 1_000;

/// How a list is paged.
#[derive(Debug)]
pub(crate) struct Pages {
    kind: Kind,
    max: usize,
    /// Whether `max` was declared: then stopping there is nothing to be told.
    max_is_declared: bool,
}

/// The kinds of paging.
#[derive(Debug)]
pub(crate) enum Kind {
    Page {
        param: String,
        first: u64,
        last: Option<Program>,
        size: Option<u64>,
    },
    Offset {
        param: String,
        first: u64,
        total: Option<Program>,
        size: Option<u64>,
    },
    Cursor {
        param: String,
        next: Program,
    },
    Link {
        rel: String,
    },
    Next {
        next: Program,
    },
}

/// One page that was read.
pub(crate) struct Turn<'a> {
    pub(crate) ask: &'a Ask,
    pub(crate) answer: &'a Answer<'a>,
    /// The answer as JSON; null for a feed.
    pub(crate) body: &'a Val,
    pub(crate) params: &'a Val,
    /// Rows it had, whatever became of them.
    pub(crate) rows: usize,
    pub(crate) meter: &'a Meter,
}

/// What comes after a page.
#[derive(Default)]
struct Next {
    /// Addresses, and how many pages further on each of them is.
    urls: Vec<(Url, usize)>,
    /// All of the rest is in `urls`.
    ahead: bool,
    /// The answer itself says that there is more.
    told: bool,
    warning: Option<String>,
}

impl Pages {
    pub(crate) fn new(kind: Kind, max: Option<usize>) -> Self {
        Self {
            kind,
            max: max.unwrap_or(DEFAULT_PAGES),
            max_is_declared: max.is_some(),
        }
    }

    /// The expressions in it.
    #[cfg(test)]
    pub(crate) fn programs(&self) -> Option<&Program> {
        match &self.kind {
            Kind::Page { last, .. } => last.as_ref(),
            Kind::Offset { total, .. } => total.as_ref(),
            Kind::Cursor { next, .. } | Kind::Next { next } => Some(next),
            Kind::Link { .. } => None,
        }
    }

    /// Adds what comes after this page to its reading. `make` makes the request for an address and a trail.
    pub(crate) fn turn(
        &self,
        turn: &Turn<'_>,
        reading: &mut Reading,
        make: &dyn Fn(&Url, Trail) -> Ask,
    ) {
        let page = turn.ask.page();
        let content = content(reading, turn.answer.body);
        let own = address(turn.ask);
        if turn.ask.trail.has_met(&content) {
            if turn.rows > 0 {
                // What it holds is kept already.
                *reading = Reading::default();
                reading.warnings.push(format!(
                    "page {page} is the same as an earlier one, so the list ends here; does the server know this way of paging?"
                ));
            }
            return;
        }
        if turn.ask.trail.is_ahead() {
            return;
        }
        let next = self.next(turn, &reading.feed_links);
        reading.warnings.extend(next.warning);
        if turn.rows == 0 {
            if next.told && page > 1 {
                reading.warnings.push(format!(
                    "page {page} is empty although it names a next one; the list ends here"
                ));
            }
            return;
        }
        let met = [own, content];
        let mut pages = Vec::new();
        for (url, further) in next.urls {
            if page.saturating_add(further) > self.max {
                if !self.max_is_declared {
                    reading.warnings.push(format!(
                        "the list goes on after {} pages; `pages.max` says how many are asked for",
                        self.max
                    ));
                }
                break;
            }
            let trail = turn.ask.trail.after(further, &met, next.ahead);
            let ask = make(&url, trail.clone());
            if trail.has_met(&address(&ask)) {
                reading.warnings.push(format!(
                    "page {page} names a next one that was asked for already; the list ends here"
                ));
                break;
            }
            pages.push(ask);
        }
        // First, so that a long list does not wait for what follows from its beginning.
        reading.follow.splice(0..0, pages);
    }

    fn next(&self, turn: &Turn<'_>, feed_links: &[(String, Url)]) -> Next {
        match &self.kind {
            Kind::Page {
                param,
                first,
                last,
                size,
            } => {
                let last = last.as_ref().and_then(|last| turn.number(last));
                self.by_number(turn, param, *first, last, *size)
            }
            Kind::Offset {
                param,
                first,
                total,
                size,
            } => {
                let total = total.as_ref().and_then(|total| turn.number(total));
                self.by_offset(turn, param, *first, total, *size)
            }
            Kind::Cursor { param, next } => match turn.text(next) {
                Ok(None) => Next::default(),
                Ok(Some(cursor)) if cursor.len() > template::MAX_ADDRESS => Next::warn(format!(
                    "`pages.next` gave a cursor of {} bytes; the list ends here",
                    cursor.len()
                )),
                Ok(Some(cursor)) => {
                    let mut url = turn.ask.bare.clone();
                    template::set_query(&mut url, param, &cursor);
                    Next::one(url)
                }
                Err(warning) => Next::warn(warning),
            },
            Kind::Next { next } => match turn.text(next) {
                Ok(None) => Next::default(),
                Ok(Some(text)) => turn.absolute(&text),
                Err(warning) => Next::warn(warning),
            },
            Kind::Link { rel } => {
                if let Some((_, url)) = feed_links
                    .iter()
                    .find(|(known, _)| known.eq_ignore_ascii_case(rel))
                {
                    return turn.absolute(url.as_str());
                }
                match link::find(turn.answer.links, rel) {
                    Some(text) => turn.absolute(&text),
                    None => Next::default(),
                }
            }
        }
    }

    fn by_number(
        &self,
        turn: &Turn<'_>,
        param: &str,
        first: u64,
        last: Option<u64>,
        size: Option<u64>,
    ) -> Next {
        let here = turn.here(param, first);
        let page = |number: u64| turn.with(param, number);
        match last {
            Some(last) if turn.ask.page() == 1 => {
                let rest = (here.saturating_add(1)..=last).take(self.max);
                Next {
                    urls: rest.map(page).zip(1..).collect(),
                    ahead: true,
                    told: false,
                    warning: None,
                }
            }
            Some(last) if here >= last => Next::default(),
            Some(_) => Next::one(page(here.saturating_add(1))),
            None if size.is_some_and(|size| (turn.rows as u64) < size) => Next::default(),
            None => Next::guess(page(here.saturating_add(1))),
        }
    }

    fn by_offset(
        &self,
        turn: &Turn<'_>,
        param: &str,
        first: u64,
        total: Option<u64>,
        size: Option<u64>,
    ) -> Next {
        let here = turn.here(param, first);
        let rows = turn.rows as u64;
        let step = size.unwrap_or(rows).max(1);
        // A total counts from the first row, which some servers call 0 and others 1.
        let end = total.map(|total| total.saturating_add(first));
        let next = here.saturating_add(step);
        match (end, size) {
            (Some(end), Some(_)) if turn.ask.page() == 1 => {
                let rest = (1..)
                    .map(|pages: u64| here.saturating_add(step.saturating_mul(pages)))
                    .take_while(|offset| *offset < end)
                    .take(self.max);
                Next {
                    urls: rest
                        .map(|offset| turn.with(param, offset))
                        .zip(1..)
                        .collect(),
                    ahead: true,
                    told: false,
                    warning: None,
                }
            }
            (Some(end), _) if next >= end => Next::default(),
            (Some(_), _) => Next::one(turn.with(param, next)),
            (None, Some(size)) if rows < size => Next::default(),
            (None, _) => Next::guess(turn.with(param, next)),
        }
    }
}

impl Next {
    fn one(url: Url) -> Self {
        Self {
            urls: vec![(url, 1)],
            told: true,
            ..Self::default()
        }
    }

    /// The server has not said that there is more.
    fn guess(url: Url) -> Self {
        Self {
            told: false,
            ..Self::one(url)
        }
    }

    fn warn(warning: String) -> Self {
        Self {
            warning: Some(warning),
            ..Self::default()
        }
    }
}

impl Turn<'_> {
    /// The number that this page's address bears.
    fn here(&self, param: &str, first: u64) -> u64 {
        template::query(&self.ask.bare, param)
            .and_then(|text| text.trim().parse().ok())
            .unwrap_or(first)
    }

    fn with(&self, param: &str, number: u64) -> Url {
        let mut url = self.ask.bare.clone();
        template::set_query(&mut url, param, &number.to_string());
        url
    }

    fn output(&self, program: &Program) -> Result<Val, String> {
        program
            .run(self.body.clone(), [self.params.clone()], self.meter)
            .next()
            .unwrap_or(Ok(Val::Null))
    }

    /// A whole number; `None` where there is none, so that the walk goes by what comes.
    fn number(&self, program: &Program) -> Option<u64> {
        let value = self.output(program).ok()?;
        u64::try_from(value::whole(&value).ok()??).ok()
    }

    /// A cursor or an address, its text untouched; `None` where the answer has none.
    fn text(&self, program: &Program) -> Result<Option<String>, String> {
        match self.output(program) {
            Ok(Val::Null | Val::Bool(false)) => Ok(None),
            Ok(other) => match value::scalar_text(&other) {
                Some(text) => Ok((!text.is_empty()).then(|| text.into_owned())),
                None => Err(format!(
                    "`pages.next` gave {} where a text was due; the list ends here",
                    value::kind(&other)
                )),
            },
            Err(reason) => Err(format!(
                "`pages.next` does not fit the answer, so the list ends here: {reason}"
            )),
        }
    }

    /// An address of the answer's own, as it is to be asked.
    fn absolute(&self, text: &str) -> Next {
        match template::address(text.trim(), self.answer.final_url) {
            Ok(url) => Next::one(url),
            Err(reason) => Next::warn(format!(
                "the next page cannot be asked for, so the list ends here: {reason}"
            )),
        }
    }
}

/// A digest of an address, for a trail.
fn address(ask: &Ask) -> String {
    trail::digest(["address", ask.bare.as_str()])
}

/// A digest of what a page holds: its ids, since counts and times may change between two looks.
fn content(reading: &Reading, body: &[u8]) -> String {
    if reading.records.is_empty() && reading.follow.is_empty() {
        return trail::digest([b"body", body]);
    }
    let records = reading.records.iter().map(|record| match record {
        Record::Article(article) => article.id.clone(),
        Record::Account(account) => account.id.clone(),
        Record::Transaction(transaction) => transaction.id.clone(),
        Record::Budget(budget) => budget.id.clone(),
        Record::Rate(rate) => format!("{} {} {}", rate.base, rate.quote, rate.date),
    });
    let follow = reading.follow.iter().map(|ask| ask.bare.to_string());
    trail::digest(records.chain(follow))
}
