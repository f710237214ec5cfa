//! Which field of a row is which: by names that APIs use, and by what the values look like.
//!
//! A name is compared without case, `_` and `-`; `amount.value` means `value` inside of `amount`. Among names that fit,
//! the earlier in the list wins; a value that does not look the part never does.

use gather_records::{RecordKind, parse_decimal};

use crate::{jq::Val, mapping::value};

/// What the values of a field must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A text or a number, in every row another one.
    Id,
    Text,
    /// A text or a number that names something.
    Name,
    Link,
    /// A date with or without a time, or seconds or milliseconds since 1970.
    Instant,
    Count,
    Amount,
    /// Three capital letters.
    Currency,
    Flag,
}

/// A field that is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) field: &'static str,
    pub(super) shape: Shape,
    pub(super) names: &'static [&'static str],
    /// Without it there is no record of this kind.
    pub(super) needed: bool,
}

const fn needed(field: &'static str, shape: Shape, names: &'static [&'static str]) -> Wanted {
    Wanted {
        field,
        shape,
        names,
        needed: true,
    }
}

const fn welcome(field: &'static str, shape: Shape, names: &'static [&'static str]) -> Wanted {
    Wanted {
        field,
        shape,
        names,
        needed: false,
    }
}

const ARTICLE: &[Wanted] = &[
    needed(
        "id",
        Shape::Id,
        &[
            "id",
            "guid",
            "uuid",
            "uid",
            "objectid",
            "articleid",
            "storyid",
            "key",
            "slug",
            "sha",
            "permalink",
            "htmlurl",
            "weburl",
            "url",
            "link",
            "href",
        ],
    ),
    welcome(
        "title",
        Shape::Text,
        &[
            "title",
            "headline",
            "webtitle",
            "name",
            "subject",
            "label",
            "displayname",
            "fullname",
            "place",
        ],
    ),
    welcome(
        "url",
        Shape::Link,
        &[
            "htmlurl",
            "weburl",
            "permalink",
            "canonicalurl",
            "articleurl",
            "pageurl",
            "link",
            "url",
            "href",
            "uri",
            "externalurl",
        ],
    ),
    welcome(
        "published_at",
        Shape::Instant,
        &[
            "publishedat",
            "datepublished",
            "published",
            "webpublicationdate",
            "pubdate",
            "publisheddate",
            "publicationdate",
            "firstpublishedat",
            "postedat",
            "posted",
            "createdat",
            "createdutc",
            "created",
            "datecreated",
            "date",
            "datetime",
            "time",
            "timestamp",
            "updatedat",
            "updated",
        ],
    ),
    welcome(
        "author",
        Shape::Text,
        &[
            "author",
            "byline",
            "by",
            "creator",
            "authorname",
            "username",
            "author.name",
            "author.login",
            "user.name",
            "user.login",
            "user.username",
            "actor.login",
            "owner.login",
            "user",
        ],
    ),
    welcome(
        "summary",
        Shape::Text,
        &[
            "summary",
            "description",
            "excerpt",
            "abstract",
            "trailtext",
            "standfirst",
            "dek",
            "body",
            "selftext",
            "contenttext",
            "content",
            "text",
        ],
    ),
    welcome(
        "section",
        Shape::Text,
        &[
            "section",
            "sectionname",
            "category",
            "topic",
            "channel",
            "subreddit",
            "source.name",
        ],
    ),
    welcome(
        "score",
        Shape::Count,
        &[
            "score",
            "points",
            "ups",
            "upvotes",
            "votes",
            "likes",
            "stargazerscount",
            "stars",
        ],
    ),
    welcome(
        "comments",
        Shape::Count,
        &[
            "numcomments",
            "commentscount",
            "commentcount",
            "comments",
            "descendants",
            "replies",
        ],
    ),
];

const CURRENCY: &[&str] = &[
    "currency",
    "currencycode",
    "isocurrencycode",
    "amount.currency",
    "balance.currency",
    "limit.currency",
    "transactionamount.currency",
    "balances.isocurrencycode",
    "balances.currency",
];

const TRANSACTION: &[Wanted] = &[
    needed(
        "id",
        Shape::Id,
        &[
            "id",
            "transactionid",
            "uuid",
            "fitid",
            "entryreference",
            "reference",
            "ref",
        ],
    ),
    needed(
        "amount",
        Shape::Amount,
        &[
            "amount",
            "amount.value",
            "amount.amount",
            "transactionamount.amount",
            "value",
        ],
    ),
    needed(
        "date",
        Shape::Instant,
        &[
            "date",
            "bookingdate",
            "bookedat",
            "booked",
            "posteddate",
            "posted",
            "transactiondate",
            "transactedat",
            "valuedate",
            "createdat",
            "created",
            "timestamp",
        ],
    ),
    welcome(
        "account",
        Shape::Name,
        &["accountid", "account", "account.id", "accountnumber"],
    ),
    welcome("currency", Shape::Currency, CURRENCY),
    welcome(
        "description",
        Shape::Text,
        &[
            "description",
            "merchantname",
            "merchant.name",
            "payee",
            "counterparty",
            "counterpartyname",
            "memo",
            "narrative",
            "remittanceinformationunstructured",
            "name",
            "title",
            "details",
        ],
    ),
    welcome(
        "category",
        Shape::Text,
        &["category", "categoryname", "category.name"],
    ),
    welcome("pending", Shape::Flag, &["pending", "ispending"]),
];

const ACCOUNT: &[Wanted] = &[
    needed(
        "id",
        Shape::Id,
        &["id", "accountid", "uuid", "iban", "accountnumber", "number"],
    ),
    needed(
        "name",
        Shape::Text,
        &[
            "name",
            "displayname",
            "accountname",
            "officialname",
            "nickname",
            "label",
            "title",
        ],
    ),
    needed(
        "balance",
        Shape::Amount,
        &[
            "balance",
            "currentbalance",
            "balance.amount",
            "balance.value",
            "balances.current",
            "availablebalance",
        ],
    ),
    welcome("currency", Shape::Currency, CURRENCY),
    welcome(
        "as_of",
        Shape::Instant,
        &[
            "asof",
            "balancedate",
            "updatedat",
            "lastupdated",
            "timestamp",
        ],
    ),
];

const BUDGET: &[Wanted] = &[
    needed(
        "category",
        Shape::Text,
        &["category", "categoryname", "category.name", "name"],
    ),
    needed(
        "limit",
        Shape::Amount,
        &[
            "limit",
            "limit.amount",
            "budgeted",
            "budget",
            "allocated",
            "limitamount",
        ],
    ),
    welcome("id", Shape::Id, &["id", "budgetid", "uuid"]),
    welcome(
        "spent",
        Shape::Amount,
        &["spent", "spent.amount", "used", "spentamount"],
    ),
    welcome("currency", Shape::Currency, CURRENCY),
];

/// The kinds that a list may hold, those with the most telling fields first.
pub(super) const KINDS: &[(RecordKind, &[Wanted])] = &[
    (RecordKind::Transaction, TRANSACTION),
    (RecordKind::Account, ACCOUNT),
    (RecordKind::Budget, BUDGET),
    (RecordKind::Article, ARTICLE),
];

/// Inside of these a field counts as one of the row itself.
const WRAPPERS: &[&str] = &[
    "data",
    "attributes",
    "properties",
    "fields",
    "node",
    "item",
    "attrs",
    "content",
    "story",
    "article",
    "post",
];

/// A name as it is compared.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, '_' | '-' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}

/// How well a path fits a wanted field, the less the better; `None` when it does not.
pub(super) fn fits(wanted: &Wanted, path: &[String]) -> Option<usize> {
    let names: Vec<String> = path.iter().map(|name| plain(name)).collect();
    let wrappers = names
        .iter()
        .take_while(|name| WRAPPERS.contains(&name.as_str()))
        .count();
    // The last name is the field's own, whatever it is called.
    let wrappers = wrappers.min(names.len() - 1);
    let name = names[wrappers..].join(".");
    let place = wanted.names.iter().position(|known| *known == name)?;
    Some(place + wrappers * 100)
}

/// Whether values look like what they should be. Only those that are there are given, at least one.
pub(super) fn looks(shape: Shape, values: &[&Val]) -> bool {
    let mut seen = std::collections::HashSet::new();
    values.iter().all(|one| match shape {
        Shape::Id => {
            value::scalar_text(one).is_some_and(|text| !text.trim().is_empty() && seen.insert(text))
        }
        Shape::Text => value::text(one).is_some(),
        Shape::Name => value::scalar_text(one).is_some(),
        Shape::Link => value::text(one).is_some_and(|text| is_link(text.trim())),
        Shape::Instant => is_instant(one),
        Shape::Count => is_whole(one),
        Shape::Amount => is_amount(one),
        Shape::Currency => value::text(one).is_some_and(|text| is_currency(&text)),
        Shape::Flag => matches!(one, Val::Bool(_)),
    })
}

fn is_link(text: &str) -> bool {
    text.is_empty()
        || text.starts_with("https://")
        || text.starts_with("http://")
        || (text.starts_with('/') && !text.starts_with("//"))
}

fn is_instant(one: &Val) -> bool {
    let Some(text) = value::scalar_text(one) else {
        return false;
    };
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        // From 1973 on, in seconds or in milliseconds.
        return (1e8..1e11).contains(&number) || (1e11..1e14).contains(&number);
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let year_first = text.len() >= 10
        && text.bytes().take(4).all(|b| b.is_ascii_digit())
        && matches!(text.as_bytes()[4], b'-' | b'/');
    let in_words = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
    .iter()
    .any(|month| text.to_ascii_lowercase().contains(month))
        && digits >= 5
        && text.len() <= 40;
    year_first || in_words
}

fn is_whole(one: &Val) -> bool {
    value::scalar_text(one).is_some_and(|text| text.trim().parse::<i64>().is_ok())
}

fn is_amount(one: &Val) -> bool {
    value::scalar_text(one).is_some_and(|text| parse_decimal(text.trim()).is_ok())
}

fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rank(field: &str, path: &str) -> Option<usize> {
        let wanted = ARTICLE.iter().find(|wanted| wanted.field == field).unwrap();
        fits(
            wanted,
            &path.split('.').map(str::to_owned).collect::<Vec<_>>(),
        )
    }

    #[test]
    fn names_are_compared_without_their_style_and_wrappers_cost() {
        assert_eq!(
            rank("published_at", "publishedAt"),
            rank("published_at", "published_at")
        );
        assert!(rank("title", "title") < rank("title", "data.title"));
        assert!(rank("title", "properties.title").is_some());
        assert_eq!(
            rank("url", "author.url"),
            None,
            "the address of something else"
        );
        assert!(rank("author", "user.login").is_some());
        assert!(
            rank("summary", "content").is_some(),
            "a wrapper's name can be a field"
        );
    }

    #[test]
    fn values_must_look_the_part() {
        let val = |text: &str| crate::jq::json::parse(text.as_bytes()).unwrap();
        let looks = |shape, texts: &[&str]| {
            let values: Vec<Val> = texts.iter().map(|text| val(text)).collect();
            looks(shape, &values.iter().collect::<Vec<_>>())
        };
        assert!(looks(Shape::Id, &["1", "\"2\""]));
        assert!(!looks(Shape::Id, &["1", "1"]));
        assert!(looks(
            Shape::Instant,
            &["\"2026-11-20\"", "1763625600", "1763625600000"]
        ));
        assert!(looks(
            Shape::Instant,
            &["\"Fri, 20 Nov 2026 08:00:00 GMT\""]
        ));
        assert!(!looks(Shape::Instant, &["17", "\"soon\""]));
        assert!(looks(Shape::Amount, &["-4.50", "\"12.00\""]));
        assert!(!looks(Shape::Amount, &["\"a lot\""]));
        assert!(looks(Shape::Currency, &["\"EUR\""]) && !looks(Shape::Currency, &["\"euro\""]));
        assert!(looks(Shape::Link, &["\"https://a.example/\"", "\"/r/x\""]));
    }
}
