//! Packages of npm: one version, checked by the digest of its archive, of which only files are taken.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};

use crate::workspace::captured;

/// A version of a package.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    /// SHA-256 of the archive that `npm pack` brings, in hexadecimal.
    pub(crate) digest: &'static str,
}

/// Packs one package into an empty folder, unpacks it there once its digest is right, and says where its files are.
pub(crate) fn bring(package: &Package, place: &Path) -> Result<PathBuf, String> {
    let at = |error: std::io::Error| format!("{}: {error}", place.display());
    if place.exists() {
        fs::remove_dir_all(place).map_err(at)?;
    }
    fs::create_dir_all(place).map_err(at)?;
    let wanted = format!("{}@{}", package.name, package.version);
    let mut npm = Command::new("npm");
    npm.args(["pack", "--silent", "--ignore-scripts", "--pack-destination"])
        .arg(place)
        .arg(&wanted)
        .current_dir(place);
    let answer = captured(&mut npm)?;
    let answer = String::from_utf8_lossy(&answer.stdout);
    let file = answer
        .lines()
        .last()
        .map(str::trim)
        .filter(|name| !name.is_empty() && !name.contains(['/', '\\']))
        .ok_or_else(|| format!("`npm pack {wanted}` did not say what it wrote"))?;
    let archive = place.join(file);
    let bytes = fs::read(&archive).map_err(|error| format!("{}: {error}", archive.display()))?;
    let digest = hexadecimal(&Sha256::digest(&bytes));
    if digest != package.digest {
        return Err(format!(
            "{wanted} has the digest {digest}, and {} is expected: nothing of it was taken",
            package.digest
        ));
    }
    captured(
        Command::new("tar")
            .arg("-xzf")
            .arg(&archive)
            .current_dir(place),
    )
    .map(|_| place.join("package"))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
