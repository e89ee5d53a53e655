-- What is left of questions that were purged: counts by day (days since 1970-01-01, UTC), nothing of any one person.
-- In a filter column '=x' stands for the value x, '=' for no category, and '' for every value together.
CREATE TABLE rollup_days (
    lang TEXT NOT NULL,
    channel TEXT NOT NULL,
    category TEXT NOT NULL,
    day INTEGER NOT NULL,
    tally TEXT NOT NULL,                              -- JSON: what kb.records.tally counts
    PRIMARY KEY (lang, channel, category, day)
) WITHOUT ROWID;
CREATE TABLE rollup_articles (
    day INTEGER NOT NULL,
    lang TEXT NOT NULL,
    channel TEXT NOT NULL,
    category TEXT NOT NULL,
    article_id TEXT NOT NULL,
    cited INTEGER NOT NULL,
    suggested INTEGER NOT NULL,
    up INTEGER NOT NULL,
    down INTEGER NOT NULL,
    PRIMARY KEY (day, lang, channel, category, article_id)
) WITHOUT ROWID;
-- Only wordings that several people used on that day.
CREATE TABLE rollup_questions (
    day INTEGER NOT NULL,
    lang TEXT NOT NULL,
    channel TEXT NOT NULL,
    category TEXT NOT NULL,
    question_key TEXT NOT NULL,
    question TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (day, lang, channel, category, question_key)
) WITHOUT ROWID;
-- What happened to gaps that went with their last signal.
CREATE TABLE rollup_gaps (
    day INTEGER NOT NULL,
    lang TEXT NOT NULL,
    opened INTEGER NOT NULL,
    verified INTEGER NOT NULL,
    reopened INTEGER NOT NULL,
    PRIMARY KEY (day, lang)
) WITHOUT ROWID;

-- Reports read these alone and leave the wide rows of the questions where they are.
DROP INDEX questions_by_time;
CREATE INDEX questions_for_counts ON questions (
    at, id, lang, channel, category, outcome, conversation_id, visitor, total_ms
);
CREATE INDEX questions_for_words ON questions (at, lang, channel, category, question_key, terms);
CREATE INDEX shown_and_used ON shown_passages (question_id, article_id, use) WHERE use IN ('cited', 'suggested');
