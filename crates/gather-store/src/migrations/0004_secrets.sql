-- Keys that gather obtained itself, sealed by whoever calls: what opens them is never in this file.

CREATE TABLE secrets (
    source_id INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    purpose   TEXT NOT NULL CHECK (purpose <> ''),
    key_id    TEXT NOT NULL CHECK (key_id <> ''),   -- of the key that seals it
    sealed    BLOB NOT NULL,
    sealed_at INTEGER NOT NULL,
    PRIMARY KEY (source_id, purpose)
) STRICT, WITHOUT ROWID;
