use gather::{HostLimits, Quota};
use serde_json::{Value, json};

use super::*;

const MS: Duration = Duration::from_millis(1);

fn ms(count: u32) -> Duration {
    MS * count
}

/// A request that began to wait, was let go, and ended, in milliseconds.
struct Request {
    source: usize,
    parent: Option<usize>,
    url: &'static str,
    times: (u32, u32, u32),
    /// Which of slot, host, quota and cool-down it waited for.
    waited_for: usize,
}

fn request(source: usize, url: &'static str, times: (u32, u32, u32)) -> Request {
    Request {
        source,
        parent: None,
        url,
        times,
        waited_for: 1,
    }
}

fn micros(count: u32) -> u64 {
    u64::from(count) * 1000
}

/// A report that says so. The library writes reports, and only it can make one: this is one in its writing.
fn report(requests: &[Request]) -> Report {
    let wall = requests.iter().map(|request| micros(request.times.2));
    let asked: Vec<Value> = requests
        .iter()
        .map(|request| json!({"parent": request.parent, "queued": micros(request.times.0)}))
        .collect();
    let timeline: Vec<Value> = requests
        .iter()
        .enumerate()
        .map(|(at, request)| {
            let (queued, started, ended) = request.times;
            let mut waits = [0; 4];
            waits[request.waited_for] = micros(started - queued);
            json!({
                "request": at, "number": 1, "url": request.url, "queued": micros(queued), "waits": waits,
                "started": micros(started), "sent": micros(started), "first_byte": micros(ended - 1),
                "ended": micros(ended), "status": 200,
            })
        })
        .collect();
    let written = json!({
        "version": 1, "started_at": 0, "wall": wall.max().unwrap_or(0), "requests": asked.len(), "failed": 0,
        "attempts": timeline.len(), "received": 0, "one_by_one": 0, "longest_chain": 0, "chain": [], "peak": 1,
        "mean": 1.0, "waits": [0, 0, 0, 0], "asked": asked, "timeline": timeline,
    });
    serde_json::from_value(written).unwrap()
}

fn source(name: &str, owner: Option<&str>) -> TimelineSource {
    TimelineSource {
        name: name.to_owned(),
        owner: owner.map(str::to_owned),
    }
}

/// A run of these requests, each answer mapped in 2 ms and kept in 3 more.
fn timeline(requests: &[Request], limits: Limits) -> Timeline {
    let sources = vec![source("tides", None), source("purse", Some("mara"))];
    let source_of = requests.iter().map(|request| request.source).collect();
    let mut timeline = Timeline::new(sources, source_of, report(requests), limits);
    timeline.before = ms(10);
    timeline.work = requests
        .iter()
        .enumerate()
        .map(|(request, of)| Work {
            request,
            began: ms(of.times.2),
            mapped: ms(of.times.2 + 2),
            kept: ms(of.times.2 + 5),
        })
        .collect();
    timeline.wall = timeline.report.wall + ms(20);
    timeline
}

fn slots(slots: usize) -> Limits {
    Limits::new(64).each_host(HostLimits::in_flight(slots))
}

/// Twenty requests of 100 ms to one host, as they come through so many slots.
fn rounds(width: u32) -> Vec<Request> {
    let rounds = (0..20).map(|at| {
        let start = at / width * 100;
        request(0, "https://tides.example/a", (0, start, start + 100))
    });
    rounds.collect()
}

/// That the path has no holes and covers the run, and what it consists of.
fn told(timeline: &Timeline) -> Vec<(Option<usize>, Phase, u128)> {
    let path = timeline.path();
    let mut at = Duration::ZERO;
    for segment in &path.segments {
        assert_eq!(segment.bar.from, at, "{path:?}");
        assert!(segment.bar.to > at, "{path:?}");
        at = segment.bar.to;
    }
    assert_eq!(at, timeline.wall, "{path:?}");
    path.segments
        .iter()
        .map(|segment| {
            (
                segment.request,
                segment.bar.phase,
                segment.bar.took().as_millis(),
            )
        })
        .collect()
}

#[test]
fn the_path_goes_back_from_what_was_kept_last_to_what_led_to_it() {
    let mut second = request(0, "https://tides.example/b", (105, 105, 205));
    second.parent = Some(0);
    let requests = [
        request(0, "https://tides.example/a", (0, 0, 100)),
        second,
        request(1, "https://purse.example/", (0, 0, 190)),
    ];
    let timeline = timeline(&requests, slots(6));
    assert_eq!(
        told(&timeline),
        [
            (None, Phase::Own, 10),
            (Some(0), Phase::FirstByte, 99),
            (Some(0), Phase::Body, 1),
            (Some(0), Phase::Mapping, 2),
            (Some(0), Phase::Keeping, 3),
            (Some(1), Phase::FirstByte, 99),
            (Some(1), Phase::Body, 1),
            (Some(1), Phase::Mapping, 2),
            (Some(1), Phase::Keeping, 3),
            (None, Phase::Own, 5),
        ]
    );
    assert_eq!(timeline.path().requests(), [0, 1]);
}

#[test]
fn where_a_request_waited_for_another_the_path_goes_on_with_that_one() {
    let requests = [
        request(0, "https://tides.example/a", (0, 0, 70)),
        request(0, "https://tides.example/b", (0, 70, 170)),
        // It ended in time, but at another host.
        request(1, "https://purse.example/", (0, 0, 70)),
    ];
    let timeline = timeline(&requests, slots(1));
    assert_eq!(timeline.path().requests(), [0, 1]);
    assert_eq!(timeline.path().spent(Phase::Waiting), Duration::ZERO);
    told(&timeline);
}

#[test]
fn waiting_for_a_quota_is_on_the_path_itself() {
    let mut late = request(0, "https://tides.example/b", (0, 500, 600));
    late.waited_for = 2;
    let requests = [request(0, "https://tides.example/a", (0, 0, 70)), late];
    let timeline = timeline(&requests, slots(6));
    let path = timeline.path();
    assert_eq!(path.spent(Phase::Waiting), ms(500));
    assert_eq!(path.segments[1].cause, Some(gather::WaitCause::Quota));
    told(&timeline);
}

#[test]
fn rows_stand_under_their_sources_with_their_bars_and_marks() {
    let requests = [
        request(0, "https://tides.example/a", (0, 0, 70)),
        request(1, "https://purse.example/", (0, 20, 60)),
    ];
    let timeline = timeline(&requests, slots(6));
    let lanes = timeline.rows(&timeline.path());
    let names: Vec<&str> = lanes.iter().map(|lane| &*lane.source.name).collect();
    assert_eq!(names, ["tides", "purse"]);
    let row = &lanes[1].rows[0];
    let phases: Vec<_> = row.bars.iter().map(|bar| bar.phase).collect();
    assert_eq!(
        phases,
        [
            Phase::Waiting,
            Phase::FirstByte,
            Phase::Body,
            Phase::Mapping,
            Phase::Keeping
        ]
    );
    assert_eq!(row.span(), (ms(10), ms(10 + 65)));
    assert_eq!(row.on_path, []);
    assert_eq!(lanes[0].rows[0].on_path, [(ms(10), ms(10 + 75))]);
}

#[test]
fn a_picture_of_many_requests_keeps_those_that_tell_most() {
    let timeline = timeline(&rounds(6), slots(6));
    let path = timeline.path();
    let lanes = fewer(timeline.rows(&path), 5);
    assert_eq!((lanes[0].rows.len(), lanes[0].left_out), (5, 15));
    let shown: Vec<usize> = lanes[0].rows.iter().map(|row| row.request).collect();
    assert!(
        path.requests()
            .iter()
            .all(|request| shown.contains(request))
    );
    assert_eq!(fewer(timeline.rows(&path), 20)[0].left_out, 0);
}

#[test]
fn what_belongs_to_others_is_not_in_what_a_viewer_sees() {
    let host = Host::of(&Url::parse("https://purse.example/").unwrap()).unwrap();
    let limits = slots(6).host(host, HostLimits::in_flight(2));
    let requests = [
        request(0, "https://tides.example/a", (0, 0, 70)),
        request(1, "https://purse.example/", (0, 0, 600)),
        request(0, "https://tides.example/b", (0, 0, 80)),
    ];
    let whole = timeline(&requests, limits);
    let seen = whole.seen_by(&Viewer::User("odo".to_owned()));
    assert_eq!(seen.source_of, [0, 0]);
    assert_eq!(seen.work.len(), 2);
    assert_eq!(seen.work[1].request, 1);
    assert_eq!(seen.report.requests, 2);
    assert_eq!(seen.wall, ms(10 + 85));
    let text = format!("{seen:?}");
    assert!(!text.contains("purse") && !text.contains("mara"), "{text}");
    told(&seen);
    assert_eq!(whole.seen_by(&Viewer::User("mara".to_owned())), whole);
    assert_eq!(whole.seen_by(&Viewer::Operator), whole);
    let theirs = Timeline::from_bytes(&seen.to_bytes()).unwrap();
    assert_eq!(theirs, seen);
}

#[test]
fn more_slots_are_advised_where_a_replay_says_that_they_help() {
    let timeline = timeline(&rounds(6), slots(6));
    let advice = timeline.advice();
    assert_eq!(advice.len(), 1, "{advice:?}");
    assert_eq!(advice[0].saves, ms(200));
    assert_eq!(
        advice[0].to_string(),
        "raise `in_flight` of tides from 6 to 12: about 0.2 s less"
    );
    // With room for all there is nothing to say.
    let enough = self::timeline(&rounds(20), slots(20));
    assert_eq!(enough.advice(), []);
}

#[test]
fn a_limit_over_all_hosts_is_advised_by_its_own_name() {
    let mut requests = rounds(4);
    for request in &mut requests {
        request.waited_for = 0;
    }
    let timeline = timeline(
        &requests,
        Limits::new(4).each_host(HostLimits::in_flight(20)),
    );
    let advice: Vec<String> = timeline.advice().iter().map(Advice::to_string).collect();
    assert_eq!(
        advice,
        ["raise `in_flight` of `[settings]` from 4 to 8: about 0.2 s less"]
    );
}

#[test]
fn what_a_quota_cost_is_told_and_not_to_be_raised() {
    let requests = [
        request(0, "https://tides.example/a", (0, 0, 100)),
        Request {
            waited_for: 2,
            ..request(0, "https://tides.example/b", (0, 1100, 1200))
        },
    ];
    let host = Host::of(&Url::parse("https://tides.example/").unwrap()).unwrap();
    let quota = Quota::new(1, Duration::from_secs(1));
    let limits = slots(6).host(host, HostLimits::in_flight(6).quota(quota));
    let advice: Vec<String> = timeline(&requests, limits)
        .advice()
        .iter()
        .map(Advice::to_string)
        .collect();
    assert_eq!(
        advice,
        [
            "the quota of https://tides.example (1 in 1 s) cost about 1.1 s: ask less of it at once, or be allowed more"
        ]
    );
}

#[test]
fn a_timeline_that_does_not_explain_the_run_gives_no_advice() {
    // They stood still for another reason than the limits that are known.
    let timeline = timeline(&rounds(2), slots(6));
    assert_eq!(timeline.advice(), []);
}

#[test]
fn what_was_written_reads_the_same() {
    let timeline = timeline(&rounds(6), slots(6));
    assert_eq!(
        Timeline::from_bytes(&timeline.to_bytes()).unwrap(),
        timeline
    );
}

#[test]
fn a_run_of_twenty_thousand_requests_is_kept_within_its_bound() {
    let mut requests = Vec::new();
    let mut random = 7_u32;
    for at in 0..20_000_u32 {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let start = at / 6 * 40;
        requests.push(request(
            usize::from(at % 3 == 0),
            "https://tides.example/a",
            (0, start, start + 20 + (random >> 16) % 20),
        ));
    }
    let whole = timeline(&requests, slots(6));
    let bytes = whole.to_bytes();
    assert!(bytes.len() <= Timeline::MOST_BYTES, "{}", bytes.len());
    let kept = Timeline::from_bytes(&bytes).unwrap();
    assert_eq!(kept.unlisted() + kept.source_of.len(), 20_000);
    assert!(kept.source_of.len() > 500, "{}", kept.source_of.len());
    assert_eq!(kept.report.requests, 20_000);
    assert_eq!(kept.report.wall, whole.report.wall);
    assert_eq!(kept.advice(), whole.advice());
    told(&kept);
}

#[test]
fn other_bytes_are_no_timeline() {
    let good = timeline(&rounds(6), slots(6)).to_bytes();
    assert!(Timeline::from_bytes(b"").is_err());
    assert!(Timeline::from_bytes(b"{}").is_err());
    assert!(Timeline::from_bytes(&good[..good.len() / 2]).is_err());
    let text = zstd::decode_all(&good[..]).unwrap();
    let mut value: Value = serde_json::from_slice(&text).unwrap();
    value["source_of"][0] = 9.into();
    let bad = zstd::encode_all(&serde_json::to_vec(&value).unwrap()[..], 1).unwrap();
    let error = Timeline::from_bytes(&bad).unwrap_err().to_string();
    assert!(error.ends_with("its parts do not fit together"), "{error}");
    value["version"] = 2.into();
    let newer = zstd::encode_all(&serde_json::to_vec(&value).unwrap()[..], 1).unwrap();
    let error = Timeline::from_bytes(&newer).unwrap_err().to_string();
    assert!(error.contains("it is of version 2"), "{error}");
    let bomb = zstd::encode_all(&vec![b' '; 64 << 20][..], 1).unwrap();
    assert!(Timeline::from_bytes(&bomb).is_err());
}
