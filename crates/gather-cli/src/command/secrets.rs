//! `gather secrets`: how the vault stands, sealing everything anew, forgetting one.
//!
//! Nothing here shows a secret or a key; keys are told by their ids.

use gather_run::{Rotated, Vault, VaultSecret, VaultStatus};
use gather_store::SourceRef;

use super::Exit;
use crate::{
    args::{self, Format, SecretsCommand},
    failure::{Failure, Result},
    render::{self, Cell, Row},
    session::Session,
};

impl Row for VaultSecret {
    const HEADER: &'static [&'static str] = &["source", "owner", "key_id", "sealed_at", "problem"];

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::text(&self.source),
            Cell::maybe(self.owner.as_deref()),
            Cell::plain(&self.key_id),
            Cell::plain(self.sealed_at),
            Cell::maybe(self.problem.as_deref()),
        ]
    }
}

/// `gather secrets`.
pub(crate) fn secrets(session: &Session, args: &args::Secrets) -> Result<Exit> {
    let Some(store) = session.stored()? else {
        return match args.what {
            SecretsCommand::Status if session.for_people() => Ok(Exit::Complete),
            SecretsCommand::Status => {
                render::rows::<VaultSecret>(session.format, &[])?;
                Ok(Exit::Complete)
            }
            SecretsCommand::Rotate(_) | SecretsCommand::Forget(_) => {
                Err(Failure::new("nothing is sealed yet")
                    .hint("`gather sources claim NAME` seals the first key"))
            }
        };
    };
    let vault = session.vault(&store)?;
    match &args.what {
        SecretsCommand::Status => status(session, &vault.status()?),
        SecretsCommand::Rotate(rotate) => {
            let rotated = vault.rotate(session.now())?;
            let gone = if rotate.forget_old {
                vault.forget_old_keys()?
            } else {
                Vec::new()
            };
            tell(session, &rotated, &gone)?;
            Ok(Exit::Complete)
        }
        SecretsCommand::Forget(args) => forget(session, &vault, args),
    }
}

/// Forgets what is sealed for one source: of those that the viewer may see, the only one of that name.
fn forget(session: &Session, vault: &Vault, args: &args::Forget) -> Result<Exit> {
    let secrets = vault.status()?.secrets;
    let seen = secrets
        .iter()
        .filter(|secret| session.sees(secret.owner.as_deref()));
    let found: Vec<&VaultSecret> = seen
        .clone()
        .filter(|secret| secret.source == args.source)
        .collect();
    let secret = match found[..] {
        [secret] => secret,
        [] => {
            let known: Vec<&str> = seen.map(|secret| secret.source.as_str()).collect();
            let hint = match &known[..] {
                [] => "nothing is sealed".to_owned(),
                known => format!("sealed are the keys of {}", known.join(", ")),
            };
            let message = format!("nothing is sealed for `{}`", args.source);
            return Err(Failure::new(message).hint(hint));
        }
        _ => {
            let message = format!("several users have a source `{}`", args.source);
            return Err(Failure::new(message).hint("say whose it is with `--as USER`"));
        }
    };
    let question = format!("forget the key of `{}`?", secret.source);
    if !args.yes && !session.confirm(&question)? {
        let message = format!("the key of `{}` was kept", secret.source);
        return Err(Failure::new(message).hint("`--yes` forgets it without asking"));
    }
    vault.forget(SourceRef {
        name: &secret.source,
        owner: secret.owner.as_deref(),
    })?;
    session.note(&format!(
        "forgotten; `gather sources claim {}` seals a new key\n",
        secret.source
    ));
    Ok(Exit::Complete)
}

fn status(session: &Session, status: &VaultStatus) -> Result<Exit> {
    match session.format {
        Format::Table => {
            render::data(&render::vault(status, &session.view()))?;
        }
        Format::Json => {
            render::document(status)?;
        }
        format => {
            render::rows(format, &status.secrets)?;
        }
    }
    let well = status.problem.is_none() && status.secrets.iter().all(|one| one.problem.is_none());
    Ok(if well { Exit::Complete } else { Exit::Partial })
}

fn tell(session: &Session, rotated: &Rotated, gone: &[String]) -> Result<()> {
    if !session.for_people() {
        render::one(session.format, rotated)?;
        return Ok(());
    }
    let mut words = format!(
        "{} sealed with the new key {}\n",
        render::plural(rotated.secrets as u64, "secret"),
        rotated.key_id
    );
    let left: Vec<&str> = rotated
        .old
        .iter()
        .map(String::as_str)
        .filter(|id| !gone.iter().any(|one| one == id))
        .collect();
    if !gone.is_empty() {
        words.push_str(&format!("taken out of the key file: {}\n", gone.join(", ")));
    }
    if !left.is_empty() {
        words.push_str(&format!(
            "still in the key file, for backups: {}\n",
            left.join(", ")
        ));
        words.push_str(&render::hint(
            "`gather secrets rotate --forget-old` takes out what nothing here needs",
            "",
            &session.view(),
        ));
    }
    session.note(&words);
    Ok(())
}
