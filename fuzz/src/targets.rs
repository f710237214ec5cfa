//! What is tried: one function for each format that comes from a server or a file, through the public doors.
//!
//! A target gives what came out as text, errors included: an error is a good answer to most inputs. Beside not
//! panicking and not hanging it checks what its format promises whatever the input, such as that a record has an id
//! and that no control character is in a title.

mod bank;
mod expression;
mod feed;
mod found;
mod limits;
mod links;
mod offline;
mod rows;
mod support;
mod text;

/// One thing to try inputs on.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, and that of its corpus.
    pub name: &'static str,
    run: fn(&[u8]) -> Result<String, String>,
}

/// All targets that are tried by default.
pub const TARGETS: &[Target] = &[
    target("camt", bank::camt),
    target("config", text::config),
    target("csv", rows::csv),
    target("csv-bank", bank::csv),
    target("dates", text::dates),
    target("feed", feed::feed),
    target("html", feed::html),
    target("jq", expression::jq),
    target("json", offline::json),
    target("json-feed", feed::feed),
    target("limits", limits::limits),
    target("links", links::links),
    target("mapping", rows::json),
    target("mt940", bank::mt940),
    target("ndjson", rows::ndjson),
    target("ofx", bank::ofx),
    target("opml", found::list),
    target("qif", bank::qif),
    target("sniff", found::answer),
    target("token", text::token),
    target("urls", text::urls),
    target("xml", rows::xml),
];

/// For the tests of the runner: it does each thing that must not happen, when the input says so.
const BROKEN: Target = target("broken", broken);

const fn target(name: &'static str, run: fn(&[u8]) -> Result<String, String>) -> Target {
    Target { name, run }
}

impl Target {
    /// The target of that name.
    ///
    /// # Errors
    /// Which names there are.
    pub fn named(name: &str) -> Result<&'static Self, String> {
        TARGETS
            .iter()
            .chain([&BROKEN])
            .find(|target| target.name == name)
            .ok_or_else(|| {
                let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
                format!("`{name}` is no target; there are {}", names.join(", "))
            })
    }

    /// What the target makes of an input.
    ///
    /// # Errors
    /// When the result breaks a promise of the format, or is another one the second time; every eighth input is read
    /// twice.
    ///
    /// # Panics
    /// When the code under it does.
    pub fn try_on(&self, input: &[u8]) -> Result<String, String> {
        let broken = |reason: String| format!("a promise is broken: {reason}");
        let said = (self.run)(input).map_err(broken)?;
        if input.len().is_multiple_of(8) {
            let again = (self.run)(input).map_err(broken)?;
            // What was stopped by the clock may be stopped at another place.
            let stopped = [&said, &again].iter().any(|it| it.contains("too long"));
            if said != again && !stopped {
                return Err(format!(
                    "two results of one input:\n--- first\n{said}\n--- second\n{again}"
                ));
            }
        }
        Ok(said)
    }
}

fn broken(input: &[u8]) -> Result<String, String> {
    fn deep(levels: u64) -> u64 {
        let here = std::hint::black_box([levels; 64]);
        if levels == 0 {
            return 0;
        }
        deep(levels - 1) + here.iter().max().unwrap_or(&0)
    }
    match input {
        b"panic" => panic!("on purpose"),
        b"deep" => Ok(deep(1 << 30).to_string()),
        b"memory" => Ok(std::hint::black_box(vec![1_u8; 8 << 30]).len().to_string()),
        b"hang" => loop {
            std::hint::black_box(input);
        },
        b"promise" => Err("on purpose".to_owned()),
        _ => Ok("fine".to_owned()),
    }
}
