-- Sources, their records, the runs that fetched them.
--
-- Instants are microseconds since 1970 UTC, days are ISO text, amounts are exact decimals as text.
-- The owner of a record is the owner of its source: one place, so the two cannot disagree.

CREATE TABLE sources (
    id      INTEGER PRIMARY KEY,
    name    TEXT NOT NULL CHECK (name <> ''),
    owner   TEXT CHECK (owner <> ''),          -- NULL belongs to everybody
    good_at INTEGER                            -- when its data was last known to be good
) STRICT;
CREATE UNIQUE INDEX sources_by_name ON sources (name, ifnull(owner, ''));

-- A story holds nothing but what joins its articles: what is shown of it comes from the articles the viewer may see.
CREATE TABLE stories (
    id            INTEGER PRIMARY KEY,
    canonical_url TEXT UNIQUE                  -- NULL: an article without an address, alone in its story
) STRICT;

CREATE TABLE articles (
    key          INTEGER PRIMARY KEY,
    source_id    INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    id           TEXT NOT NULL CHECK (id <> ''),
    story_id     INTEGER NOT NULL REFERENCES stories (id),
    title        TEXT,
    url          TEXT,
    published_at INTEGER,
    author       TEXT,
    summary      TEXT,
    section      TEXT,
    score        INTEGER,
    comments     INTEGER,
    first_seen   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    rank_at      INTEGER NOT NULL GENERATED ALWAYS AS (min(ifnull(published_at, first_seen), first_seen)) VIRTUAL,
    UNIQUE (source_id, id)
) STRICT;
CREATE INDEX articles_by_story ON articles (story_id, rank_at);
CREATE INDEX articles_by_rank ON articles (rank_at);

CREATE VIRTUAL TABLE articles_text USING fts5 (
    title, summary, content = 'articles', content_rowid = 'key', tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TRIGGER articles_text_insert AFTER INSERT ON articles BEGIN
    INSERT INTO articles_text (rowid, title, summary) VALUES (new.key, new.title, new.summary);
END;
CREATE TRIGGER articles_text_delete AFTER DELETE ON articles BEGIN
    INSERT INTO articles_text (articles_text, rowid, title, summary)
    VALUES ('delete', old.key, old.title, old.summary);
END;
CREATE TRIGGER articles_text_update AFTER UPDATE OF title, summary ON articles
WHEN old.title IS NOT new.title OR old.summary IS NOT new.summary BEGIN
    INSERT INTO articles_text (articles_text, rowid, title, summary)
    VALUES ('delete', old.key, old.title, old.summary);
    INSERT INTO articles_text (rowid, title, summary) VALUES (new.key, new.title, new.summary);
END;

CREATE TABLE accounts (
    source_id  INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    id         TEXT NOT NULL CHECK (id <> ''),
    name       TEXT NOT NULL,
    balance    TEXT NOT NULL,
    currency   TEXT NOT NULL,
    as_of      INTEGER,
    first_seen INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (source_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE transactions (
    key         INTEGER PRIMARY KEY,
    source_id   INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    account_id  TEXT NOT NULL,                 -- '' where the source names none
    id          TEXT NOT NULL CHECK (id <> ''),
    amount      TEXT NOT NULL,                 -- positive is money into the account
    currency    TEXT NOT NULL,
    date        TEXT,
    description TEXT,
    category    TEXT,
    pending     INTEGER NOT NULL CHECK (pending IN (0, 1)),
    first_seen  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    UNIQUE (source_id, account_id, id)
) STRICT;
CREATE INDEX transactions_by_date ON transactions (date, first_seen);

CREATE VIRTUAL TABLE transactions_text USING fts5 (
    description, category, content = 'transactions', content_rowid = 'key',
    tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TRIGGER transactions_text_insert AFTER INSERT ON transactions BEGIN
    INSERT INTO transactions_text (rowid, description, category) VALUES (new.key, new.description, new.category);
END;
CREATE TRIGGER transactions_text_delete AFTER DELETE ON transactions BEGIN
    INSERT INTO transactions_text (transactions_text, rowid, description, category)
    VALUES ('delete', old.key, old.description, old.category);
END;
CREATE TRIGGER transactions_text_update AFTER UPDATE OF description, category ON transactions
WHEN old.description IS NOT new.description OR old.category IS NOT new.category BEGIN
    INSERT INTO transactions_text (transactions_text, rowid, description, category)
    VALUES ('delete', old.key, old.description, old.category);
    INSERT INTO transactions_text (rowid, description, category) VALUES (new.key, new.description, new.category);
END;

CREATE TABLE budgets (
    source_id       INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    id              TEXT NOT NULL CHECK (id <> ''),
    category        TEXT NOT NULL,
    "limit"         TEXT NOT NULL,
    currency        TEXT NOT NULL,
    spent           TEXT,                      -- as the source says; NULL: we sum up ourselves
    spent_currency  TEXT,
    first_seen      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    PRIMARY KEY (source_id, id),
    CHECK ((spent IS NULL) = (spent_currency IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE rates (
    source_id  INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    base       TEXT NOT NULL,
    quote      TEXT NOT NULL,
    date       TEXT NOT NULL,
    rate       TEXT NOT NULL,                  -- units of quote for one unit of base
    first_seen INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (source_id, base, quote, date)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    started_at       INTEGER NOT NULL,
    ended_at         INTEGER,
    status           TEXT NOT NULL
                     CHECK (status IN ('running', 'complete', 'partial', 'failed', 'interrupted')),
    wall_us          INTEGER,
    one_by_one_us    INTEGER,
    longest_chain_us INTEGER
) STRICT;
CREATE INDEX runs_running ON runs (id) WHERE status = 'running';

CREATE TABLE outcomes (
    run_id      INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    source_id   INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    state       TEXT                           -- NULL: no outcome yet, or none because the run was interrupted
                CHECK (state IN ('complete', 'partial', 'unchanged', 'limited', 'failed', 'skipped')),
    reason      TEXT,
    hint        TEXT,
    until       INTEGER,
    new         INTEGER NOT NULL DEFAULT 0,
    changed     INTEGER NOT NULL DEFAULT 0,
    unchanged   INTEGER NOT NULL DEFAULT 0,
    rejected    INTEGER NOT NULL DEFAULT 0,
    skipped     INTEGER NOT NULL DEFAULT 0,
    attempts    INTEGER NOT NULL DEFAULT 0,
    waited_us   INTEGER NOT NULL DEFAULT 0,
    took_us     INTEGER NOT NULL DEFAULT 0,
    finished_at INTEGER,
    PRIMARY KEY (run_id, source_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX outcomes_by_source ON outcomes (source_id, run_id);
