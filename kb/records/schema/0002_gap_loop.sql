-- Who works on a gap until when, since when it stands open, and what an owner said of it.
ALTER TABLE gaps ADD COLUMN assignee TEXT;
ALTER TABLE gaps ADD COLUMN due_on TEXT;              -- ISO 8601 date
ALTER TABLE gaps ADD COLUMN dismissed_reason TEXT;
ALTER TABLE gaps ADD COLUMN opened_at INTEGER;        -- last opened or reopened: what closes it must be newer
ALTER TABLE gaps ADD COLUMN renamed INTEGER NOT NULL DEFAULT 0; -- an owner gave the label: it stays
ALTER TABLE gaps ADD COLUMN category TEXT;
ALTER TABLE gaps ADD COLUMN findable TEXT;            -- JSON: what trying the nearest articles alone found, null before
UPDATE gaps SET opened_at = created_at;

-- Wordings that an owner has put into a gap by hand: they stay there whatever the grouping says.
CREATE TABLE gap_pins (
    question_key TEXT PRIMARY KEY,
    gap_id TEXT NOT NULL REFERENCES gaps (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    who TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX gap_pins_by_gap ON gap_pins (gap_id);

-- Every snapshot that was served, in the order of being served; one that comes back has a line of its own.
CREATE TABLE publications (
    seq INTEGER PRIMARY KEY,
    revision TEXT NOT NULL,
    at INTEGER NOT NULL,
    articles INTEGER NOT NULL,
    passages INTEGER NOT NULL,
    added TEXT NOT NULL,                              -- JSON: article ids
    changed TEXT NOT NULL,
    removed TEXT NOT NULL,
    checked_at INTEGER                                -- when the gaps' questions were asked of it, null before
);
CREATE INDEX publications_by_time ON publications (at);
CREATE INDEX publications_unchecked ON publications (seq) WHERE checked_at IS NULL;
-- The articles of the newest publication, to compare the next one with.
CREATE TABLE published_articles (
    article_id TEXT PRIMARY KEY,
    content_hash TEXT NOT NULL
) WITHOUT ROWID;
-- When each statement of the articles (a sentence, a list item, a table row) was first served.
CREATE TABLE text_births (
    text_hash BLOB PRIMARY KEY,                       -- first 16 bytes of SHA-256 of its words
    at INTEGER NOT NULL
) WITHOUT ROWID;

-- What closes a gap must be newer than this. Unlike opened_at it stays when an edit breaks what had closed the gap:
-- who takes that edit back has closed it again.
ALTER TABLE gaps ADD COLUMN text_since INTEGER;
CREATE INDEX gaps_by_status ON gaps (status) WHERE merged_into IS NULL;
CREATE INDEX gaps_untried ON gaps (created_at) WHERE findable IS NULL AND merged_into IS NULL;

-- What the live index said last to each wording of a gap that is watched.
CREATE TABLE gap_checks (
    gap_id TEXT NOT NULL,
    question_key TEXT NOT NULL,
    at INTEGER NOT NULL,
    revision TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT,                                      -- reason code of an answer that is none
    score REAL NOT NULL,
    answered INTEGER NOT NULL,                        -- stated with confidence, in the language of the question
    new_text INTEGER NOT NULL,                        -- from text that is newer than the gap
    article_id TEXT,                                  -- quoted or, without an answer, suggested first
    passage_id TEXT,
    content_hash TEXT,
    quote TEXT,
    PRIMARY KEY (gap_id, question_key),
    FOREIGN KEY (gap_id, question_key) REFERENCES gap_questions (gap_id, question_key) ON DELETE CASCADE
) WITHOUT ROWID;
-- Work in the background that only one process on a data folder may do at a time.
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until INTEGER NOT NULL
) WITHOUT ROWID;

-- What visitors searched and opened; both end as signals or are forgotten.
CREATE TABLE searches (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    visitor TEXT,
    channel TEXT NOT NULL,
    lang TEXT NOT NULL,
    question TEXT NOT NULL,
    question_key TEXT NOT NULL,
    results INTEGER NOT NULL,
    article_id TEXT                                   -- the best result
);
CREATE INDEX searches_by_time ON searches (at);
CREATE INDEX searches_by_visitor ON searches (visitor) WHERE visitor IS NOT NULL;
CREATE TABLE openings (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    visitor TEXT,
    article_id TEXT NOT NULL,
    source_id TEXT,                                   -- the answer or search it was opened from
    stale INTEGER NOT NULL
);
CREATE INDEX openings_by_source ON openings (source_id) WHERE source_id IS NOT NULL;
CREATE INDEX openings_by_article ON openings (article_id, at);
CREATE INDEX openings_by_visitor ON openings (visitor) WHERE visitor IS NOT NULL;
-- People who log in. A session is known by the hash of its token.
CREATE TABLE users (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    email TEXT,
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin')),
    answers_for TEXT NOT NULL,                        -- JSON: the owner names of articles and gaps
    lang TEXT NOT NULL CHECK (lang IN ('en', 'zh')),
    weekly_mail INTEGER NOT NULL,
    password_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    disabled_at INTEGER
);
CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE TABLE digests (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    week TEXT NOT NULL,                               -- ISO week, 2026-W47
    at INTEGER NOT NULL,
    sent INTEGER NOT NULL,                            -- 0: nothing had changed
    content TEXT NOT NULL,                            -- hash of what it said, to know whether anything has changed
    PRIMARY KEY (user_id, week)
) WITHOUT ROWID;

-- What other systems are told, written in the transaction of what happened; each line is delivered at least once.
CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,            -- the order of the transactions; never used again
    id TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL
);
CREATE INDEX events_by_time ON events (at);
CREATE TABLE deliveries (
    event_id TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    target TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_at INTEGER,                                  -- null: delivered or given up
    delivered_at INTEGER,
    last_error TEXT NOT NULL,
    PRIMARY KEY (event_id, target)
) WITHOUT ROWID;
CREATE INDEX deliveries_due ON deliveries (target, next_at) WHERE next_at IS NOT NULL;
-- Up to which event each configured receiver has its deliveries.
CREATE TABLE webhook_targets (
    target TEXT PRIMARY KEY,
    up_to INTEGER NOT NULL
) WITHOUT ROWID;
-- Which articles were told to be overdue for review, so that each is told once.
CREATE TABLE stale_notices (
    article_id TEXT NOT NULL,
    due_on TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (article_id, due_on)
) WITHOUT ROWID;
