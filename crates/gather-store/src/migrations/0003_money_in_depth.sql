-- Money in depth: who was paid, what a user changed, transfers, splits, imports that can be undone, sums kept ready.
--
-- Days are ISO text. Where rows are written by the hundred thousand, a CHECK is an OR: for an IN of three values SQLite
-- makes a table each time. A sum is exact whatever its digits: one or more `mantissa` or `mantissa:scale`, see `books/sum`.

-- Accounts that a file knows without a balance. `vouched` is 1 once a source itself, and not a file, has told of it.
CREATE TABLE accounts_new (
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
INSERT INTO accounts_new (source_id, id, name, balance, currency, as_of, vouched, first_seen, updated_at)
    SELECT source_id, id, name, balance, currency, as_of, 1, first_seen, updated_at FROM accounts;
DROP TABLE accounts;
ALTER TABLE accounts_new RENAME TO accounts;
CREATE TRIGGER accounts_gone AFTER DELETE ON accounts BEGIN
    DELETE FROM answers WHERE source_id = old.source_id;
END;

-- What a user says of an account, known or not.
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

-- The last balance that was stated on each day, after the sign was put right.
CREATE TABLE stated_balances (
    source_id  INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL,
    day        TEXT NOT NULL,
    balance    TEXT NOT NULL,
    currency   TEXT NOT NULL,
    PRIMARY KEY (source_id, account_id, day)
) STRICT, WITHOUT ROWID;

ALTER TABLE transactions ADD COLUMN weak INTEGER NOT NULL DEFAULT 0 CHECK (weak IN (0, 1));
ALTER TABLE transactions ADD COLUMN hint TEXT;              -- the provider's id, where it is no identity
ALTER TABLE transactions ADD COLUMN content INTEGER NOT NULL DEFAULT 0; -- digest of what the provider says
ALTER TABLE transactions ADD COLUMN units INTEGER;          -- the amount in ten-thousandths, where that is exact
ALTER TABLE transactions ADD COLUMN value_date TEXT;
ALTER TABLE transactions ADD COLUMN balance_after TEXT;
ALTER TABLE transactions ADD COLUMN payee TEXT;
ALTER TABLE transactions ADD COLUMN note TEXT;
-- What the source says of a field that a rule or a user may overrule, and who has: NULL is the source itself.
ALTER TABLE transactions ADD COLUMN source_category TEXT;
ALTER TABLE transactions ADD COLUMN category_by TEXT;
ALTER TABLE transactions ADD COLUMN source_payee TEXT;
ALTER TABLE transactions ADD COLUMN payee_by TEXT;
-- Between own accounts: found, declared, declared to be none, or not known (NULL); and the other side where it is here.
ALTER TABLE transactions ADD COLUMN transfer TEXT CHECK (transfer = 'found' OR transfer = 'declared' OR transfer = 'none');
ALTER TABLE transactions ADD COLUMN peer INTEGER;
ALTER TABLE transactions ADD COLUMN split INTEGER NOT NULL DEFAULT 0 CHECK (split IN (0, 1));
ALTER TABLE transactions ADD COLUMN ruled INTEGER NOT NULL DEFAULT 0 CHECK (ruled IN (0, 1));
ALTER TABLE transactions ADD COLUMN vouched INTEGER NOT NULL DEFAULT 1 CHECK (vouched IN (0, 1));
ALTER TABLE transactions ADD COLUMN import_id INTEGER;      -- the import that wrote it last
UPDATE transactions SET source_category = category;

DROP INDEX transactions_by_date;
CREATE INDEX transactions_by_day ON transactions (source_id, date, first_seen);
CREATE INDEX transactions_by_amount ON transactions (units, date);
CREATE INDEX transactions_pending ON transactions (source_id, account_id) WHERE pending = 1;
CREATE INDEX transactions_not_ruled ON transactions (key) WHERE ruled = 0;

DROP TRIGGER transactions_text_insert;
DROP TRIGGER transactions_text_delete;
DROP TRIGGER transactions_text_update;
DROP TABLE transactions_text;
CREATE VIRTUAL TABLE transactions_text USING fts5 (
    description, category, payee, note, content = 'transactions', content_rowid = 'key',
    tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO transactions_text (transactions_text) VALUES ('rebuild');
-- What is new is put into the index by `books`, all of a batch together: by a trigger, each row would be one segment.
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

-- Other ids of the provider for a transaction: the one it had while pending, one that another transaction has too.
CREATE TABLE transaction_ids (
    source_id   INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    account_id  TEXT NOT NULL,
    id          TEXT NOT NULL,
    transaction_key INTEGER NOT NULL REFERENCES transactions (key) ON DELETE CASCADE,
    PRIMARY KEY (source_id, account_id, id, transaction_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX transaction_ids_by_key ON transaction_ids (transaction_key);

-- Which rows without an identity of their own a run has met already, so that its next page counts on from there.
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

-- What a source or a file says of a transaction that cannot be believed without asking, and what was decided.
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
-- Which transactions an import vouches for, and how they stood before it: NULL where it changed nothing of them.
CREATE TABLE import_rows (
    import_id INTEGER NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    transaction_key INTEGER NOT NULL REFERENCES transactions (key) ON DELETE CASCADE,
    did       TEXT NOT NULL CHECK (did = 'new' OR did = 'changed' OR did = 'same'),
    before    TEXT,
    PRIMARY KEY (import_id, transaction_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_rows_by_transaction ON import_rows (transaction_key);
-- How an account (day '') or a stated balance stood before an import, NULL where it was not there, and after it.
CREATE TABLE import_accounts (
    import_id  INTEGER NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL,
    day        TEXT NOT NULL,
    before     TEXT,
    after      TEXT NOT NULL,
    PRIMARY KEY (import_id, account_id, day)
) STRICT, WITHOUT ROWID;

-- Sums kept by the writes themselves; `Store::check_aggregates` compares them with a recount.
-- Booked money of an account by day ('' for none) and, with day '*', altogether.
CREATE TABLE day_sums (
    source_id  INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL,
    currency   TEXT NOT NULL,
    day        TEXT NOT NULL,
    total      TEXT NOT NULL,
    rows       INTEGER NOT NULL,
    PRIMARY KEY (source_id, account_id, currency, day)
) STRICT, WITHOUT ROWID;
-- Booked expenses by month ('' for none) and, with month '*', altogether. Category '' is none.
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

-- The pairs of currencies that a source has rates for, so that the newest of each is one look.
CREATE TABLE rate_pairs (
    source_id INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    base      TEXT NOT NULL,
    quote     TEXT NOT NULL,
    PRIMARY KEY (source_id, base, quote)
) STRICT, WITHOUT ROWID;
INSERT INTO rate_pairs (source_id, base, quote) SELECT DISTINCT source_id, base, quote FROM rates;
CREATE TRIGGER rate_pairs_insert AFTER INSERT ON rates BEGIN
    INSERT OR IGNORE INTO rate_pairs (source_id, base, quote) VALUES (new.source_id, new.base, new.quote);
END;

-- The digest of the rules that transactions have been looked at with; another one has all of them looked at again.
CREATE TABLE rules (digest TEXT NOT NULL) STRICT;
