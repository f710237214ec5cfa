//! `gather sources claim` and `gather secrets`: a setup token is used once, what it gives is sealed and never shown.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use gather_sandbox::Api;

use crate::world::{Ended, Home, World};

fn world() -> World {
    let world = World::new(|sandbox| sandbox);
    world.home.write(
        "gather.toml",
        "[source.simplefin]\n\n[source.lwn]\nfeed = \"https://lwn.example/\"\n",
    );
    world
}

fn token(world: &World, name: &str) -> String {
    BASE64_STANDARD.encode(format!(
        "{}/claim/{name}",
        world.sandbox.origin(Api::SimpleFin)
    ))
}

fn claim(home: &Home, source: &str, token: &str) -> Ended {
    let ended = Home::ended(
        home.command(&["sources", "claim", source])
            .write_stdin(format!("{token}\n")),
    );
    if !token.is_empty() {
        assert!(!format!("{ended:?}").contains(token), "{ended:?}");
    }
    ended
}

#[test]
fn a_setup_token_becomes_the_sealed_key_of_a_source() {
    let world = world();
    let home = &world.home;
    let lacks = home.gather(&["run", "simplefin"]);
    assert_eq!(lacks.code, 1, "{lacks:?}");
    assert!(
        lacks.err.contains("gather sources claim simplefin"),
        "{}",
        lacks.err
    );

    let claimed = claim(home, "simplefin", &token(&world, "demo"));
    assert_eq!(claimed.code, 0, "{claimed:?}");
    assert!(home.path("gather.key").exists());
    let run = home.gather(&["run", "simplefin"]);
    assert_eq!(run.code, 0, "{run:?}");
    let accounts = home.gather(&["money", "--format", "json"]).json();
    assert_eq!(accounts["accounts"].as_array().unwrap().len(), 2);

    let status = home.gather(&["secrets", "status", "--format", "json"]);
    assert_eq!(status.code, 0, "{status:?}");
    assert_eq!(status.json()["secrets"][0]["source"], "simplefin");
    let rotated = home.gather(&["secrets", "rotate"]);
    assert_eq!(rotated.code, 0, "{rotated:?}");
    assert!(rotated.err.contains("1 secret sealed"), "{}", rotated.err);
    assert_eq!(home.gather(&["secrets", "rotate", "--forget-old"]).code, 0);
    assert_eq!(
        home.gather(&["run", "simplefin", "--revalidate", "-q"])
            .code,
        0
    );

    std::fs::remove_file(home.path("gather.key")).unwrap();
    let broken = home.gather(&["secrets", "status"]);
    assert_eq!(broken.code, 1, "{broken:?}");
    assert!(broken.out.contains("put it back there"), "{}", broken.out);
    assert_eq!(home.gather(&["run", "simplefin", "-q"]).code, 1);
}

#[test]
fn a_token_that_is_refused_may_be_compromised() {
    let world = world();
    let home = &world.home;
    let token = token(&world, "demo");
    assert_eq!(claim(home, "simplefin", &token).code, 0);
    let again = claim(home, "simplefin", &token);
    assert_eq!(again.code, 2, "{again:?}");
    assert!(again.err.contains("may be compromised"), "{}", again.err);
    assert_eq!(
        home.gather(&["run", "simplefin", "-q"]).code,
        0,
        "the key that was there stays"
    );
    let log = world.sandbox.log(Api::SimpleFin);
    let claims = log
        .requests()
        .iter()
        .filter(|one| one.target.starts_with("/claim/"))
        .count();
    assert_eq!(claims, 2, "each call asks once");
}

#[test]
fn what_can_go_wrong_without_the_token_is_looked_at_before_it_is_used() {
    let world = world();
    let home = &world.home;
    let token = token(&world, "demo");
    for (source, said) in [
        ("nobody", "no source `nobody`"),
        ("lwn", "vault = true"),
        ("hackernews", "gather add hackernews"),
    ] {
        let refused = claim(home, source, &token);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.err.contains(said), "{source}: {}", refused.err);
    }
    for (text, said) in [
        ("", "is empty"),
        ("nonsense!", "copy the whole setup token"),
    ] {
        let refused = claim(home, "simplefin", text);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.err.contains(said), "{}", refused.err);
    }
    assert!(world.sandbox.log(Api::SimpleFin).total() == 0);
    assert_eq!(claim(home, "simplefin", &token).code, 0, "it is still good");
}

#[test]
fn a_key_that_is_forgotten_has_to_be_claimed_anew() {
    let world = world();
    let home = &world.home;
    let nothing = home.gather(&["secrets", "forget", "simplefin", "--yes"]);
    assert_eq!(nothing.code, 2, "{nothing:?}");
    assert_eq!(claim(home, "simplefin", &token(&world, "demo")).code, 0);

    let other = home.gather(&["secrets", "forget", "lwn", "--yes"]);
    assert_eq!(other.code, 2, "{other:?}");
    assert!(
        other.err.contains("nothing is sealed for `lwn`"),
        "{}",
        other.err
    );
    assert!(
        other.err.contains("sealed are the keys of simplefin"),
        "{}",
        other.err
    );
    let unasked = home.gather(&["secrets", "forget", "simplefin"]);
    assert_eq!(unasked.code, 2, "nobody is there to say yes: {unasked:?}");
    assert!(unasked.err.contains("was kept"), "{}", unasked.err);
    assert_eq!(home.gather(&["run", "simplefin", "-q"]).code, 0);

    let forgotten = home.gather(&["secrets", "forget", "simplefin", "--yes"]);
    assert_eq!(forgotten.code, 0, "{forgotten:?}");
    let lacks = home.gather(&["run", "simplefin"]);
    assert_eq!(lacks.code, 1, "{lacks:?}");
    assert!(
        lacks.err.contains("gather sources claim simplefin"),
        "{}",
        lacks.err
    );
    let status = home.gather(&["secrets", "status", "--format", "json"]);
    assert_eq!(status.json()["secrets"].as_array().unwrap().len(), 0);
}
