-- Users and how they come in; what they have read and starred; how runs went in time; when asking again is no use.
--
-- Of a password only its hash is here, of a session's and an API key's token only its SHA-256.

CREATE TABLE users (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (name <> ''),
    password    TEXT,                          -- a PHC string; NULL: cannot log in with one
    created_at  INTEGER NOT NULL,
    currency    TEXT,                          -- NULL: the configuration's
    time_zone   TEXT,                          -- NULL: the server's
    theme       TEXT NOT NULL DEFAULT 'auto' CHECK (theme = 'auto' OR theme = 'light' OR theme = 'dark')
) STRICT;

CREATE TABLE sessions (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    digest     BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    address    TEXT,
    agent      TEXT
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE api_keys (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name       TEXT NOT NULL CHECK (name <> ''),
    digest     BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    scopes     TEXT NOT NULL,                  -- words with a space between
    created_at INTEGER NOT NULL,
    used_at    INTEGER,
    expires_at INTEGER
) STRICT;
CREATE INDEX api_keys_by_user ON api_keys (user_id);

CREATE TABLE marks (
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    story_id   INTEGER NOT NULL REFERENCES stories (id) ON DELETE CASCADE,
    read_at    INTEGER,
    starred_at INTEGER,
    PRIMARY KEY (user_id, story_id),
    CHECK (read_at IS NOT NULL OR starred_at IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX marks_by_story ON marks (story_id);
CREATE INDEX marks_starred ON marks (user_id, starred_at) WHERE starred_at IS NOT NULL;
-- Whoever has read or starred a story has read or starred what one of its articles becomes part of.
CREATE TRIGGER articles_change_story AFTER UPDATE OF story_id ON articles
WHEN old.story_id <> new.story_id BEGIN
    INSERT INTO marks (user_id, story_id, read_at, starred_at)
        SELECT user_id, new.story_id, read_at, starred_at FROM marks WHERE story_id = old.story_id
        ON CONFLICT (user_id, story_id) DO UPDATE
           SET read_at = ifnull(read_at, excluded.read_at), starred_at = ifnull(starred_at, excluded.starred_at);
END;

-- Why asking again is no use: every address is gone for good, or the credentials are refused.
ALTER TABLE outcomes ADD COLUMN stop TEXT CHECK (stop = 'gone' OR stop = 'refused');

-- What a run did with its time, as whoever made the run writes it.
CREATE TABLE timelines (
    run_id INTEGER PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
    body   BLOB NOT NULL
) STRICT;
