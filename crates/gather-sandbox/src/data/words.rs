//! The words that headlines are made of. `{slot}` is filled from the list of that name.

use fastrand::Rng;

/// A section: its name, and the headlines it knows.
pub(super) struct Section {
    pub(super) name: &'static str,
    pub(super) headlines: &'static [&'static str],
}

pub(super) const SECTIONS: [Section; 7] = [
    Section {
        name: "business",
        headlines: &[
            "{firm} to open a second {works} in {place}",
            "{firm} cuts its forecast as {good} prices fall",
            "{place} {good} exports reach a {n}-year high",
            "Workers at {firm} vote for a four-day week",
            "{firm} calls off its bid for {place} {works}",
            "{place} lends {n} small firms the money to insulate",
        ],
    },
    Section {
        name: "technology",
        headlines: &[
            "{firm} publishes the plans of its {device}",
            "A fault in {firm} software left {place} offline for {n} hours",
            "{place} schools try a {device} made to be repaired",
            "{firm} promises {n} years of updates for every {device}",
            "How {place} ran its {service} on {n} old laptops",
        ],
    },
    Section {
        name: "science",
        headlines: &[
            "{animal} survey off {place} finds a slow recovery",
            "A {relic} found near {place} is {n} centuries old",
            "{place} observatory counts {n} faint comets",
            "Why the {animal} of {place} changed its song",
            "{n} seasons of ice cores from {place} tell of a wet age",
        ],
    },
    Section {
        name: "health",
        headlines: &[
            "{place} clinic halves its waiting list in {n} months",
            "Night shifts and sleep: what {n} nurses in {place} wrote down",
            "{place} trial of a {good} diet ends without a clear result",
            "A walk before breakfast: {place} asks {n} pensioners",
        ],
    },
    Section {
        name: "sports",
        headlines: &[
            "{place} win the regatta by {n} seconds",
            "{place} keeper saves {n} penalties in one evening",
            "Fog stops the {place} marathon at kilometre {n}",
            "{place} and {place2} draw after {n} throws",
            "The {place} velodrome reopens after {n} years",
        ],
    },
    Section {
        name: "entertainment",
        headlines: &[
            "{place} theatre plays to {n} chairs and one {animal}",
            "A film about the {relic} of {place} takes the audience prize",
            "{n} choirs meet in {place} for one song",
            "The {place} novelist who types on a {device}",
        ],
    },
    Section {
        name: "general",
        headlines: &[
            "{place} adds night sailings to {place2}",
            "{place} council puts the {service} to a vote",
            "The {service} of {place} runs on time for {n} days",
            "Storm closes the road from {place} to {place2}",
            "{place} finds {n} forgotten wells under its market",
            "A {animal} holds up the {service} in {place}",
        ],
    },
];

const PLACES: [&str; 24] = [
    "Port Elling",
    "Vasmouth",
    "Norrbay",
    "Kestrel Point",
    "Aldmere",
    "Tarn Valley",
    "Sundholm",
    "Lower Quay",
    "Brackwater",
    "Hollin",
    "Eskerby",
    "Marram",
    "Fallow Cross",
    "Skerry",
    "Ostwick",
    "Lindle",
    "Graywater",
    "Penhallow",
    "Tolm",
    "Ravensey",
    "Upper Vale",
    "Cinder Hill",
    "Mossgate",
    "Halden Reach",
];
const FIRMS: [&str; 16] = [
    "Harrow & Pike",
    "Lumen Freight",
    "Quillworks",
    "Tidemark",
    "Orrery Labs",
    "Fennel",
    "Northgate Mutual",
    "Copperline",
    "Bellwether Foods",
    "Sable Marine",
    "Oakplane",
    "Ninefold",
    "Kiln & Co",
    "Driftwood Energy",
    "Larkspur",
    "Anvil Data",
];
const GOODS: [&str; 12] = [
    "barley", "kelp", "timber", "copper", "wool", "oat", "salt", "honey", "glass", "slate",
    "herring", "apple",
];
const WORKS: [&str; 6] = [
    "shipyard",
    "brewery",
    "paper mill",
    "battery plant",
    "ropeworks",
    "tram depot",
];
const DEVICES: [&str; 10] = [
    "weather station",
    "hearing aid",
    "heat pump",
    "e-bike",
    "handheld",
    "water meter",
    "radio",
    "typewriter",
    "solar oven",
    "tablet",
];
const SERVICES: [&str; 10] = [
    "ferry",
    "tram",
    "library",
    "night bus",
    "postal boat",
    "ice rink",
    "lido",
    "lighthouse",
    "cable car",
    "harbour bell",
];
const ANIMALS: [&str; 12] = [
    "heron",
    "seal",
    "otter",
    "curlew",
    "eider",
    "hare",
    "porpoise",
    "lapwing",
    "eel",
    "goose",
    "kelp crab",
    "owl",
];
const RELICS: [&str; 8] = [
    "tidal mill",
    "bronze bell",
    "oak canoe",
    "salt road",
    "stone map",
    "glass bead",
    "sundial",
    "bone flute",
];
const FIRST_NAMES: [&str; 20] = [
    "Mara", "Ines", "Tobias", "Yusuf", "Anneli", "Piet", "Rosa", "Dmitri", "Aoife", "Kofi", "Linh",
    "Sven", "Nadia", "Emil", "Priya", "Jonas", "Chiara", "Omar", "Freya", "Tomas",
];
const LAST_NAMES: [&str; 20] = [
    "Ovie",
    "Lindqvist",
    "Harrow",
    "Adeyemi",
    "Novak",
    "Brandt",
    "Castellan",
    "Moss",
    "Ferreira",
    "Tanaka",
    "Quill",
    "Okafor",
    "Vance",
    "Rask",
    "Delacroix",
    "Ibarra",
    "Penrose",
    "Sato",
    "Wilder",
    "Kaur",
];

/// A person's name.
pub(super) fn person(rng: &mut Rng) -> String {
    format!("{} {}", pick(rng, &FIRST_NAMES), pick(rng, &LAST_NAMES))
}

/// One of the list.
pub(super) fn pick(rng: &mut Rng, list: &[&'static str]) -> &'static str {
    list[rng.usize(..list.len())]
}

/// One of the section's headlines, its slots filled.
pub(super) fn headline(rng: &mut Rng, section: &Section) -> String {
    let template = pick(rng, section.headlines);
    fill(rng, template)
}

/// The text with its slots filled, as the sentence that it is; `{place2}` is never the same as `{place}`.
pub(super) fn fill(rng: &mut Rng, template: &str) -> String {
    let place = rng.usize(..PLACES.len());
    let other = (place + 1 + rng.usize(..PLACES.len() - 1)) % PLACES.len();
    let text = template
        .replace("{place2}", PLACES[other])
        .replace("{place}", PLACES[place])
        .replace("{firm}", pick(rng, &FIRMS))
        .replace("{good}", pick(rng, &GOODS))
        .replace("{works}", pick(rng, &WORKS))
        .replace("{device}", pick(rng, &DEVICES))
        .replace("{service}", pick(rng, &SERVICES))
        .replace("{animal}", pick(rng, &ANIMALS))
        .replace("{relic}", pick(rng, &RELICS))
        .replace("{n}", &rng.u32(4..=40).to_string());
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// A sentence for the body of a story.
pub(super) fn sentence(rng: &mut Rng) -> String {
    const SENTENCES: [&str; 12] = [
        "The council of {place} will decide within {n} days.",
        "A spokesman for {firm} called it a beginning.",
        "People in {place} have waited {n} years for this.",
        "The {service} stays open meanwhile.",
        "Nobody at {firm} wanted to put a figure on it.",
        "It is case number {n} since the spring.",
        "The {good} growers around {place} see it with other eyes.",
        "A report is due before the first snow.",
        "What it will cost is not yet known; {n} thousand is the figure one hears.",
        "In {place2} the same plan failed twice.",
        "The {animal} does not seem to mind.",
        "Tickets go on sale next week.",
    ];
    let template = SENTENCES[rng.usize(..SENTENCES.len())];
    fill(rng, template)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_is_filled() {
        let mut rng = Rng::with_seed(1);
        for section in &SECTIONS {
            for headline in section.headlines {
                let title = fill(&mut rng, headline);
                assert!(!title.contains(['{', '}']), "{title}");
            }
        }
        for _ in 0..100 {
            assert!(!sentence(&mut rng).contains(['{', '}']));
        }
    }
}
