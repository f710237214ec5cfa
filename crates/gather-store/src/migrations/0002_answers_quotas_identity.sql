-- What servers answered and what was asked of them; former names of articles; what moved and what is gone.
--
-- Instants are microseconds since 1970 UTC, spans are microseconds.

-- The digest of the declaration whose answers and field counts are held; another one makes them void.
ALTER TABLE sources ADD COLUMN declaration TEXT;

-- Validators and freshness, each written in the transaction of the rows it vouches for.
CREATE TABLE answers (
    source_id     INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    request       TEXT NOT NULL CHECK (request <> ''),
    etag          BLOB,                        -- the bytes of the header as they came
    last_modified BLOB,
    fresh_until   INTEGER,
    stale_until   INTEGER,                     -- until when it may stand in for an error
    vary          TEXT,
    follow        TEXT NOT NULL,               -- JSON: what the answer led to
    at            INTEGER NOT NULL,
    PRIMARY KEY (source_id, request)
) STRICT, WITHOUT ROWID;
CREATE INDEX answers_by_age ON answers (at);
-- A note can never vouch for rows that are not there, whoever deletes them.
CREATE TRIGGER articles_gone AFTER DELETE ON articles BEGIN
    DELETE FROM answers WHERE source_id = old.source_id;
END;
CREATE TRIGGER accounts_gone AFTER DELETE ON accounts BEGIN
    DELETE FROM answers WHERE source_id = old.source_id;
END;
CREATE TRIGGER transactions_gone AFTER DELETE ON transactions BEGIN
    DELETE FROM answers WHERE source_id = old.source_id;
END;
CREATE TRIGGER budgets_gone AFTER DELETE ON budgets BEGIN
    DELETE FROM answers WHERE source_id = old.source_id;
END;
CREATE TRIGGER rates_gone AFTER DELETE ON rates BEGIN
    DELETE FROM answers WHERE source_id = old.source_id;
END;

-- How many rows had each optional field: before the run that counts now, and in it.
CREATE TABLE filled (
    source_id  INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL,
    field      TEXT NOT NULL,
    filled     INTEGER NOT NULL,
    rows       INTEGER NOT NULL,
    run_id     INTEGER NOT NULL,
    run_filled INTEGER NOT NULL,
    run_rows   INTEGER NOT NULL,
    PRIMARY KEY (source_id, kind, field)
) STRICT, WITHOUT ROWID;

-- The full text as it came, and what its relative links are relative to.
ALTER TABLE articles ADD COLUMN content TEXT;
ALTER TABLE articles ADD COLUMN content_base TEXT;
CREATE INDEX articles_by_source ON articles (source_id, rank_at);

-- What an article said before its last changes. An edit changed more than what is counted.
CREATE TABLE article_versions (
    article      INTEGER NOT NULL REFERENCES articles (key) ON DELETE CASCADE,
    edit         INTEGER NOT NULL CHECK (edit IN (0, 1)),
    from_at      INTEGER NOT NULL,
    until_at     INTEGER NOT NULL,
    title        TEXT,
    url          TEXT,
    published_at INTEGER,
    score        INTEGER,
    comments     INTEGER
) STRICT;
CREATE INDEX article_versions_by_article ON article_versions (article, edit);
CREATE TABLE former_urls (
    article INTEGER NOT NULL REFERENCES articles (key) ON DELETE CASCADE,
    url     TEXT NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (article, url)
) STRICT, WITHOUT ROWID;
CREATE TABLE former_ids (
    source_id INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    id        TEXT NOT NULL,
    article   INTEGER NOT NULL REFERENCES articles (key) ON DELETE CASCADE,
    PRIMARY KEY (source_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX former_ids_by_article ON former_ids (article);

-- Addresses that lead elsewhere for good, and those that say that nothing will come any more.
CREATE TABLE moves (
    source_id  INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    from_url   TEXT NOT NULL,
    to_url     TEXT NOT NULL,
    runs       INTEGER NOT NULL,               -- in a row
    last_run   INTEGER NOT NULL,
    first_at   INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,
    adopted_at INTEGER,
    PRIMARY KEY (source_id, from_url)
) STRICT, WITHOUT ROWID;
CREATE TABLE gone (
    source_id INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    url       TEXT NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (source_id, url)
) STRICT, WITHOUT ROWID;

-- Of what a run's source brought, how many of each kind.
ALTER TABLE outcomes ADD COLUMN articles INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outcomes ADD COLUMN accounts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outcomes ADD COLUMN transactions INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outcomes ADD COLUMN budgets INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outcomes ADD COLUMN rates INTEGER NOT NULL DEFAULT 0;

-- The ledger. A reservation is a lease on a slot of its host and a held place in each of its quotas.
CREATE TABLE hosts (
    id           INTEGER PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,
    cooled_at    INTEGER,                      -- when it was told to pause, and until when
    cooled_until INTEGER,
    CHECK ((cooled_at IS NULL) = (cooled_until IS NULL))
) STRICT;
CREATE TABLE reservations (
    id       INTEGER PRIMARY KEY,
    host_id  INTEGER NOT NULL,
    run_id   INTEGER,                          -- NULL: of no run
    at       INTEGER NOT NULL,
    doubt_at INTEGER NOT NULL,                 -- its request is over then, one way or the other
    leased   INTEGER NOT NULL                  -- 0: its process died, only its places are in doubt
             CHECK (leased IN (0, 1))
) STRICT;
CREATE INDEX reservations_by_host ON reservations (host_id) WHERE leased = 1;
CREATE INDEX reservations_by_doubt ON reservations (doubt_at);
CREATE TABLE quotas (
    id       INTEGER PRIMARY KEY,
    key      TEXT NOT NULL UNIQUE,
    requests INTEGER NOT NULL,
    per_us   INTEGER NOT NULL,
    hold_us  INTEGER NOT NULL,                 -- how long a place is held after it was counted
    used     INTEGER NOT NULL DEFAULT 0,       -- the sum over quota_used
    seen_at  INTEGER NOT NULL
) STRICT;
-- Places of requests that are not settled.
CREATE TABLE quota_held (
    quota_id       INTEGER NOT NULL,
    reservation_id INTEGER NOT NULL,
    PRIMARY KEY (quota_id, reservation_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX quota_held_by_reservation ON quota_held (reservation_id);
-- How many places come free when.
CREATE TABLE quota_used (
    quota_id INTEGER NOT NULL,
    free_at  INTEGER NOT NULL,
    places   INTEGER NOT NULL,
    PRIMARY KEY (quota_id, free_at)
) STRICT, WITHOUT ROWID;
