//! Pages of every kind, to their end and no further.

use gather_sources::Source;
use url::Url;

use crate::support::{Served, query, served, source, walk};

/// A source whose answers are `{"items": [{"id": …}], …}`, paged as declared.
fn paged(pages: &str) -> Source {
    source(&format!(
        r#"
[source.list]
url = "https://l.example/list?q=a%20b"
pages = {pages}
[source.list.article]
each = ".items[]"
id = ".id"
"#
    ))
}

/// The items of one page of `size`, out of `total`.
fn items(from: usize, size: usize, total: usize) -> String {
    let ids: Vec<String> = (from..(from + size).min(total))
        .map(|id| format!("{{\"id\":{id}}}"))
        .collect();
    ids.join(",")
}

fn number(url: &Url, name: &str, default: usize) -> usize {
    query(url, name).map_or(default, |text| text.parse().unwrap())
}

fn in_order(count: usize) -> Vec<String> {
    (0..count).map(|id| id.to_string()).collect()
}

#[test]
fn page_numbers_go_on_until_a_page_is_empty() {
    let walk = walk(&paged(r#"{ page = "page" }"#), |url| {
        let page = number(url, "page", 1);
        served(format!("{{\"items\":[{}]}}", items((page - 1) * 2, 2, 5)))
    });
    assert_eq!(walk.ids, in_order(5));
    assert_eq!(
        walk.asked,
        [
            "/list?q=a%20b",
            "/list?q=a%20b&page=2",
            "/list?q=a%20b&page=3",
            "/list?q=a%20b&page=4"
        ]
    );
    assert_eq!((walk.warnings.len(), walk.errors.len()), (0, 0));
}

#[test]
fn with_a_known_last_page_the_others_are_asked_at_once() {
    let source = paged(r#"{ page = "p", first = 0, last = ".last", max = 20 }"#);
    let serve = |url: &Url| {
        let page = number(url, "p", 0);
        served(format!(
            "{{\"last\":\"3\",\"items\":[{}]}}",
            items(page * 2, 2, 8)
        ))
    };
    let first = crate::support::read(&source, &serve(source.first_asks()[0].url()).body).unwrap();
    let pages: Vec<usize> = first.follow.iter().map(gather_sources::Ask::page).collect();
    assert_eq!(pages, [2, 3, 4]);
    let walk = walk(&source, serve);
    assert_eq!(walk.ids, in_order(8));
    assert_eq!(walk.asked.len(), 4);
}

#[test]
fn a_short_page_is_the_last_where_the_size_is_declared() {
    for pages in [
        r#"{ page = "page", size = 2 }"#,
        r#"{ offset = "page", first = 1, size = 2 }"#,
    ] {
        let walk = walk(&paged(pages), |url| {
            let at = number(url, "page", 1);
            let from = if pages.contains("offset") {
                at - 1
            } else {
                (at - 1) * 2
            };
            served(format!("{{\"items\":[{}]}}", items(from, 2, 3)))
        });
        assert_eq!(walk.ids, in_order(3), "{pages}");
        assert_eq!(walk.asked.len(), 2, "{pages}");
    }
}

#[test]
fn offsets_go_on_to_the_total() {
    for (pages, at_once) in [
        (r#"{ offset = "skip", size = 2, total = ".total" }"#, 3),
        (r#"{ offset = "skip", total = ".total" }"#, 1),
    ] {
        let source = paged(pages);
        let serve = |url: &Url| {
            let from = number(url, "skip", 0);
            served(format!("{{\"total\":7,\"items\":[{}]}}", items(from, 2, 7)))
        };
        let first =
            crate::support::read(&source, &serve(source.first_asks()[0].url()).body).unwrap();
        assert_eq!(first.follow.len(), at_once, "{pages}");
        let walk = walk(&source, serve);
        assert_eq!(walk.ids, in_order(7), "{pages}");
        assert_eq!(walk.asked.last().unwrap(), "/list?q=a%20b&skip=6");
    }
}

#[test]
fn a_walk_starts_where_the_address_says() {
    let source = source(
        r#"
[source.list]
url = "https://l.example/list"
query = { page = 3 }
pages = { page = "page", last = ".last" }
[source.list.article]
each = ".items[]"
id = ".id"
"#,
    );
    let walk = walk(&source, |url| {
        let page = number(url, "page", 1);
        served(format!("{{\"last\":5,\"items\":[{{\"id\":{page}}}]}}"))
    });
    assert_eq!(walk.ids, ["3", "4", "5"]);
}

#[test]
fn case_54_a_cursor_goes_back_unchanged() {
    let cursors = [
        "a+b/c==",
        "9007199254740993",
        "12345678901234567890",
        "x y&z=%41;é",
        "-5",
    ];
    let walk = walk(&paged(r#"{ cursor = "after", next = ".after" }"#), |url| {
        let at = query(url, "after").map_or(0, |cursor| {
            1 + cursors.iter().position(|known| *known == cursor).unwrap()
        });
        let next = match cursors.get(at) {
            // Numbers as numbers: a digit lost would not be found again.
            Some(cursor) if cursor.parse::<i128>().is_ok() => (*cursor).to_owned(),
            Some(cursor) => serde_json::to_string(cursor).unwrap(),
            None => "null".to_owned(),
        };
        served(format!("{{\"after\":{next},\"items\":[{{\"id\":{at}}}]}}"))
    });
    assert_eq!(walk.ids, in_order(6));
    assert_eq!((walk.warnings.len(), walk.errors.len()), (0, 0));
    assert_eq!(walk.asked[1], "/list?q=a%20b&after=a%2Bb%2Fc%3D%3D");
}

#[test]
fn the_last_id_can_be_the_cursor() {
    let walk = walk(
        &paged(r#"{ cursor = "since", next = ".items[-1].id" }"#),
        |url| {
            let from = number(url, "since", 0);
            let from = if query(url, "since").is_some() {
                from + 1
            } else {
                0
            };
            served(format!("{{\"items\":[{}]}}", items(from, 3, 7)))
        },
    );
    assert_eq!(walk.ids, in_order(7));
    assert_eq!(walk.asked.len(), 4);
}

#[test]
fn case_53_the_link_header_leads_on() {
    let walk = walk(&paged(r#"{ link = "next" }"#), |url| {
        let page = number(url, "p", 1);
        Served {
            links: match page {
                1 => vec![
                    "<https://l.example/first>; rel=first, <https://l.example/list?p=2&x=1,2;b>; rel=\"prev next\"; title=\"a, b\"".to_owned(),
                ],
                2 => vec![
                    "</list?p=1>; rel=\"prev\"".to_owned(),
                    "<?p=3>; rel=next, </list?p=9>; rel=next".to_owned(),
                ],
                _ => vec!["</list?p=4>; rel=next; anchor=\"/other\"".to_owned()],
            },
            ..served(format!("{{\"items\":[{{\"id\":{page}}}]}}"))
        }
    });
    assert_eq!(walk.ids, ["1", "2", "3"]);
    assert_eq!(
        walk.asked,
        ["/list?q=a%20b", "/list?p=2&x=1,2;b", "/list?p=3"]
    );
}

#[test]
fn an_address_in_the_body_leads_on() {
    let walk = walk(&paged(r#"{ next = ".next_url" }"#), |url| {
        let next = match url.path() {
            "/list" => "\"/2\"",
            "/2" => "\"https://l.example/3?x=1#part\"",
            "/3" => "\"\"",
            other => panic!("{other}"),
        };
        served(format!(
            "{{\"next_url\":{next},\"items\":[{{\"id\":\"{}\"}}]}}",
            url.path()
        ))
    });
    assert_eq!(walk.ids, ["/list", "/2", "/3"]);
    assert!(walk.warnings.is_empty());
}

#[test]
fn case_50_a_next_page_that_was_asked_for_already_ends_the_list() {
    for (nexts, pages) in [
        (["/list?q=a%20b", "-", "-"], 1),
        (["/b", "/list?q=a%20b", "-"], 2),
        (["/b", "/c", "/b"], 3),
        (["/b", "/c", "/c#again"], 3),
    ] {
        let walk = walk(&paged(r#"{ next = ".next", max = 50 }"#), |url| {
            let at = match url.path() {
                "/list" => 0,
                "/b" => 1,
                _ => 2,
            };
            served(format!(
                "{{\"next\":\"{}\",\"items\":[{{\"id\":{at}}}]}}",
                nexts[at]
            ))
        });
        assert_eq!(walk.ids, in_order(pages), "{nexts:?}");
        assert_eq!(walk.errors.len(), 0);
        assert_eq!(
            walk.warnings,
            [format!(
                "page {pages} names a next one that was asked for already; the list ends here"
            )]
        );
    }
}

#[test]
fn case_50_a_cursor_that_repeats_ends_the_list() {
    let walk = walk(&paged(r#"{ cursor = "after", next = ".after" }"#), |url| {
        let at = usize::from(query(url, "after").is_some());
        served(format!(
            "{{\"after\":\"same\",\"items\":[{{\"id\":{at}}}]}}"
        ))
    });
    assert_eq!(walk.ids, ["0", "1"]);
    assert_eq!(walk.warnings.len(), 1);
}

#[test]
fn case_50_a_feed_that_names_itself_as_next_ends() {
    let source =
        source("[source.f]\nfeed = \"https://f.example/feed.json\"\npages = { link = \"next\" }\n");
    let walk = walk(&source, |url| {
        let page = number(url, "p", 1);
        let next = if page == 1 { 2 } else { page };
        served(format!(
            r#"{{"version":"https://jsonfeed.org/version/1.1","title":"t","next_url":"https://f.example/feed.json?p={next}","items":[{{"id":"{page}"}}]}}"#
        ))
    });
    assert_eq!(walk.ids, ["1", "2"]);
    assert_eq!(walk.warnings.len(), 1);
}

#[test]
fn the_pages_of_a_feed_are_those_that_it_links_to() {
    let paged =
        "[source.f]\nfeed = \"https://f.example/feed\"\npages = { link = \"next\", max = 3 }\n";
    let serve = |url: &Url| {
        let page = number(url, "p", 1);
        served(format!(
            "<rss version='2.0' xmlns:atom='http://www.w3.org/2005/Atom'><channel><title>t</title><link>https://f.example</link>\
             <description>d</description><atom:link rel='self' href='/feed'/><atom:link rel='next' href='/feed?p={}&amp;x=1'/>\
             <item><guid>{page}</guid><title>t</title></item></channel></rss>",
            page + 1
        ))
    };
    let walked = walk(&source(paged), serve);
    assert_eq!(walked.ids, ["1", "2", "3"]);
    assert_eq!(walked.asked, ["/feed", "/feed?p=2&x=1", "/feed?p=3&x=1"]);
    // Nobody asked for the archive.
    let plain = source("[source.f]\nfeed = \"https://f.example/feed\"\n");
    assert_eq!(walk(&plain, serve).ids, ["1"]);
}

#[test]
fn case_51_a_server_that_ignores_the_page_is_found_out() {
    for pages in [
        r#"{ page = "page" }"#,
        r#"{ page = "page", last = ".last" }"#,
        r#"{ offset = "offset", size = 2 }"#,
    ] {
        let clock = std::cell::Cell::new(0);
        let walk = walk(&paged(pages), |_| {
            clock.set(clock.get() + 1);
            served(format!(
                "{{\"took\":{},\"last\":3,\"items\":[{}]}}",
                clock.get(),
                items(0, 2, 2)
            ))
        });
        assert_eq!(walk.ids, ["0", "1"], "{pages}");
        assert!(walk.asked.len() <= 3, "{pages}: {:?}", walk.asked);
        assert!(
            walk.warnings[0].contains("page 2 is the same as an earlier one"),
            "{:?}",
            walk.warnings
        );
        assert!(walk.errors.is_empty());
    }
}

#[test]
fn case_52_an_error_that_means_the_end_is_a_clean_end() {
    let source = source(
        r#"
[source.g]
preset = "guardian"
pages = { page = "page", last = ".response.pages", max = 10 }
"#,
    );
    // Five pages at first, of which two are gone when they are asked for.
    let walk = walk(&source, |url| {
        let page = number(url, "page", 1);
        if page > 3 {
            return Served {
                status: 400,
                ..served(
                    r#"{"response":{"status":"error","message":"requested page is beyond the number of available pages"}}"#,
                )
            };
        }
        served(format!(
            r#"{{"response":{{"status":"ok","pages":5,"results":[{{"id":"{page}","webTitle":"t"}}]}}}}"#
        ))
    });
    assert_eq!(walk.ids, ["1", "2", "3"]);
    assert_eq!(walk.asked.len(), 5);
    assert_eq!(walk.errors, Vec::<String>::new());
    assert!(walk.warnings[0].starts_with("the list ends here"));
}

#[test]
fn case_17_the_limit_of_a_plan_ends_the_list_and_keeps_it() {
    let source = source(
        r#"
[source.n]
preset = "newsapi"
pages = { page = "page", last = ".totalResults / 100 | ceil", max = 10 }
"#,
    );
    let walk = walk(&source, |url| match number(url, "page", 1) {
        1 => served(
            r#"{"status":"ok","totalResults":250,"articles":[{"title":"a","url":"https://a.example/1"}]}"#,
        ),
        _ => Served {
            status: 426,
            ..served(
                r#"{"status":"error","code":"maximumResultsReached","message":"You have requested too many results."}"#,
            )
        },
    });
    assert_eq!(walk.ids, ["https://a.example/1"]);
    assert_eq!(walk.asked.len(), 3);
    assert_eq!(walk.errors, Vec::<String>::new());
    assert!(walk.warnings[0].contains("too many results"));
}

#[test]
fn a_status_can_mean_the_end_from_the_second_page_on() {
    let source = source(
        r#"
[source.list]
url = "https://l.example/list"
pages = { page = "page" }
errors = { 404 = { means = "end" } }
[source.list.article]
each = ".items[]"
id = ".id"
"#,
    );
    let serve = |last: usize| {
        move |url: &Url| match number(url, "page", 1) {
            page if page <= last => served(format!("{{\"items\":[{{\"id\":{page}}}]}}")),
            _ => Served {
                status: 404,
                ..served("")
            },
        }
    };
    let good = walk(&source, serve(2));
    assert_eq!((good.ids.len(), good.errors.len()), (2, 0));
    let gone = walk(&source, serve(0));
    assert_eq!(gone.errors, ["answered 404"]);
}

#[test]
fn case_49_items_that_shift_are_repeated_and_none_is_lost() {
    // Two new items are pushed in front between the first page and the second.
    let walk = walk(&paged(r#"{ offset = "offset", size = 3 }"#), |url| {
        let from = number(url, "offset", 0);
        let shifted = if from == 0 { 2 } else { 0 };
        let list: Vec<usize> = (0..10).collect();
        let page: Vec<String> = list[shifted..]
            .iter()
            .skip(from)
            .take(3)
            .map(|id| format!("{{\"id\":{id}}}"))
            .collect();
        served(format!("{{\"items\":[{}]}}", page.join(",")))
    });
    let mut distinct: Vec<usize> = walk.ids.iter().map(|id| id.parse().unwrap()).collect();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct, (2..10).collect::<Vec<_>>());
    assert!(walk.ids.len() > distinct.len(), "two items came twice");
    assert!(walk.warnings.is_empty(), "{:?}", walk.warnings);
}

#[test]
fn an_endless_list_ends_at_its_bound() {
    let endless = |url: &Url| {
        let page = number(url, "page", 1);
        served(format!("{{\"items\":[{{\"id\":{page}}}]}}"))
    };
    let walked = walk(&paged(r#"{ page = "page" }"#), endless);
    assert_eq!(walked.asked.len(), 10);
    assert_eq!(
        walked.warnings,
        ["the list goes on after 10 pages; `pages.max` says how many are asked for"]
    );
    // Whoever says how many needs not be told.
    let walked = walk(&paged(r#"{ page = "page", max = 300 }"#), endless);
    assert_eq!((walked.asked.len(), walked.warnings.len()), (300, 0));
    let walked = walk(&paged(r#"{ page = "page", max = 1 }"#), endless);
    assert_eq!(walked.asked.len(), 1);
}

#[test]
fn an_empty_page_ends_the_list_whatever_it_names() {
    let walk = walk(&paged(r#"{ next = ".next" }"#), |url| {
        let page = number(url, "p", 1);
        let item = if page < 3 {
            items(page, 1, 9)
        } else {
            String::new()
        };
        served(format!(
            "{{\"next\":\"/list?p={}\",\"items\":[{item}]}}",
            page + 1
        ))
    });
    assert_eq!((walk.ids.len(), walk.asked.len()), (2, 3));
    assert_eq!(
        walk.warnings,
        ["page 3 is empty although it names a next one; the list ends here"]
    );
}

#[test]
fn what_cannot_lead_on_ends_the_list_with_words() {
    for (next, words) in [
        ("{\"a\":1}", "gave an object"),
        ("\"ftp://l.example/2\"", "not a plain web address"),
        ("\"https://u:p@l.example/2\"", "not a plain web address"),
    ] {
        let walk = walk(&paged(r#"{ next = ".next" }"#), |_| {
            served(format!("{{\"next\":{next},\"items\":[{{\"id\":1}}]}}"))
        });
        assert_eq!(walk.ids, ["1"], "{next}");
        assert!(walk.warnings[0].contains(words), "{:?}", walk.warnings);
    }
    let walk = walk(&paged(r#"{ next = ".next.url" }"#), |_| {
        served("{\"next\":3,\"items\":[{\"id\":1}]}")
    });
    assert!(
        walk.warnings[0].contains("does not fit"),
        "{:?}",
        walk.warnings
    );
}

#[test]
fn three_levels_are_followed_and_paged() {
    let source = source(
        r#"
[source.deep]
url = "https://d.example/boards"
pages = { page = "page", last = ".pages" }
follow = { each = ".boards[]", url = "https://d.example/b/{}", pages = { cursor = "after", next = ".after" }, follow = { each = ".threads[]", url = "https://d.example/t/{}", follow = { each = ".posts[]", url = "https://d.example/p/{}" } } }
[source.deep.article]
id = ".id"
"#,
    );
    let walk = walk(&source, |url| {
        served(match url.path().split_at(3) {
            ("/bo", _) => match number(url, "page", 1) {
                1 => r#"{"pages":2,"boards":["x"]}"#.to_owned(),
                _ => r#"{"pages":2,"boards":["y"]}"#.to_owned(),
            },
            ("/b/", board) => match query(url, "after") {
                None => format!(r#"{{"after":"m","threads":["{board}1"]}}"#),
                Some(_) => format!(r#"{{"after":null,"threads":["{board}2"]}}"#),
            },
            ("/t/", thread) => format!(r#"{{"posts":["{thread}-a","{thread}-b"]}}"#),
            (_, post) => format!(r#"{{"id":"{post}"}}"#),
        })
    });
    let mut ids = walk.ids.clone();
    ids.sort_unstable();
    assert_eq!(
        ids,
        [
            "x1-a", "x1-b", "x2-a", "x2-b", "y1-a", "y1-b", "y2-a", "y2-b"
        ]
    );
    assert_eq!(walk.asked.len(), 2 + 4 + 4 + 8);
    assert!(walk.errors.is_empty() && walk.warnings.is_empty());
}

#[test]
fn pages_of_another_host_get_no_credentials() {
    let source = source(
        r#"
[source.list]
url = "https://l.example/list"
key = { env = "K" }
auth = { query = "key" }
pages = { next = ".next" }
[source.list.article]
each = ".items[]"
id = ".id"
"#,
    );
    for (next, url, foreign) in [
        (
            "/2?key=echoed&x=1",
            "https://l.example/2?x=1&key=secret-K",
            false,
        ),
        (
            "https://evil.example/2?key=secret-K&x=1",
            "https://evil.example/2?x=1",
            true,
        ),
        (
            "https://evil.example/2?key=other",
            "https://evil.example/2?key=other",
            true,
        ),
        ("http://l.example/2", "http://l.example/2", true),
    ] {
        let body = format!("{{\"next\":\"{next}\",\"items\":[{{\"id\":1}}]}}");
        let reading = crate::support::read(&source, &body).unwrap();
        let ask = &reading.follow[0];
        assert_eq!((ask.url().as_str(), ask.is_foreign()), (url, foreign));
        assert!(!ask.plan().contains("secret-K"), "{}", ask.plan());
    }
}
