//! `gather sources claim`: a setup token becomes the key of a source, once, and is kept sealed.
//!
//! The token is read from standard input or typed where nobody sees it, never from an argument, which other users of
//! the machine could read. Everything that can go wrong without it is looked at before it is used up.

use std::io::{self, IsTerminal, Read};

use console::Term;
use gather_sources::{Declaration, SecretRef};
use gather_store::SourceRef;
use secrecy::SecretString;

use super::Exit;
use crate::{
    args,
    failure::{Failure, Result},
    render,
    session::{Session, shown, typed},
};

/// Longer input is no setup token.
const LONGEST: u64 = 64 * 1024;

/// `gather sources claim`.
pub(crate) async fn claim(session: &Session, args: &args::Claim) -> Result<Exit> {
    let configuration = session.configuration()?;
    let name = &args.source;
    let Some(declaration) = configuration
        .config
        .declarations()
        .find(|one| one.name() == name)
    else {
        return Err(not_declared(session, name));
    };
    if !keeps_its_key(declaration) {
        return Err(
            Failure::new(format!("`{name}` does not take its key from the vault"))
                .hint("declare it with `key = { vault = true }`; the preset `simplefin` does"),
        );
    }
    let store = session.store()?;
    let vault = session.vault(&store)?;
    vault.prepare()?;
    let token = setup_token(session)?;
    let access = gather_run::claim(&token, session.clock.clone()).await?;
    let source = SourceRef {
        name,
        owner: declaration.owner(),
    };
    vault.keep(source, access.secret(), session.now())?;
    let words = format!(
        "claimed: the key of `{name}` is sealed in {}\n{}",
        shown(store.path()),
        render::hint(
            &format!("`gather run {}` fetches it", typed(name.as_ref())),
            "",
            &session.view()
        )
    );
    session.note(&words);
    Ok(Exit::Complete)
}

fn keeps_its_key(declaration: &Declaration) -> bool {
    matches!(declaration.key(), Some(SecretRef::Vault { .. }))
}

fn not_declared(session: &Session, name: &str) -> Failure {
    let file = shown(&session.config_path());
    let advice = if gather_sources::presets().any(|preset| preset.name == name) {
        format!("`gather add {name}` declares it in `{file}`")
    } else {
        format!(
            "declare it in `{file}` with `preset = \"simplefin\"`; `gather sources` lists what is declared"
        )
    };
    Failure::new(format!("there is no source `{name}`")).hint(advice)
}

/// The setup token, without anybody seeing it.
fn setup_token(session: &Session) -> Result<SecretString> {
    let unread = |error: io::Error| {
        Failure::new("the setup token cannot be read from standard input").because(Some(&error))
    };
    let text = if io::stdin().is_terminal() {
        render::words("setup token (it is not shown): ");
        let typed = Term::stderr().read_secure_line().map_err(unread)?;
        session.note("\n");
        typed
    } else {
        let mut text = String::new();
        io::stdin()
            .lock()
            .take(LONGEST)
            .read_to_string(&mut text)
            .map_err(unread)?;
        text
    };
    Ok(text.into())
}
