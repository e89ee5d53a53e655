-- Whether an article itself helped: one vote for each person, article and day (a visitor's key changes daily).
CREATE TABLE article_votes (
    article_id TEXT NOT NULL,
    visitor TEXT NOT NULL,
    at INTEGER NOT NULL,
    rating TEXT NOT NULL CHECK (rating IN ('up', 'down')),
    reasons TEXT NOT NULL DEFAULT '[]',
    comment TEXT NOT NULL DEFAULT '',                 -- masked
    content_hash TEXT NOT NULL DEFAULT '',            -- of the article that was read
    PRIMARY KEY (article_id, visitor)
) WITHOUT ROWID;
CREATE INDEX article_votes_at ON article_votes (at);
CREATE INDEX article_votes_visitor ON article_votes (visitor);
