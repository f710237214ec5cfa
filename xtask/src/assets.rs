//! `cargo xtask assets`: the fonts and the chart library of the dashboard, brought anew from their npm packages.
//!
//! They are committed, so that a build asks nobody for anything. What is brought is what this file names: one version a
//! package, the digest of its archive, and the files that are taken from it. To take another version, change the
//! version, run the command, and put the digest that it reports into the table after having looked at what changed.

use std::fs;

use crate::npm::{self, Package};
use crate::say;
use crate::workspace::Workspace;

const VENDOR: &str = "crates/gather-server/assets/vendor";

/// A package, and what is taken from it.
struct Taken {
    package: Package,
    /// The file in the package, and its name here.
    files: &'static [(&'static str, &'static str)],
}

const PACKAGES: &[Taken] = &[
    Taken {
        package: Package {
            name: "@fontsource-variable/inter",
            version: "5.3.0",
            digest: "d26710dd38e7217484a1d47ee76c024977ec550548876f26d06ed1844af09a14",
        },
        files: &[
            ("files/inter-latin-wght-normal.woff2", "inter-latin.woff2"),
            (
                "files/inter-latin-ext-wght-normal.woff2",
                "inter-latin-ext.woff2",
            ),
            ("LICENSE", "inter.OFL.txt"),
        ],
    },
    Taken {
        package: Package {
            name: "@fontsource-variable/source-serif-4",
            version: "5.3.1",
            digest: "8c452853c74be1e43e9fbfe76321c26f4678a2d431e93209ff1d9faec03fd96f",
        },
        files: &[
            (
                "files/source-serif-4-latin-wght-normal.woff2",
                "source-serif-4-latin.woff2",
            ),
            (
                "files/source-serif-4-latin-ext-wght-normal.woff2",
                "source-serif-4-latin-ext.woff2",
            ),
            ("LICENSE", "source-serif-4.OFL.txt"),
        ],
    },
    Taken {
        package: Package {
            name: "uplot",
            version: "1.6.32",
            digest: "4b8a8191e425658e3ea8c8c1314b0fc679c861ee3a1af2b20c7b16ba50b5133d",
        },
        files: &[
            ("dist/uPlot.iife.min.js", "uplot.js"),
            ("dist/uPlot.min.css", "uplot.css"),
            ("LICENSE", "uplot.MIT.txt"),
        ],
    },
];

/// Brings every package through npm, checks its digest, and puts its files where the server embeds them.
pub(crate) fn run(workspace: &Workspace) -> Result<(), String> {
    let work = workspace.target.join("assets");
    let vendor = workspace.root.join(VENDOR);
    for Taken { package, files } in PACKAGES {
        let place = work.join(package.name.replace(['@', '/'], "-"));
        let folder = npm::bring(package, &place)?;
        for (from, to) in *files {
            let bytes = fs::read(folder.join(from))
                .map_err(|error| format!("{from} of {}: {error}", package.name))?;
            let to = vendor.join(to);
            let same = fs::read(&to).is_ok_and(|held| held == bytes);
            if !same {
                fs::write(&to, bytes).map_err(|error| format!("{}: {error}", to.display()))?;
            }
            say::line(&format!(
                "{} {}",
                if same { "as it was:" } else { "written:  " },
                to.display()
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_package_has_its_licence_beside_it_and_a_line_in_the_readme() {
        let vendor = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("..")
            .join(VENDOR);
        let readme = fs::read_to_string(vendor.join("README.md")).unwrap();
        let mut known = vec!["README.md".to_owned()];
        for Taken { package, files } in PACKAGES {
            assert!(
                files.iter().any(|(from, _)| *from == "LICENSE"),
                "{}",
                package.name
            );
            let line = format!("`{}` {}", package.name, package.version);
            assert!(readme.contains(&line), "{line}");
            known.extend(files.iter().map(|(_, to)| (*to).to_owned()));
        }
        for entry in fs::read_dir(vendor).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(known.contains(&name), "{name} comes from nowhere");
        }
    }
}
