//! What the store knows of a source before it is asked: answers that may still stand, addresses that moved or are gone.

use std::collections::HashMap;

use gather::Url;
use gather_sources::{Ask, Source};
use gather_store::{KeptAnswer, SourceRef, Store};
use jiff::Timestamp;

use crate::cache;

/// What is known of one source under its present declaration.
#[derive(Debug, Default)]
pub(crate) struct Known {
    answers: HashMap<String, KeptAnswer>,
    /// Addresses to ask instead, adopted after they were told in several runs in a row.
    moves: HashMap<String, String>,
    gone: HashMap<String, Timestamp>,
}

/// What to do about a request.
#[derive(Debug)]
pub(crate) enum Way {
    /// The last answer still stands: nothing is asked, and this is what it led to.
    Fresh { until: Timestamp, follow: Vec<Ask> },
    /// Nothing will come from there any more, it said then.
    Gone(Timestamp),
    /// It is asked: under this address, and with the condition that the last answer allows.
    Ask {
        moved: Option<Box<Ask>>,
        condition: Option<Box<Condition>>,
        /// It said that nothing will come any more, and is asked all the same.
        was_gone: bool,
    },
}

/// The last answer, which the server may say is still the right one.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub(crate) kept: KeptAnswer,
    pub(crate) follow: Vec<Ask>,
}

pub(crate) fn of(source: &Source) -> SourceRef<'_> {
    SourceRef {
        name: source.name(),
        owner: source.owner(),
    }
}

/// Under which name an answer is noted: the step and the address without credentials. `None` where two requests could
/// share it, because an address cannot be told without a secret.
pub(crate) fn key(ask: &Ask) -> Option<String> {
    ask.is_repeatable()
        .then(|| format!("{} {}", ask.step(), ask.bare_url()))
}

impl Known {
    pub(crate) fn of(source: &Source, store: &Store) -> Result<Self, gather_store::Error> {
        let name = of(source);
        let answers = store.answers(name, source.declaration().digest())?;
        let moves = store.moves(name)?;
        let gone = store.gone_addresses(name)?;
        Ok(Self {
            answers: answers
                .into_iter()
                .map(|kept| (kept.request.clone(), kept))
                .collect(),
            moves: moves
                .into_iter()
                .filter(|one| one.adopted_at.is_some())
                .map(|one| (one.from, one.to))
                .collect(),
            gone: gone.into_iter().map(|gone| (gone.url, gone.at)).collect(),
        })
    }

    /// What to do about a request. `anyway`: it is asked even if its last answer still stands or it was gone.
    pub(crate) fn way(&self, source: &Source, ask: &Ask, now: Timestamp, anyway: bool) -> Way {
        let bare = ask.bare_url().as_str();
        // Follow-ups are many and short-lived; only what the declaration names is remembered.
        let first = ask.hop() == 0 && ask.page() == 1;
        let moved = self
            .moves
            .get(bare)
            .filter(|_| first)
            .and_then(|to| source.moved(ask, &Url::parse(to).ok()?))
            .map(Box::new);
        let asked = moved.as_deref().unwrap_or(ask);
        let gone = self.gone.get(asked.bare_url().as_str()).filter(|_| first);
        if let Some(at) = gone
            && !anyway
        {
            return Way::Gone(*at);
        }
        let condition = key(ask)
            .and_then(|key| self.answers.get(&key))
            .filter(|kept| cache::matches(kept, ask))
            .and_then(|kept| {
                let follow = kept.follow.iter().map(|plan| source.ask_again(plan));
                Some(Condition {
                    kept: kept.clone(),
                    // Where one of them cannot be made again, the answer itself is needed.
                    follow: follow.collect::<Option<_>>()?,
                })
            });
        match condition {
            Some(condition) if !anyway && cache::is_fresh(&condition.kept, now) => Way::Fresh {
                until: condition.kept.fresh_until.unwrap_or(now),
                follow: condition.follow,
            },
            condition => Way::Ask {
                moved,
                condition: condition.map(Box::new),
                was_gone: gone.is_some(),
            },
        }
    }
}
