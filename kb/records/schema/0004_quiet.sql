-- What was shown and may have led nowhere, and who asked again: judged when it is due, then forgotten.
CREATE TABLE unjudged (
    task TEXT NOT NULL CHECK (task IN ('suggested', 'search', 'again')),
    id TEXT NOT NULL,                                 -- of the answer or of the search
    due INTEGER NOT NULL,
    PRIMARY KEY (task, id)
) WITHOUT ROWID;
CREATE INDEX unjudged_by_due ON unjudged (due);

-- What one visitor asked, searched and opened within minutes.
DROP INDEX questions_by_visitor;
CREATE INDEX questions_by_visitor ON questions (visitor, at, outcome) WHERE visitor IS NOT NULL;
DROP INDEX openings_by_visitor;
CREATE INDEX openings_by_visitor ON openings (visitor, at) WHERE visitor IS NOT NULL;
