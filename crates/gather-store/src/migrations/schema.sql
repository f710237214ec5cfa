-- What all steps lead to, as SQLite tells it: whoever adds a step brings it here too, and a test compares.

CREATE TABLE sources (
    id      INTEGER PRIMARY KEY,
    name    TEXT NOT NULL CHECK (name <> ''),
    owner   TEXT CHECK (owner <> ''),          -- NULL belongs to everybody
    good_at INTEGER                            -- when its data was last known to be good
, declaration TEXT) STRICT;

CREATE UNIQUE INDEX sources_by_name ON sources (name, ifnull(owner, ''));

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
    rank_at      INTEGER NOT NULL GENERATED ALWAYS AS (min(ifnull(published_at, first_seen), first_seen)) VIRTUAL, content TEXT, content_base TEXT,
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
    updated_at  INTEGER NOT NULL, weak INTEGER NOT NULL DEFAULT 0 CHECK (weak IN (0, 1)), hint TEXT, content INTEGER NOT NULL DEFAULT 0, units INTEGER, value_date TEXT, balance_after TEXT, payee TEXT, note TEXT, source_category TEXT, category_by TEXT, source_payee TEXT, payee_by TEXT, transfer TEXT CHECK (transfer = 'found' OR transfer = 'declared' OR transfer = 'none'), peer INTEGER, split INTEGER NOT NULL DEFAULT 0 CHECK (split IN (0, 1)), ruled INTEGER NOT NULL DEFAULT 0 CHECK (ruled IN (0, 1)), vouched INTEGER NOT NULL DEFAULT 1 CHECK (vouched IN (0, 1)), import_id INTEGER,
    UNIQUE (source_id, account_id, id)
) STRICT;

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
    finished_at INTEGER, articles INTEGER NOT NULL DEFAULT 0, accounts INTEGER NOT NULL DEFAULT 0, transactions INTEGER NOT NULL DEFAULT 0, budgets INTEGER NOT NULL DEFAULT 0, rates INTEGER NOT NULL DEFAULT 0, stop TEXT CHECK (stop = 'gone' OR stop = 'refused'),
    PRIMARY KEY (run_id, source_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX outcomes_by_source ON outcomes (source_id, run_id);

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

CREATE TRIGGER articles_gone AFTER DELETE ON articles BEGIN
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

CREATE INDEX articles_by_source ON articles (source_id, rank_at);

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

CREATE TABLE quota_held (
    quota_id       INTEGER NOT NULL,
    reservation_id INTEGER NOT NULL,
    PRIMARY KEY (quota_id, reservation_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX quota_held_by_reservation ON quota_held (reservation_id);

CREATE TABLE quota_used (
    quota_id INTEGER NOT NULL,
    free_at  INTEGER NOT NULL,
    places   INTEGER NOT NULL,
    PRIMARY KEY (quota_id, free_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE "accounts" (
    source_id   INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    id          TEXT NOT NULL CHECK (id <> ''),
    name        TEXT NOT NULL,
    kind        TEXT,
    balance     TEXT,                          -- as the source says; NULL: it says none
    currency    TEXT,
    as_of       INTEGER,                       -- the instant of the balance, or
    balance_day TEXT,                          -- its day, where a file gives only that
    vouched     INTEGER NOT NULL CHECK (vouched IN (0, 1)),
    import_id   INTEGER,                       -- the import that wrote it last
    first_seen  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (source_id, id),
    CHECK (balance IS NULL OR currency IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER accounts_gone AFTER DELETE ON accounts BEGIN
    DELETE FROM answers WHERE source_id = old.source_id;
END;

CREATE TABLE account_settings (
    source_id       INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    account_id      TEXT NOT NULL,             -- '' where the source names none
    flip_moves      INTEGER NOT NULL DEFAULT 0 CHECK (flip_moves IN (0, 1)),
    flip_balance    INTEGER NOT NULL DEFAULT 0 CHECK (flip_balance IN (0, 1)),
    opening         TEXT,                      -- in the account at the beginning of that day
    opening_currency TEXT,
    opening_day     TEXT,
    PRIMARY KEY (source_id, account_id),
    CHECK ((opening IS NULL) = (opening_currency IS NULL) AND (opening IS NULL) = (opening_day IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE stated_balances (
    source_id  INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL,
    day        TEXT NOT NULL,
    balance    TEXT NOT NULL,
    currency   TEXT NOT NULL,
    PRIMARY KEY (source_id, account_id, day)
) STRICT, WITHOUT ROWID;

CREATE INDEX transactions_by_day ON transactions (source_id, date, first_seen);

CREATE INDEX transactions_by_amount ON transactions (units, date);

CREATE INDEX transactions_pending ON transactions (source_id, account_id) WHERE pending = 1;

CREATE INDEX transactions_not_ruled ON transactions (key) WHERE ruled = 0;

CREATE VIRTUAL TABLE transactions_text USING fts5 (
    description, category, payee, note, content = 'transactions', content_rowid = 'key',
    tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TRIGGER transactions_text_delete AFTER DELETE ON transactions BEGIN
    INSERT INTO transactions_text (transactions_text, rowid, description, category, payee, note)
    VALUES ('delete', old.key, old.description, old.category, old.payee, old.note);
END;

CREATE TRIGGER transactions_text_update AFTER UPDATE OF description, category, payee, note ON transactions
WHEN old.description IS NOT new.description OR old.category IS NOT new.category OR old.payee IS NOT new.payee
  OR old.note IS NOT new.note BEGIN
    INSERT INTO transactions_text (transactions_text, rowid, description, category, payee, note)
    VALUES ('delete', old.key, old.description, old.category, old.payee, old.note);
    INSERT INTO transactions_text (rowid, description, category, payee, note)
    VALUES (new.key, new.description, new.category, new.payee, new.note);
END;

CREATE TABLE transaction_ids (
    source_id   INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    account_id  TEXT NOT NULL,
    id          TEXT NOT NULL,
    transaction_key INTEGER NOT NULL REFERENCES transactions (key) ON DELETE CASCADE,
    PRIMARY KEY (source_id, account_id, id, transaction_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX transaction_ids_by_key ON transaction_ids (transaction_key);

CREATE TABLE met (
    source_id INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    run_id    INTEGER NOT NULL,
    request   TEXT NOT NULL,
    transaction_key INTEGER NOT NULL,
    PRIMARY KEY (source_id, run_id, request, transaction_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE splits (
    transaction_key INTEGER NOT NULL REFERENCES transactions (key) ON DELETE CASCADE,
    part     INTEGER NOT NULL,
    amount   TEXT NOT NULL,
    category TEXT,
    note     TEXT,
    PRIMARY KEY (transaction_key, part)
) STRICT, WITHOUT ROWID;

CREATE TABLE reviews (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id   INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    transaction_key INTEGER NOT NULL REFERENCES transactions (key) ON DELETE CASCADE,
    reason      TEXT NOT NULL,
    incoming    TEXT NOT NULL,                 -- JSON, its sign put right
    digest      INTEGER NOT NULL,              -- of what identifies `incoming`
    import_id   INTEGER,                       -- the import that brought it; NULL: a run
    at          INTEGER NOT NULL,
    decision    TEXT CHECK (decision IN ('keep', 'replace', 'separate')),
    decided_at  INTEGER,
    UNIQUE (source_id, digest, transaction_key)
) STRICT;

CREATE INDEX reviews_by_transaction ON reviews (transaction_key);

CREATE INDEX reviews_open ON reviews (source_id) WHERE decision IS NULL;

CREATE TABLE imports (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    file      TEXT NOT NULL,
    format    TEXT NOT NULL,
    at        INTEGER NOT NULL,
    new       INTEGER NOT NULL,
    changed   INTEGER NOT NULL,
    duplicate INTEGER NOT NULL,
    review    INTEGER NOT NULL,
    undone_at INTEGER
) STRICT;

CREATE INDEX imports_by_source ON imports (source_id);

CREATE TABLE import_rows (
    import_id INTEGER NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    transaction_key INTEGER NOT NULL REFERENCES transactions (key) ON DELETE CASCADE,
    did       TEXT NOT NULL CHECK (did = 'new' OR did = 'changed' OR did = 'same'),
    before    TEXT,
    PRIMARY KEY (import_id, transaction_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX import_rows_by_transaction ON import_rows (transaction_key);

CREATE TABLE import_accounts (
    import_id  INTEGER NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL,
    day        TEXT NOT NULL,
    before     TEXT,
    after      TEXT NOT NULL,
    PRIMARY KEY (import_id, account_id, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE day_sums (
    source_id  INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL,
    currency   TEXT NOT NULL,
    day        TEXT NOT NULL,
    total      TEXT NOT NULL,
    rows       INTEGER NOT NULL,
    PRIMARY KEY (source_id, account_id, currency, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE month_sums (
    source_id INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    month     TEXT NOT NULL,
    category  TEXT NOT NULL,
    currency  TEXT NOT NULL,
    total     TEXT NOT NULL,
    rows      INTEGER NOT NULL,
    PRIMARY KEY (month, source_id, category, currency)
) STRICT, WITHOUT ROWID;

CREATE INDEX month_sums_by_source ON month_sums (source_id);

CREATE TABLE rate_pairs (
    source_id INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    base      TEXT NOT NULL,
    quote     TEXT NOT NULL,
    PRIMARY KEY (source_id, base, quote)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER rate_pairs_insert AFTER INSERT ON rates BEGIN
    INSERT OR IGNORE INTO rate_pairs (source_id, base, quote) VALUES (new.source_id, new.base, new.quote);
END;

CREATE TABLE rules (digest TEXT NOT NULL) STRICT;

CREATE TABLE secrets (
    source_id INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    purpose   TEXT NOT NULL CHECK (purpose <> ''),
    key_id    TEXT NOT NULL CHECK (key_id <> ''),   -- of the key that seals it
    sealed    BLOB NOT NULL,
    sealed_at INTEGER NOT NULL,
    PRIMARY KEY (source_id, purpose)
) STRICT, WITHOUT ROWID;

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

CREATE TRIGGER articles_change_story AFTER UPDATE OF story_id ON articles
WHEN old.story_id <> new.story_id BEGIN
    INSERT INTO marks (user_id, story_id, read_at, starred_at)
        SELECT user_id, new.story_id, read_at, starred_at FROM marks WHERE story_id = old.story_id
        ON CONFLICT (user_id, story_id) DO UPDATE
           SET read_at = ifnull(read_at, excluded.read_at), starred_at = ifnull(starred_at, excluded.starred_at);
END;

CREATE TABLE timelines (
    run_id INTEGER PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
    body   BLOB NOT NULL
) STRICT;
