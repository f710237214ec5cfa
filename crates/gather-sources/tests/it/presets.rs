//! Each preset against invented answers of the shape its provider documents.

use gather_records::Record;
use gather_sources::{Config, ReadErrorKind};

use crate::support::{answer, ask, config, lines, read, secret, source};

#[test]
fn every_preset_is_sound() {
    for preset in gather_sources::presets() {
        let extra = match preset.name {
            "feed" => "url = \"https://f.example/rss\"",
            "json-bank" => "base = \"https://b.example\"\ncurrency = \"EUR\"",
            "github-releases" | "github-events" => "params.repo = \"acme/gizmo\"",
            "reddit" | "reddit-rss" => "params.sub = \"handtools\"",
            "openweather" => "params = { lat = \"1\", lon = \"2\" }",
            _ => "",
        };
        let config = config(&format!("[source.{}]\n{extra}\n", preset.name));
        let declaration = config.declarations().next().unwrap();
        assert_eq!(declaration.preset(), Some(preset.name));
        assert!(!declaration.yields().is_empty(), "{}", preset.name);
        assert!(declaration.every().is_some(), "{}", preset.name);
        assert!(
            preset.text.starts_with("# "),
            "{}: says what it is",
            preset.name
        );
    }
}

#[test]
fn newsapi_asks_with_its_key_in_a_header_only() {
    let source = source("[source.newsapi]\nbase = \"http://127.0.0.1:1234\"");
    let ask = ask(&source, "main");
    assert_eq!(
        ask.url().as_str(),
        "http://127.0.0.1:1234/v2/top-headlines?country=us&pageSize=100"
    );
    let names: Vec<&str> = ask
        .headers()
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["accept", "x-api-key"]);
    let manners = &source.manners()[0];
    assert_eq!(manners.host, "http://127.0.0.1:1234");
    let quotas: Vec<_> = manners
        .quotas
        .iter()
        .map(|q| (q.requests, q.per.as_secs() / 3600))
        .collect();
    assert_eq!(quotas, [(100, 24), (50, 12)]);
}

#[test]
fn case_60_newsapi_leaves_removed_rows_out() {
    let source = source("[source.newsapi]");
    let reading = read(
        &source,
        r#"{"status":"ok","totalResults":3,"articles":[
        {"source":{"id":null,"name":"Harbour Gazette"},"author":"M. Ovie","title":"Ferry line adds night sailing",
         "description":"A second boat runs from June.","url":"https://harbour.example/n/881?utm_source=rss",
         "urlToImage":null,"publishedAt":"2026-11-19T07:05:00Z","content":"The operator said… [+1204 chars]"},
        {"source":{"id":null,"name":"[Removed]"},"author":null,"title":"[Removed]","description":"[Removed]",
         "url":"https://removed.com","urlToImage":null,"publishedAt":"1970-01-01T00:00:00Z","content":"[Removed]"},
        {"source":{"id":null,"name":"[Removed]"},"author":null,"title":"[Removed]","description":"[Removed]",
         "url":"https://removed.com","urlToImage":null,"publishedAt":"1970-01-01T00:00:00Z","content":"[Removed]"}]}"#,
    )
    .unwrap();
    assert_eq!((reading.skipped, reading.rejected.len()), (2, 0));
    insta::assert_snapshot!(lines(&reading.records), @r#"{"kind":"article","id":"https://harbour.example/n/881?utm_source=rss","title":"Ferry line adds night sailing","url":"https://harbour.example/n/881?utm_source=rss","published_at":"2026-11-19T07:05:00Z","author":"M. Ovie","summary":"A second boat runs from June.","section":"Harbour Gazette","score":null,"comments":null}"#);
}

#[test]
fn newsapi_errors_mean_what_its_table_says() {
    let source = source("[source.newsapi]");
    let ask = ask(&source, "main");
    let body =
        |code: &str| format!(r#"{{"status":"error","code":"{code}","message":"About {code}."}}"#);
    for (status, code, kind) in [
        (401, "apiKeyInvalid", ReadErrorKind::Key),
        (429, "rateLimited", ReadErrorKind::Limited),
        (401, "apiKeyExhausted", ReadErrorKind::Limited),
        (400, "parametersMissing", ReadErrorKind::Request),
        (426, "upgradeRequired", ReadErrorKind::Request),
        (500, "unexpectedError", ReadErrorKind::Unavailable),
        // The same words inside a success.
        (200, "apiKeyInvalid", ReadErrorKind::Key),
    ] {
        let error = answer(&source, &ask, status, &body(code)).unwrap_err();
        assert_eq!((error.kind(), error.code()), (kind, Some(code)), "{error}");
        assert!(
            error.to_string().contains(&format!("About {code}.")),
            "{error}"
        );
    }
    let error = answer(&source, &ask, 401, &body("apiKeyInvalid")).unwrap_err();
    assert!(error.hint().unwrap().contains("NEWSAPI_KEY"));
}

#[test]
fn case_17_the_end_of_the_plan_is_no_error() {
    let source = source("[source.newsapi]");
    let body = r#"{"status":"error","code":"maximumResultsReached","message":"Developer accounts are limited."}"#;
    let reading = answer(&source, &ask(&source, "main"), 426, body).unwrap();
    assert!(reading.records.is_empty() && !reading.warnings.is_empty());
}

#[test]
fn case_17_a_page_beyond_the_plan_ends_the_list_and_what_came_is_kept() {
    let source = source(
        "[source.newsapi-everything]\nquery.q = \"tide +ferry\"\nparams.size = 2\npages = { max = 5 }\n",
    );
    let first = ask(&source, "main");
    assert_eq!(
        first.url().as_str(),
        "https://newsapi.org/v2/everything?pageSize=2&q=tide+%2Bferry&sortBy=publishedAt"
    );
    let article = |n: u32| {
        format!(
            r#"{{"source":{{"id":null,"name":"Harbour Gazette"}},"author":null,"title":"Ferry {n}","description":"","url":"https://harbour.example/n/{n}","urlToImage":null,"publishedAt":"2026-11-19T07:05:00Z","content":null}}"#
        )
    };
    let page = |a: u32, b: u32| {
        format!(
            r#"{{"status":"ok","totalResults":8122,"articles":[{},{}]}}"#,
            article(a),
            article(b)
        )
    };
    let reading = answer(&source, &first, 200, &page(1, 2)).unwrap();
    assert_eq!((reading.records.len(), reading.follow.len()), (2, 4));
    let second = &reading.follow[0];
    assert_eq!(second.page(), 2);
    assert!(second.url().as_str().ends_with("&page=2"), "{second:?}");
    let refused = r#"{"status":"error","code":"maximumResultsReached","message":"You have requested too many results."}"#;
    let end = answer(&source, second, 426, refused).unwrap();
    assert!(end.records.is_empty() && !end.is_partial() && end.follow.is_empty());
}

#[test]
fn newsapi_reads_one_page_unless_told_otherwise() {
    for name in ["newsapi", "newsapi-everything"] {
        let source = source(&format!("[source.{name}]\nquery.q = \"tide\"\n"));
        let body = r#"{"status":"ok","totalResults":8122,"articles":[{"source":{"id":null,"name":"x"},"title":"t","url":"https://h.example/1","publishedAt":"2026-11-19T07:05:00Z"}]}"#;
        let reading = read(&source, body).unwrap();
        assert!(reading.follow.is_empty(), "{name}");
        assert!(reading.warnings.is_empty(), "{:?}", reading.warnings);
    }
}

#[test]
fn guardian_is_read() {
    let source = source("[source.guardian]\nquery.section = \"environment\"");
    let ask = ask(&source, "main");
    assert_eq!(
        ask.redacted_url(),
        "https://content.guardianapis.com/search?order-by=newest&page-size=50&section=environment&show-fields=trailText%2Cbyline&api-key=***"
    );
    let reading = answer(
        &source,
        &ask,
        200,
        r#"{"response":{"status":"ok","userTier":"developer","total":31,"startIndex":1,"pageSize":10,"currentPage":1,"pages":4,
        "orderBy":"newest","results":[{"id":"environment/2026/nov/18/kelp-forest-survey","type":"article","sectionId":"environment",
        "sectionName":"Environment","webPublicationDate":"2026-11-18T06:00:12Z","webTitle":"Kelp survey finds slow recovery",
        "webUrl":"https://www.theguardian.com/environment/2026/nov/18/kelp-forest-survey",
        "fields":{"trailText":"Divers mapped <strong>40 sites</strong>","wordcount":"612"},"isHosted":false}]}}"#,
    )
    .unwrap();
    insta::assert_snapshot!(lines(&reading.records), @r#"{"kind":"article","id":"environment/2026/nov/18/kelp-forest-survey","title":"Kelp survey finds slow recovery","url":"https://www.theguardian.com/environment/2026/nov/18/kelp-forest-survey","published_at":"2026-11-18T06:00:12Z","author":null,"summary":"Divers mapped 40 sites","section":"Environment","score":null,"comments":null}"#);
    assert!(reading.warnings.is_empty(), "{:?}", reading.warnings);
}

#[test]
fn case_30_a_key_that_reads_like_a_part_of_the_address_is_sent_all_the_same() {
    let mut resolved = config("[source.guardian]\npages = { max = 2 }\n")
        .resolve(&|_: &gather_sources::SecretRef| Ok("search".into()));
    let source = resolved.sources.remove(0);
    let first = ask(&source, "main");
    let keys = |ask: &gather_sources::Ask| {
        let pairs = ask.url().query_pairs();
        pairs
            .filter(|(name, value)| name == "api-key" && value == "search")
            .count()
    };
    assert_eq!((first.url().path(), keys(&first)), ("/search", 1));
    assert!(!first.redacted_url().contains("search"));
    let body =
        r#"{"response":{"status":"ok","pages":2,"results":[{"id":"a/1","webTitle":"Title"}]}}"#;
    let second = answer(&source, &first, 200, body).unwrap().follow.remove(0);
    assert_eq!((second.url().path(), keys(&second)), ("/search", 1));
}

#[test]
fn guardian_has_two_shapes_of_error() {
    let source = source("[source.guardian]");
    let ask = ask(&source, "main");
    let own = r#"{"response":{"status":"error","message":"page-size must be an integer between 0 and 200"}}"#;
    let error = answer(&source, &ask, 400, own).unwrap_err();
    assert_eq!(error.kind(), ReadErrorKind::Request);
    assert!(error.hint().unwrap().contains("page-size"), "{error:?}");
    let gateway = answer(&source, &ask, 401, r#"{"message":"Unauthorized"}"#).unwrap_err();
    assert_eq!(gateway.to_string(), "answered 401: Unauthorized");
    assert_eq!(gateway.kind(), ReadErrorKind::Key);
    assert!(gateway.hint().unwrap().contains("GUARDIAN_KEY"));
    let limited = answer(
        &source,
        &ask,
        429,
        r#"{"message":"API rate limit exceeded"}"#,
    )
    .unwrap_err();
    assert_eq!(limited.kind(), ReadErrorKind::Limited);
}

#[test]
fn case_52_a_page_beyond_the_end_is_the_end() {
    let source = source("[source.guardian]\npages = { max = 4 }\n");
    let page = |page: u32, pages: u32| {
        format!(
            r#"{{"response":{{"status":"ok","total":{},"startIndex":{},"pageSize":1,"currentPage":{page},"pages":{pages},"orderBy":"newest",
            "results":[{{"id":"a/{page}","type":"article","webTitle":"Title {page}","webUrl":"https://www.theguardian.com/a/{page}","webPublicationDate":"2026-11-18"}}]}}}}"#,
            pages, page
        )
    };
    let first = ask(&source, "main");
    let reading = answer(&source, &first, 200, &page(1, 3)).unwrap();
    let numbers: Vec<usize> = reading.follow.iter().map(|ask| ask.page()).collect();
    assert_eq!(numbers, [2, 3], "all that there are, at once");
    assert!(
        reading.follow[1].redacted_url().contains("page=3")
            && reading.follow[1].redacted_url().contains("api-key=***")
    );
    // Meanwhile the list has shrunk to two pages: the third is no page any more, and no failure.
    let second = answer(&source, &reading.follow[0], 200, &page(2, 2)).unwrap();
    assert_eq!((second.records.len(), second.follow.len()), (1, 0));
    for message in [
        "requested page is beyond the number of available pages",
        "Content API does not support paging this far. Please change page or page-size.",
    ] {
        let body = format!(r#"{{"response":{{"status":"error","message":"{message}"}}}}"#);
        let end = answer(&source, &reading.follow[1], 400, &body).unwrap();
        assert!(end.records.is_empty() && end.follow.is_empty() && !end.is_partial());
    }
}

#[test]
fn guardian_tells_a_wrong_section_from_a_wrong_key() {
    let source = source("[source.guardian]");
    let ask = ask(&source, "main");
    for (status, body, kind, word) in [
        (
            404,
            r#"{"response":{"status":"error","message":"The requested resource could not be found."}}"#,
            ReadErrorKind::Request,
            "section",
        ),
        (
            403,
            r#"{"message":"Forbidden"}"#,
            ReadErrorKind::Key,
            "GUARDIAN_KEY",
        ),
        (
            429,
            r#"{"message":"API rate limit exceeded"}"#,
            ReadErrorKind::Limited,
            "500 a day",
        ),
        (504, "", ReadErrorKind::Unavailable, "later"),
    ] {
        let error = answer(&source, &ask, status, body).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.hint().unwrap().contains(word), "{error:?}");
    }
}

#[test]
fn hackernews_follows_twenty_ids_at_once() {
    let source = source("[source.hackernews]");
    let list = ask(&source, "main");
    assert_eq!(
        list.url().as_str(),
        "https://hacker-news.firebaseio.com/v0/topstories.json"
    );
    let ids: Vec<String> = (1..=500).map(|id| id.to_string()).collect();
    let reading = answer(&source, &list, 200, &format!("[{}]", ids.join(","))).unwrap();
    assert_eq!(reading.follow.len(), 20);
    assert_eq!(
        reading.follow[19].url().as_str(),
        "https://hacker-news.firebaseio.com/v0/item/20.json"
    );
    assert_eq!(
        (reading.follow[0].hop(), reading.follow[0].is_foreign()),
        (1, false)
    );
    assert_eq!(source.manners()[0].in_flight, Some(20));
}

#[test]
fn case_42_hackernews_skips_null_dead_and_deleted_items() {
    let source = source("[source.hackernews]");
    let list = answer(&source, &ask(&source, "main"), 200, "[1]").unwrap();
    let item = &list.follow[0];
    for body in [
        "null",
        r#"{"deleted":true,"id":90000151,"parent":90000123,"time":1763625900,"type":"comment"}"#,
        r#"{"deleted":true,"id":1,"time":1763625900,"type":"story"}"#,
        r#"{"dead":true,"id":2,"time":1763625900,"type":"story","title":"x"}"#,
    ] {
        let reading = answer(&source, item, 200, body).unwrap();
        assert_eq!(
            (
                reading.records.len(),
                reading.skipped,
                reading.rejected.len()
            ),
            (0, 1, 0),
            "{body}"
        );
    }
    let reading = answer(
        &source,
        item,
        200,
        r#"{"by":"quillpen","descendants":3,"id":90000123,"kids":[90000150],"score":41,"time":1763625600,
        "title":"Ask HN: How do you test clock code?","text":"We have a <i>lot</i> of timers.<p>Any tips?","type":"story"}"#,
    )
    .unwrap();
    insta::assert_snapshot!(lines(&reading.records), @r#"{"kind":"article","id":"90000123","title":"Ask HN: How do you test clock code?","url":"https://news.ycombinator.com/item?id=90000123","published_at":"2025-11-20T08:00:00Z","author":"quillpen","summary":"We have a lot of timers. Any tips?","section":null,"score":41,"comments":3,"content":"We have a <i>lot</i> of timers.<p>Any tips?</p>"}"#);
}

#[test]
fn the_other_lists_of_hackernews_are_one_word_away() {
    for (name, list) in [
        ("new", "new"),
        ("best", "best"),
        ("ask", "ask"),
        ("show", "show"),
        ("jobs", "job"),
    ] {
        let source = source(&format!("[source.hackernews-{name}]\nparams.count = 5"));
        let first = ask(&source, "main");
        assert!(
            first
                .url()
                .path()
                .ends_with(&format!("/{list}stories.json")),
            "{first:?}"
        );
        assert_eq!(
            answer(&source, &first, 200, "[1,2,3,4,5,6,7]")
                .unwrap()
                .follow
                .len(),
            5
        );
    }
}

#[test]
fn hackernews_reads_jobs_and_polls_and_names_a_list_that_is_none() {
    let jobs = source("[source.hackernews-jobs]");
    let list = answer(&jobs, &ask(&jobs, "main"), 200, "[1,2]").unwrap();
    let job = r#"{"id":1,"score":1,"time":1763625600,"title":"Anvil Data is hiring","type":"job","url":""}"#;
    let poll = r#"{"by":"quillpen","id":2,"kids":[3],"parts":[4,5],"score":9,"text":"","time":1763625600,"title":"Tabs or spaces?","type":"poll"}"#;
    let mut records = answer(&jobs, &list.follow[0], 200, job).unwrap().records;
    records.extend(answer(&jobs, &list.follow[1], 200, poll).unwrap().records);
    insta::assert_snapshot!(lines(&records), @r#"
    {"kind":"article","id":"1","title":"Anvil Data is hiring","url":"https://news.ycombinator.com/item?id=1","published_at":"2025-11-20T08:00:00Z","author":null,"summary":null,"section":null,"score":1,"comments":null}
    {"kind":"article","id":"2","title":"Tabs or spaces?","url":"https://news.ycombinator.com/item?id=2","published_at":"2025-11-20T08:00:00Z","author":"quillpen","summary":null,"section":null,"score":9,"comments":null}
    "#);
    let wrong = source("[source.hackernews]\nparams.list = \"tops\"\n");
    let error = answer(
        &wrong,
        &ask(&wrong, "main"),
        401,
        r#"{"error":"Permission denied"}"#,
    )
    .unwrap_err();
    assert_eq!(error.kind(), ReadErrorKind::Request);
    assert!(error.hint().unwrap().contains("params.list"));
}

#[test]
fn case_58_an_item_keeps_its_id_when_its_title_changes() {
    let source = source("[source.hackernews]");
    let list = answer(&source, &ask(&source, "main"), 200, "[90000123]").unwrap();
    let item = |id: &str, title: &str| {
        let body = format!(
            r#"{{"by":"a","id":{id},"score":41,"time":1763625600,"title":"{title}","type":"story","url":"https://x.example/"}}"#
        );
        match answer(&source, &list.follow[0], 200, &body)
            .unwrap()
            .records
            .remove(0)
        {
            Record::Article(article) => (article.id.clone(), article.title.unwrap()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        item("90000123", "Clocks &amp; timers"),
        ("90000123".to_owned(), "Clocks & timers".to_owned())
    );
    assert_eq!(
        item("\"90000123\"", "Clocks"),
        ("90000123".to_owned(), "Clocks".to_owned())
    );
}

#[test]
fn without_configuration_the_news_comes_from_where_keys_are() {
    let names = |found: gather_sources::Resolved| -> Vec<String> {
        assert!(found.unready.is_empty());
        found.sources.iter().map(|s| s.name().to_owned()).collect()
    };
    let config = Config::default_sources();
    assert_eq!(
        names(config.resolve(&secret)),
        ["hackernews", "newsapi", "guardian"]
    );
    assert_eq!(
        names(config.resolve(&|_| Err("is not set".to_owned()))),
        ["hackernews"]
    );
}
