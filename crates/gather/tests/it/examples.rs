//! Every example holds what it claims: its `main` is run here, and none is left out.

use std::{collections::BTreeSet, error::Error, fs, path::Path};

macro_rules! examples {
    ($($name:ident: $file:literal,)*) => {
        $(
            #[path = $file]
            mod $name;
        )*

        mod claims {
            $(
                #[test]
                fn $name() -> Result<(), Box<dyn super::Error>> {
                    super::$name::main()
                }
            )*
        }

        const LISTED: &[&str] = &[$($file),*];
    };
}

examples! {
    collect: "../../examples/collect.rs",
    first_failure: "../../examples/first_failure.rs",
    first_three: "../../examples/first_three.rs",
    follow: "../../examples/follow.rs",
    limit: "../../examples/limit.rs",
    one_by_one: "../../examples/one_by_one.rs",
    partial: "../../examples/partial.rs",
    pipeline: "../../examples/pipeline.rs",
    progress: "../../examples/progress.rs",
    quota: "../../examples/quota.rs",
    retry: "../../examples/retry.rs",
    sum_or_max: "../../examples/sum_or_max.rs",
    timeouts: "../../examples/timeouts.rs",
    weather: "../../examples/weather.rs",
}

#[test]
fn every_example_is_run() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let there: BTreeSet<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| format!("../../examples/{}", entry.unwrap().file_name().display()))
        .collect();
    let listed: BTreeSet<_> = LISTED.iter().map(ToString::to_string).collect();
    assert_eq!(
        there, listed,
        "files in the folder, and files this test runs"
    );
}
