//! `gather user`: who may sign in to the dashboard.

use std::io::{self, IsTerminal as _};

use gather_server::{SHORTEST_PASSWORD, hash_password};
use gather_store::{Store, User};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use super::Exit;
use crate::{
    args::{self, UserCommand},
    escape,
    failure::{Failure, Result},
    render::{self, Cell, Row},
    session::Session,
};

/// A user in a list.
#[derive(Debug, Serialize)]
struct Listed {
    name: String,
    created_at: Timestamp,
    can_sign_in: bool,
}

impl Row for Listed {
    const HEADER: &'static [&'static str] = &["name", "created_at", "can_sign_in"];

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::text(&self.name),
            Cell::plain(self.created_at),
            Cell::plain(self.can_sign_in),
        ]
    }
}

/// `gather user`.
pub(crate) fn user(session: &Session, args: &args::User) -> Result<Exit> {
    match &args.what {
        UserCommand::Add(args) => add(session, &args.name),
        UserCommand::Passwd(args) => passwd(session, &args.name),
        UserCommand::List => list(session),
        UserCommand::Remove(args) => remove(session, &args.user.name, args.yes),
    }
}

fn add(session: &Session, name: &str) -> Result<Exit> {
    let store = session.store()?;
    if let Some(user) = store.user(name)? {
        return Err(
            Failure::new(format!("there is a user `{}` already", user.name)).hint(format!(
                "`gather user passwd {}` gives another password",
                user.name
            )),
        );
    }
    let password = new_password(session, name)?;
    let user = store.add_user(name, Some(&password), session.now())?;
    session.note(&format!("made user `{}`\n", escape::line(&user.name)));
    Ok(Exit::Complete)
}

fn passwd(session: &Session, name: &str) -> Result<Exit> {
    let (store, user) = known(session, name)?;
    let password = new_password(session, &user.name)?;
    store.set_password(user.id, &password, None)?;
    session.note(&format!(
        "`{}` has another password; every session has ended\n",
        escape::line(&user.name)
    ));
    Ok(Exit::Complete)
}

fn list(session: &Session) -> Result<Exit> {
    let users = match session.held()? {
        Some(store) => store.users()?,
        None => Vec::new(),
    };
    let users: Vec<_> = users
        .into_iter()
        .map(|user| Listed {
            name: user.name,
            created_at: user.created_at,
            can_sign_in: user.has_password,
        })
        .collect();
    if session.for_people() {
        if users.is_empty() {
            session.note("there is no user yet: `gather user add NAME` makes one\n");
        }
        let mut text = String::new();
        for user in &users {
            text.push_str(&escape::line(&user.name));
            if !user.can_sign_in {
                text.push_str(&format!("  {}", render::dim("has no password")));
            }
            text.push('\n');
        }
        render::data(&text)?;
    } else {
        render::rows(session.format, &users)?;
    }
    Ok(Exit::Complete)
}

fn remove(session: &Session, name: &str, yes: bool) -> Result<Exit> {
    let (store, user) = known(session, name)?;
    let question = format!(
        "take `{}` away, with sessions, keys and marks?",
        escape::line(&user.name)
    );
    if !yes && !session.confirm(&question)? {
        session.note("nothing was changed; `--yes` does it without asking\n");
        return Ok(Exit::Partial);
    }
    store.remove_user(user.id)?;
    session.note(&format!(
        "`{}` is gone; what belongs to the name is kept\n",
        escape::line(&user.name)
    ));
    Ok(Exit::Complete)
}

fn known(session: &Session, name: &str) -> Result<(Store, User)> {
    let store = session.store()?;
    let Some(user) = store.user(name)? else {
        return Err(
            Failure::new(format!("there is no user `{}`", escape::line(name)))
                .hint("`gather user list` lists them"),
        );
    };
    Ok((store, user))
}

/// A password as the store keeps it: asked for twice without showing it, or the first line of standard input.
fn new_password(session: &Session, user: &str) -> Result<String> {
    let password = if io::stdin().is_terminal() {
        let term = console::Term::stderr();
        let ask = |words: &str| -> Result<SecretString> {
            render::words(words);
            let typed = term.read_secure_line();
            let typed = typed.map_err(|error| {
                Failure::new("the password cannot be read").because(Some(&error))
            })?;
            Ok(typed.into())
        };
        let once = ask(&format!(
            "password of at least {SHORTEST_PASSWORD} characters: "
        ))?;
        let again = ask("once more: ")?;
        if once.expose_secret() != again.expose_secret() {
            return Err(Failure::new("the two passwords differ").hint("run the command again"));
        }
        once
    } else {
        let mut line = String::new();
        io::stdin()
            .read_line(&mut line)
            .map_err(|error| Failure::new("the password cannot be read").because(Some(&error)))?;
        let line = line.trim_end_matches(['\r', '\n']).to_owned();
        if line.is_empty() {
            return Err(Failure::new("there is no password on standard input")
                .hint("give it as the first line, such as `gather user add ana < password.txt`"));
        }
        session.note("the password was read from standard input\n");
        line.into()
    };
    hash_password(user, password.expose_secret())
        .map_err(|refused| Failure::of(&refused).hint("nothing was changed"))
}
