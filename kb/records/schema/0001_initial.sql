
CREATE TABLE questions (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    conversation_id TEXT NOT NULL,
    visitor TEXT,
    channel TEXT NOT NULL,
    lang TEXT NOT NULL,
    answer_lang TEXT NOT NULL,
    question TEXT NOT NULL,
    question_key TEXT NOT NULL,
    terms TEXT NOT NULL,
    redactions INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT,
    score REAL NOT NULL,
    level TEXT NOT NULL,
    article_id TEXT,
    category TEXT,
    gap_id TEXT,
    index_revision TEXT NOT NULL,
    embed_ms REAL NOT NULL,
    retrieve_ms REAL NOT NULL,
    answer_ms REAL NOT NULL,
    total_ms REAL NOT NULL,
    page_url TEXT,
    document TEXT NOT NULL
);
CREATE INDEX questions_by_time ON questions (at);
CREATE INDEX questions_by_conversation ON questions (conversation_id, at);
CREATE INDEX questions_by_visitor ON questions (visitor) WHERE visitor IS NOT NULL;

CREATE TABLE shown_passages (
    question_id TEXT NOT NULL REFERENCES questions (id) ON DELETE CASCADE,
    passage_id TEXT NOT NULL,
    article_id TEXT NOT NULL,
    use TEXT NOT NULL CHECK (use IN ('cited', 'suggested', 'considered')),
    position INTEGER NOT NULL,
    PRIMARY KEY (question_id, passage_id)
) WITHOUT ROWID;
CREATE INDEX shown_by_article ON shown_passages (article_id, use);

CREATE TABLE vote_events (
    id INTEGER PRIMARY KEY,
    answer_id TEXT NOT NULL REFERENCES questions (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    rating TEXT CHECK (rating IN ('up', 'down')),
    reasons TEXT NOT NULL,
    comment TEXT NOT NULL,
    resolved INTEGER
);
CREATE INDEX vote_events_by_answer ON vote_events (answer_id, id);

CREATE TABLE votes (
    answer_id TEXT PRIMARY KEY REFERENCES questions (id) ON DELETE CASCADE,
    event_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    rating TEXT NOT NULL CHECK (rating IN ('up', 'down')),
    reasons TEXT NOT NULL,
    comment TEXT NOT NULL,
    resolved INTEGER
);

CREATE TABLE gaps (
    id TEXT PRIMARY KEY,
    label TEXT NOT NULL,
    lang TEXT NOT NULL,
    status TEXT NOT NULL,
    cause TEXT NOT NULL,
    cause_evidence TEXT NOT NULL,
    owner TEXT,
    merged_into TEXT REFERENCES gaps (id),
    representative TEXT NOT NULL,
    terms TEXT NOT NULL,
    vector BLOB,
    encoder TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
CREATE INDEX gaps_by_target ON gaps (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE signals (
    id TEXT PRIMARY KEY,
    external_id TEXT UNIQUE,
    gap_id TEXT NOT NULL REFERENCES gaps (id),
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    answer_id TEXT,
    conversation_id TEXT,
    visitor TEXT,
    channel TEXT NOT NULL,
    lang TEXT NOT NULL,
    question TEXT NOT NULL,
    question_key TEXT NOT NULL,
    article_id TEXT,
    reason TEXT,
    tags TEXT NOT NULL
);
CREATE INDEX signals_by_gap ON signals (gap_id, at);
CREATE INDEX signals_by_time ON signals (at, gap_id, kind, visitor, conversation_id);
CREATE INDEX signals_by_answer ON signals (answer_id) WHERE answer_id IS NOT NULL;
CREATE INDEX signals_by_conversation ON signals (conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX signals_by_visitor ON signals (visitor) WHERE visitor IS NOT NULL;

CREATE TABLE gap_questions (
    gap_id TEXT NOT NULL REFERENCES gaps (id) ON DELETE CASCADE,
    question_key TEXT NOT NULL,
    question TEXT NOT NULL,
    lang TEXT NOT NULL,
    count INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (gap_id, question_key)
) WITHOUT ROWID;

CREATE TABLE gap_history (
    id INTEGER PRIMARY KEY,
    gap_id TEXT NOT NULL REFERENCES gaps (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    field TEXT NOT NULL,
    before TEXT,
    after TEXT,
    note TEXT NOT NULL
);
CREATE INDEX gap_history_by_gap ON gap_history (gap_id, id);
CREATE INDEX gap_history_by_time ON gap_history (at);

CREATE TABLE erasures (
    kind TEXT NOT NULL CHECK (kind IN ('conversation', 'visitor')),
    key TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;

CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('secret', 'public')),
    scopes TEXT NOT NULL,
    origins TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    last_four TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
);
