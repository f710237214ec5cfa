//! The value of `pages`: how the pages of a list are asked for, one kind a table.

use toml::{Spanned, de::DeValue};

use super::{
    build::Builder,
    draft::{Format, PagesDraft},
    place::Placed,
    read::Reader,
    values,
};
use crate::pages::{Kind, MAX_PAGES, Pages};

const KEYS: &[&str] = &[
    "page", "offset", "cursor", "link", "next", "first", "last", "size", "total", "max",
];
const SHAPES: &str = "`{ page = \"NAME\" }`, `{ offset = \"NAME\" }`, `{ cursor = \"NAME\", next = \"JQ\" }`, `{ link = \"next\" }` or `{ next = \"JQ\" }`";

impl Reader<'_> {
    pub(super) fn pages(&mut self, value: &Spanned<DeValue<'_>>) -> Option<PagesDraft> {
        if !value.get_ref().is_table() {
            self.expected(SHAPES, value.get_ref(), value);
            return None;
        }
        let mut pages = PagesDraft {
            place: self.place(value.span()),
            page: None,
            offset: None,
            cursor: None,
            link: None,
            next: None,
            first: None,
            last: None,
            size: None,
            total: None,
            max: None,
        };
        for (key, place, value) in self.table(value) {
            match key {
                "page" => pages.page = self.value(value, values::name),
                "offset" => pages.offset = self.value(value, values::name),
                "cursor" => pages.cursor = self.value(value, values::name),
                "link" => pages.link = self.value(value, values::name),
                "next" => pages.next = self.text(value),
                "first" => pages.first = self.value(value, values::first),
                "last" => pages.last = self.text(value),
                "size" => pages.size = self.value(value, values::size),
                "total" => pages.total = self.text(value),
                "max" => pages.max = self.value(value, |v| values::at_most(v, MAX_PAGES)),
                _ => self.unknown(key, &place, KEYS),
            }
        }
        Some(pages)
    }
}

impl Builder<'_> {
    /// A checked `pages`; `None` after a problem was noted.
    pub(super) fn pages(&mut self, draft: &PagesDraft, format: Format) -> Option<Pages> {
        let kinds = [
            draft.page.is_some(),
            draft.offset.is_some(),
            draft.cursor.is_some() || draft.next.is_some(),
            draft.link.is_some(),
        ];
        if kinds.iter().filter(|kind| **kind).count() != 1 {
            self.problems.push(
                draft
                    .place
                    .problem(format!("`pages` needs exactly one of {SHAPES}")),
            );
            return None;
        }
        let misplaced = |setting: bool, kind: bool| setting && !kind;
        for (name, wrong, with) in [
            (
                "first",
                misplaced(draft.first.is_some(), kinds[0] || kinds[1]),
                "`page` or `offset`",
            ),
            (
                "size",
                misplaced(draft.size.is_some(), kinds[0] || kinds[1]),
                "`page` or `offset`",
            ),
            ("last", misplaced(draft.last.is_some(), kinds[0]), "`page`"),
            (
                "total",
                misplaced(draft.total.is_some(), kinds[1]),
                "`offset`",
            ),
        ] {
            if wrong {
                self.problems.push(
                    draft
                        .place
                        .problem(format!("`{name}` goes with {with} only")),
                );
                return None;
            }
        }
        if format == Format::Feed && draft.link.is_none() {
            self.problems.push(
                draft
                    .place
                    .problem("the pages of a feed are those that it links to itself")
                    .help("write `pages = { link = \"next\" }`"),
            );
            return None;
        }
        let first = draft.first.as_ref().map(|first| first.value);
        let size = draft.size.as_ref().map(|size| size.value);
        let kind = if let Some(param) = &draft.page {
            Kind::Page {
                param: param.value.clone(),
                first: first.unwrap_or(1),
                last: self.optional_program(draft.last.as_ref())?,
                size,
            }
        } else if let Some(param) = &draft.offset {
            Kind::Offset {
                param: param.value.clone(),
                first: first.unwrap_or(0),
                total: self.optional_program(draft.total.as_ref())?,
                size,
            }
        } else if let Some(link) = &draft.link {
            Kind::Link {
                rel: link.value.clone(),
            }
        } else {
            let Some(next) = &draft.next else {
                self.problems.push(draft.place.problem(
                    "`cursor` needs `next`, the jq expression that finds it in an answer",
                ));
                return None;
            };
            let program = self.program(next)?;
            match &draft.cursor {
                Some(param) => Kind::Cursor {
                    param: param.value.clone(),
                    next: program,
                },
                None => Kind::Next { next: program },
            }
        };
        Some(Pages::new(kind, draft.max.as_ref().map(|max| max.value)))
    }

    fn optional_program(
        &mut self,
        text: Option<&Placed<String>>,
    ) -> Option<Option<crate::jq::Program>> {
        match text {
            Some(text) => self.program(text).map(Some),
            None => Some(None),
        }
    }
}
