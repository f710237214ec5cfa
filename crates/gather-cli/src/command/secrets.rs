//! `gather secrets`: how the vault stands, and sealing everything anew.
//!
//! Nothing here shows a secret or a key; keys are told by their ids.

use gather_run::{Rotated, VaultSecret, VaultStatus};

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
            SecretsCommand::Rotate(_) => Err(Failure::new("nothing is sealed yet")
                .hint("`gather sources claim NAME` seals the first key")),
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
    }
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
