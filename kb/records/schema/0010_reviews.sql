-- What owners said of single answers. It outlives the answers: nothing in it tells of the one who asked.
CREATE TABLE reviews (
    answer_id TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('right', 'wrong')),
    drawn INTEGER NOT NULL,                           -- 1: drawn by chance, 0: looked up by its vote
    outcome TEXT NOT NULL,
    score REAL NOT NULL,
    lang TEXT NOT NULL
) WITHOUT ROWID;
-- Answers are drawn from this index alone, without reading the questions.
CREATE INDEX questions_to_draw ON questions (outcome, score, at, lang, channel, id);
