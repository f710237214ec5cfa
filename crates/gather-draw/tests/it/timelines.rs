//! Timelines made by hand, in the form in which the store has them.

use gather_run::Timeline;
use serde_json::{Value, json};

/// A request: its source, its address, and in milliseconds when it was queued, started and ended.
pub(crate) struct Asked<'a> {
    pub(crate) source: usize,
    pub(crate) url: &'a str,
    pub(crate) times: [u64; 3],
    pub(crate) error: Option<&'a str>,
}

pub(crate) fn asked(source: usize, url: &str, times: [u64; 3]) -> Asked<'_> {
    Asked {
        source,
        url,
        times,
        error: None,
    }
}

/// A run of two sources with these requests to hosts of two slots.
pub(crate) fn timeline(names: [&str; 2], requests: &[Asked<'_>]) -> Timeline {
    let micros = |millis: u64| millis * 1000;
    let asks: Vec<Value> = requests
        .iter()
        .map(|one| json!({"queued": micros(one.times[0]), "failed": one.error.is_some()}))
        .collect();
    let attempts: Vec<Value> = requests
        .iter()
        .enumerate()
        .map(|(at, one)| {
            let [queued, started, ended] = one.times.map(micros);
            json!({
                "request": at, "number": 1, "url": one.url, "queued": queued, "started": started,
                "waits": [0, started - queued, 0, 0], "connecting": [1000, 2000, 3000], "sent": started + 6000,
                "first_byte": ended - 5000, "ended": ended, "error": one.error,
                "status": if one.error.is_some() { Value::Null } else { json!(200) },
            })
        })
        .collect();
    let work: Vec<[u64; 4]> = requests
        .iter()
        .enumerate()
        .filter(|(_, one)| one.error.is_none())
        .map(|(at, one)| {
            let ended = micros(one.times[2]);
            [at as u64, ended + 1000, ended + 3000, ended + 6000]
        })
        .collect();
    let end = requests
        .iter()
        .map(|one| micros(one.times[2]))
        .max()
        .unwrap_or(0);
    let written = json!({
        "version": 1,
        "sources": [{"name": names[0]}, {"name": names[1]}],
        "source_of": requests.iter().map(|one| one.source).collect::<Vec<_>>(),
        "report": {
            "version": 1, "started_at": 1_795_000_000_000_000_u64, "wall": end, "requests": requests.len(),
            "failed": 0, "attempts": attempts.len(), "received": 0, "one_by_one": 0, "longest_chain": 0, "chain": [],
            "peak": 1, "mean": 1.0, "waits": [0, 0, 0, 0], "asked": asks, "timeline": attempts,
        },
        "work": work,
        "limits": {"in_flight": 64, "each_host": {"in_flight": 2}},
        "before": 4000,
        "wall": end + 15_000,
    });
    let text = serde_json::to_vec(&written).unwrap();
    Timeline::from_bytes(&zstd::encode_all(&text[..], 1).unwrap()).unwrap()
}

/// Two rounds of a host with two slots, and a failure beside them.
pub(crate) fn usual() -> Timeline {
    let mut failed = asked(1, "https://purse.example/v1/latest", [0, 0, 120]);
    failed.error = Some("timed out");
    timeline(
        ["tides", "purse"],
        &[
            asked(0, "https://tides.example/a.json", [0, 0, 100]),
            asked(0, "https://tides.example/b.json", [0, 0, 90]),
            asked(0, "https://tides.example/c.json", [0, 91, 200]),
            asked(0, "https://tides.example/d.json", [0, 101, 250]),
            failed,
        ],
    )
}
