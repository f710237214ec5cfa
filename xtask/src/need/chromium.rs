//! Chromium with its driver, from the system's packages, and axe-core, which checks pages for accessibility, from npm.
//!
//! What the tests are told is a folder with `axe.min.js`; browser and driver are on the path.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::npm::{self, Package};
use crate::say;
use crate::workspace::{Workspace, captured};

const AXE: Package = Package {
    name: "axe-core",
    version: "4.14.1",
    digest: "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745",
};

/// Fails unless browser, driver and npm are here.
pub(super) fn present() -> Result<(), String> {
    for program in ["chromium", "chromedriver", "npm"] {
        captured(Command::new(program).arg("--version")).map_err(|_| format!("needs {program}"))?;
    }
    Ok(())
}

/// Brings axe-core, once, and says where it is.
pub(super) fn axe(workspace: &Workspace) -> Result<PathBuf, String> {
    let home = workspace.tools().join("axe");
    let (file, stamp) = (home.join("package/axe.min.js"), home.join("made-from"));
    let made = fs::read_to_string(&stamp).is_ok_and(|made_from| made_from == AXE.digest);
    if !(made && file.exists()) {
        say::line(&format!(
            "bringing axe-core {} to {}, once",
            AXE.version,
            home.display()
        ));
        npm::bring(&AXE, &home)?;
        fs::write(&stamp, AXE.digest).map_err(|error| format!("{}: {error}", stamp.display()))?;
    }
    Ok(home.join("package"))
}
