//! JSON that nobody described: which list in it holds records, and which field of a row is which.
//!
//! Every list of objects within the first levels is looked at, the answer itself last. Money is more telling than
//! news, so a list with amounts and dates is taken for transactions before it is taken for articles.
//!
//! Not here: names and looks of fields (`fields`), the declaration that is made of a guess (`proposal`).

use gather_records::RecordKind;

use super::fields::{self, Shape, Wanted};
use crate::{jq::Val, mapping::value};

/// How deep a list is looked for.
const DEPTH: usize = 5;
/// How many lists are looked at.
const LISTS: usize = 200;
/// How many rows of a list are looked at.
const ROWS: usize = 100;
/// How deep a field is looked for in a row, and how many are looked at.
const FIELD_DEPTH: usize = 3;
const FIELDS: usize = 300;

/// What a mapping may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Guess {
    pub(super) kind: RecordKind,
    /// The expression of `each`.
    pub(super) each: String,
    /// Rows in the list.
    pub(super) rows: usize,
    /// Field and expression, in the order of the kind.
    pub(super) fields: Vec<(&'static str, String)>,
    /// Amounts are whole numbers in all rows, as they are where cents are counted.
    pub(super) whole_amounts: bool,
    /// The id is the address, since nothing else differs in every row.
    pub(super) by_address: bool,
}

/// A list in an answer.
struct List<'v> {
    each: String,
    rows: Vec<&'v Val>,
    all: usize,
    depth: usize,
}

/// What an answer may be mapped to: money of several kinds, or one list of articles. Empty when no list has what a
/// record needs.
pub(super) fn guess(body: &Val) -> Vec<Guess> {
    let lists = lists(body);
    let mut found: Vec<(usize, Guess)> = Vec::new();
    for list in &lists {
        let best = fields::KINDS.iter().find_map(|(kind, wanted)| {
            let (score, guess) = map(*kind, wanted, list)?;
            Some((score, guess))
        });
        found.extend(best);
    }
    let has_money = found
        .iter()
        .any(|(_, guess)| guess.kind != RecordKind::Article);
    let mut chosen: Vec<Guess> = Vec::new();
    for (kind, _) in fields::KINDS {
        if has_money == (*kind == RecordKind::Article) {
            continue;
        }
        let best = found
            .iter()
            .filter(|(_, guess)| guess.kind == *kind)
            // The first of equals, which is the one nearest to the root.
            .rev()
            .max_by_key(|(score, guess)| (*score, guess.rows.min(ROWS)));
        chosen.extend(best.map(|(_, guess)| guess.clone()));
    }
    chosen
}

/// The longest list of plain values, such as ids, and where it is.
pub(super) fn values(body: &Val) -> Option<(String, usize)> {
    let mut longest: Option<(String, usize)> = None;
    walk(body, String::new(), 0, &mut |path, value, _| {
        if let Val::Arr(items) = value
            && !items.is_empty()
            && items.iter().all(|item| value::scalar_text(item).is_some())
            && longest
                .as_ref()
                .is_none_or(|(_, length)| items.len() > *length)
        {
            longest = Some((format!("{}[]", root(path)), items.len()));
        }
    });
    longest
}

/// A sign of more pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct More {
    /// Where it is, as jq.
    pub(super) path: String,
    /// Whether it is the address of the next page.
    pub(super) is_address: bool,
}

/// A field within the first levels that speaks of more pages; an address before anything else.
pub(super) fn more_pages(body: &Val) -> Option<More> {
    const NAMES: &[&str] = &[
        "next",
        "next_page",
        "nextPage",
        "next_url",
        "nextUrl",
        "next_cursor",
        "nextCursor",
        "cursor",
        "after",
        "nextPageToken",
        "next_page_token",
        "has_more",
        "hasMore",
    ];
    let mut found: Option<More> = None;
    walk(body, String::new(), 0, &mut |path, value, depth| {
        let name = path.rsplit('.').next().unwrap_or_default();
        if depth > 3 || path.contains("[]") || !NAMES.contains(&name) {
            return;
        }
        let text = value::text(value);
        let is_address = text.as_ref().is_some_and(|text| {
            text.starts_with("http") || text.starts_with('/') || text.starts_with('?')
        });
        let says_no = match value {
            Val::Null | Val::Bool(false) | Val::Obj(_) | Val::Arr(_) => true,
            _ => text.is_some_and(|text| text.is_empty()),
        };
        if !says_no
            && found
                .as_ref()
                .is_none_or(|known| is_address && !known.is_address)
        {
            found = Some(More {
                path: path.to_owned(),
                is_address,
            });
        }
    });
    found
}

fn lists(body: &Val) -> Vec<List<'_>> {
    let mut lists = Vec::new();
    walk(body, String::new(), 0, &mut |path, value, depth| {
        let Val::Arr(items) = value else { return };
        let rows: Vec<&Val> = items
            .iter()
            .filter(|item| matches!(item, Val::Obj(_)))
            .take(ROWS)
            .collect();
        let looked_at = items.len().min(ROWS);
        if lists.len() < LISTS && !rows.is_empty() && rows.len() * 5 >= looked_at * 4 {
            lists.push(List {
                each: format!("{}[]", root(path)),
                rows,
                all: items.len(),
                depth,
            });
        }
    });
    if lists.is_empty() && matches!(body, Val::Obj(_)) {
        lists.push(List {
            each: ".".to_owned(),
            rows: vec![body],
            all: 1,
            depth: 0,
        });
    }
    lists
}

/// `.` before a `[]` at the very beginning.
fn root(path: &str) -> &str {
    if path.is_empty() { "." } else { path }
}

/// Visits a value and what is in it, the outer before the inner, with its path in jq. Of a list of objects the first
/// is looked into, for lists in lists.
fn walk<'v>(
    value: &'v Val,
    path: String,
    depth: usize,
    visit: &mut impl FnMut(&str, &'v Val, usize),
) {
    visit(&path, value, depth);
    if depth == DEPTH {
        return;
    }
    match value {
        Val::Obj(fields) => {
            for (key, value) in fields.iter().take(FIELDS) {
                if let Some(key) = value::text(key) {
                    walk(value, format!("{path}{}", step(&key)), depth + 1, visit);
                }
            }
        }
        Val::Arr(items) => {
            if let Some(first @ Val::Obj(_)) = items.first() {
                walk(first, format!("{}[]", root(&path)), depth + 1, visit);
            }
        }
        _ => {}
    }
}

/// A key as a step of a path in jq.
fn step(key: &str) -> String {
    let plain = key
        .chars()
        .enumerate()
        .all(|(at, c)| c == '_' || c.is_ascii_alphabetic() || (at > 0 && c.is_ascii_digit()));
    if plain && !key.is_empty() {
        format!(".{key}")
    } else {
        let quoted = serde_json::to_string(key).expect("a text is JSON");
        format!(".{}", quoted.replace("\\(", "\\\\("))
    }
}

/// The paths in the rows, and the values that are there.
fn columns<'v>(rows: &[&'v Val]) -> Vec<(Vec<String>, Vec<&'v Val>)> {
    fn add<'v>(
        value: &'v Val,
        path: &mut Vec<String>,
        found: &mut Vec<(Vec<String>, Vec<&'v Val>)>,
    ) {
        if let Val::Obj(fields) = value {
            if path.len() == FIELD_DEPTH {
                return;
            }
            for (key, value) in fields.iter() {
                if let Some(key) = value::text(key) {
                    path.push(key.into_owned());
                    add(value, path, found);
                    path.pop();
                }
            }
            return;
        }
        let is_blank = value::text(value).is_some_and(|text| text.trim().is_empty());
        if matches!(value, Val::Null | Val::Arr(_)) || is_blank || path.is_empty() {
            return;
        }
        match found.iter().position(|(known, _)| known == path) {
            Some(at) => found[at].1.push(value),
            None if found.len() < FIELDS => found.push((path.clone(), vec![value])),
            None => {}
        }
    }
    let mut found = Vec::new();
    for row in rows {
        add(row, &mut Vec::new(), &mut found);
    }
    found
}

/// Maps a list to a kind of record; the score says how much of the kind it has.
fn map(kind: RecordKind, wanted: &[Wanted], list: &List<'_>) -> Option<(usize, Guess)> {
    let columns = columns(&list.rows);
    let mut guess = Guess {
        kind,
        each: list.each.clone(),
        rows: list.all,
        fields: Vec::new(),
        whole_amounts: false,
        by_address: false,
    };
    let mut taken: Vec<&[String]> = Vec::new();
    for one in wanted {
        let enough = |count: usize| {
            if one.needed {
                count == list.rows.len()
            } else {
                count * 2 >= list.rows.len()
            }
        };
        let best = columns
            .iter()
            .filter(|(path, values)| {
                enough(values.len())
                    && !taken.contains(&path.as_slice())
                    && fields::looks(one.shape, values)
            })
            .filter_map(|(path, values)| Some((fields::fits(one, path)?, path, values)))
            .min_by_key(|(rank, ..)| *rank);
        let Some((_, path, values)) = best else {
            if one.needed {
                return None;
            }
            continue;
        };
        if one.shape == Shape::Amount {
            guess.whole_amounts = values.iter().all(|value| {
                value::scalar_text(value).is_some_and(|text| !text.contains(['.', ',']))
            });
        }
        guess.by_address |= one.field == "id" && fields::looks(Shape::Link, values);
        let expression: String = path.iter().map(|key| step(key)).collect();
        guess.fields.push((one.field, expression));
        // An address can be the id and still be the address.
        if one.field != "id" {
            taken.push(path);
        }
    }
    let has = |field: &str| guess.fields.iter().any(|(name, _)| *name == field);
    if kind == RecordKind::Article && !has("title") && !has("url") && !has("summary") {
        return None;
    }
    // Nearer to the root is better among lists that have the same.
    let score = guess.fields.len() * 10 + DEPTH.saturating_sub(list.depth);
    Some((score, guess))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guesses(json: &str) -> Vec<Guess> {
        guess(&crate::jq::json::parse(json.as_bytes()).unwrap())
    }

    fn expression<'g>(guess: &'g Guess, field: &str) -> Option<&'g str> {
        let (_, expression) = guess.fields.iter().find(|(name, _)| *name == field)?;
        Some(expression)
    }

    #[test]
    fn the_list_with_the_most_of_a_record_is_taken() {
        let found = guesses(
            r#"{"meta": {"tags": [{"id": 1, "name": "a"}]},
                "data": {"items": [
                  {"uid": "x", "headline": "One", "link": "https://a.example/1", "user": {"login": "ada", "id": 7}, "created_at": 1763625600},
                  {"uid": "y", "headline": "Two", "link": "https://a.example/2", "user": {"login": "bo", "id": 7}, "created_at": 1763625601}]}}"#,
        );
        let [found] = &found[..] else {
            panic!("{found:?}")
        };
        assert_eq!((found.each.as_str(), found.rows), (".data.items[]", 2));
        assert_eq!(expression(found, "id"), Some(".uid"));
        assert_eq!(expression(found, "title"), Some(".headline"));
        assert_eq!(expression(found, "url"), Some(".link"));
        assert_eq!(expression(found, "author"), Some(".user.login"));
        assert_eq!(expression(found, "published_at"), Some(".created_at"));
        assert_eq!(expression(found, "score"), None);
    }

    #[test]
    fn lists_in_lists_arrays_and_odd_keys_have_their_path() {
        let found = guesses(r#"[{"id": 1, "title": "a"}, {"id": 2, "title": "b"}]"#);
        assert_eq!(found[0].each, ".[]");
        let found =
            guesses(r#"{"days of week": [{"day": 1, "the items": [{"id": 1, "title": "a"}]}]}"#);
        assert_eq!(found[0].each, r#"."days of week"[]."the items"[]"#);
        let found = guesses(r#"{"id": 5, "name": "Oslo"}"#);
        assert_eq!((found[0].each.as_str(), found[0].rows), (".", 1));
    }

    #[test]
    fn money_of_several_kinds_is_found_in_one_answer() {
        let found = guesses(
            r#"{"accounts": [{"id": "a", "name": "Checking", "balance": "25.00", "currency": "EUR"}],
                "transactions": [{"id": 1, "account_id": "a", "amount": -450, "date": "2026-11-20", "description": "Coffee"}],
                "budgets": [{"category": "Food", "limit": 300, "spent": 12}]}"#,
        );
        let kinds: Vec<_> = found.iter().map(|guess| guess.kind).collect();
        assert_eq!(
            kinds,
            [
                RecordKind::Transaction,
                RecordKind::Account,
                RecordKind::Budget
            ]
        );
        assert!(found[0].whole_amounts && !found[1].whole_amounts);
        assert_eq!(expression(&found[0], "account"), Some(".account_id"));
    }

    #[test]
    fn what_has_no_id_of_its_own_is_known_by_its_address_or_not_at_all() {
        let found = guesses(
            r#"[{"id": 1, "title": "a", "url": "https://a.example/1"}, {"id": 1, "title": "b", "url": "https://a.example/2"}]"#,
        );
        assert_eq!(expression(&found[0], "id"), Some(".url"));
        assert_eq!(expression(&found[0], "url"), Some(".url"));
        assert!(found[0].by_address);
        assert!(guesses(r#"[{"id": 1, "title": "a"}, {"id": 1, "title": "b"}]"#).is_empty());
        assert!(guesses(r#"{"a": [1, 2, 3]}"#).is_empty());
    }

    #[test]
    fn lists_of_ids_and_signs_of_more_pages_are_seen() {
        let body = crate::jq::json::parse(
            br#"{"ids": [1, 2, 3], "paging": {"next": "https://a.example/?p=2"}}"#,
        )
        .unwrap();
        assert_eq!(values(&body), Some((".ids[]".to_owned(), 3)));
        let more = more_pages(&body).unwrap();
        assert_eq!(
            (more.path.as_str(), more.is_address),
            (".paging.next", true)
        );
        let last = crate::jq::json::parse(br#"{"ids": [], "next": null}"#).unwrap();
        assert_eq!((values(&last), more_pages(&last)), (None, None));
    }
}
