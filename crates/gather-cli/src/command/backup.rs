//! `gather backup` and `gather restore`: the database to a file and back.

use super::Exit;
use crate::{
    args,
    failure::{Failure, Result},
    session::{Session, shown},
};

/// `gather backup`.
pub(crate) fn backup(session: &Session, args: &args::Backup) -> Result<Exit> {
    let Some(store) = session.held()? else {
        return Err(Failure::new(format!(
            "there is no database `{}`",
            shown(&session.database()?)
        ))
        .hint("`gather run` makes one; `--db FILE` names another"));
    };
    let bytes = store.backup(&args.file)?;
    session.note(&format!(
        "wrote `{}`, {} KiB; the vault's key is not in it, keep that too\n",
        shown(&args.file),
        bytes.div_ceil(1024)
    ));
    Ok(Exit::Complete)
}

/// `gather restore`.
pub(crate) fn restore(session: &Session, args: &args::Restore) -> Result<Exit> {
    let database = session.database()?;
    let replaces = database.try_exists().unwrap_or(true);
    let question = format!(
        "put `{}` in the place of `{}`?",
        shown(&args.file),
        shown(&database)
    );
    if replaces && !args.yes && !session.confirm(&question)? {
        session.note("nothing was changed; `--yes` does it without asking\n");
        return Ok(Exit::Partial);
    }
    let aside = gather_store::Store::restore(&args.file, &database)?;
    session.note(&format!(
        "`{}` is what the backup holds\n",
        shown(&database)
    ));
    if let Some(aside) = aside {
        session.note(&format!(
            "what was there before is in `{}`\n",
            shown(&aside)
        ));
    }
    Ok(Exit::Complete)
}
