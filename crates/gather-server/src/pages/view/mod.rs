//! What each page shows, as plain data: words and figures ready to be read, addresses ready to be followed.
//!
//! A view knows nothing of the store or of HTTP; whoever fills one has decided already what the viewer may see. Text from
//! outside goes into it as it is, and only templates turn it into markup. Paths are whole, with the base path.
//!
//! Not here: filling them (the handlers beside this folder), how numbers and times become words (`show`).

mod door;
mod money;
mod news;
mod runs;
mod settings;
mod shell;
mod sources;
mod today;

pub(crate) use door::*;
pub(crate) use money::*;
pub(crate) use news::*;
pub(crate) use runs::*;
pub(crate) use settings::*;
pub(crate) use shell::*;
pub(crate) use sources::*;
pub(crate) use today::*;
