-- What is counted of each gap's signals for its cause, so that a signal costs the same whatever came before it. Triggers keep the
-- counts, so that nothing that stores, moves or removes signals can forget them.
CREATE TABLE gap_counts (
    gap_id TEXT NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('kind', 'reason', 'tag', 'article')),
    value TEXT NOT NULL,                              -- '' for article: some article came near
    count INTEGER NOT NULL,
    PRIMARY KEY (gap_id, what, value)
) WITHOUT ROWID;
CREATE VIEW counted_signals AS
SELECT id, gap_id, 'kind' AS what, kind AS value FROM signals
UNION ALL SELECT id, gap_id, 'reason', reason FROM signals WHERE reason IS NOT NULL
UNION ALL SELECT id, gap_id, 'article', '' FROM signals WHERE article_id IS NOT NULL
UNION ALL SELECT s.id, s.gap_id, 'tag', t.value FROM signals s, json_each(s.tags) t;
INSERT INTO gap_counts (gap_id, what, value, count)
SELECT gap_id, what, value, count(*) FROM counted_signals GROUP BY gap_id, what, value;

CREATE TRIGGER gap_counts_added AFTER INSERT ON signals BEGIN
    INSERT INTO gap_counts (gap_id, what, value, count)
    SELECT gap_id, what, value, 1 FROM counted_signals WHERE id = new.id
    ON CONFLICT (gap_id, what, value) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER gap_counts_removed BEFORE DELETE ON signals BEGIN
    UPDATE gap_counts SET count = count - 1
    WHERE (gap_id, what, value) IN (SELECT gap_id, what, value FROM counted_signals WHERE id = old.id);
    DELETE FROM gap_counts WHERE gap_id = old.gap_id AND count <= 0;
END;
CREATE TRIGGER gap_counts_leave BEFORE UPDATE OF gap_id, kind, reason, article_id, tags ON signals BEGIN
    UPDATE gap_counts SET count = count - 1
    WHERE (gap_id, what, value) IN (SELECT gap_id, what, value FROM counted_signals WHERE id = old.id);
    DELETE FROM gap_counts WHERE gap_id = old.gap_id AND count <= 0;
END;
CREATE TRIGGER gap_counts_come AFTER UPDATE OF gap_id, kind, reason, article_id, tags ON signals BEGIN
    INSERT INTO gap_counts (gap_id, what, value, count)
    SELECT gap_id, what, value, 1 FROM counted_signals WHERE id = new.id
    ON CONFLICT (gap_id, what, value) DO UPDATE SET count = count + 1;
END;
