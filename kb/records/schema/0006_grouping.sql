-- What each wording is grouped by; gone with the last question that used it.
CREATE TABLE wordings (
    question_key TEXT PRIMARY KEY,
    terms TEXT NOT NULL,                              -- JSON
    vector BLOB,                                      -- values times 4,096 as 16-bit integers, little-endian
    encoder TEXT                                      -- fingerprint of the model that made the vector
);
INSERT OR IGNORE INTO wordings (question_key, terms)
SELECT q.question_key, CASE WHEN q.question = g.representative THEN g.terms ELSE '[]' END
FROM gap_questions q JOIN gaps g ON g.id = q.gap_id ORDER BY q.question = g.representative DESC;
CREATE INDEX gap_questions_by_key ON gap_questions (question_key, gap_id);

-- What the directories of running processes have to take in: a wording that came, or a gap to read again (no key).
CREATE TABLE gap_changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    gap_id TEXT NOT NULL,
    question_key TEXT
);
CREATE INDEX gap_changes_by_key ON gap_changes (question_key) WHERE question_key IS NOT NULL;
CREATE TRIGGER gap_wording_added AFTER INSERT ON gap_questions BEGIN
    INSERT INTO gap_changes (gap_id, question_key) VALUES (new.gap_id, new.question_key);
END;
CREATE TRIGGER gap_wording_removed AFTER DELETE ON gap_questions BEGIN
    INSERT INTO gap_changes (gap_id) VALUES (old.gap_id);
    UPDATE gap_changes SET question_key = NULL WHERE question_key = old.question_key;
    DELETE FROM wordings WHERE question_key = old.question_key
        AND NOT EXISTS (SELECT 1 FROM gap_questions q WHERE q.question_key = old.question_key);
    DELETE FROM gap_pins WHERE question_key = old.question_key
        AND NOT EXISTS (SELECT 1 FROM gap_questions q WHERE q.question_key = old.question_key);
END;
CREATE TRIGGER gap_moved AFTER UPDATE OF merged_into, representative ON gaps BEGIN
    INSERT INTO gap_changes (gap_id) VALUES (new.id);
END;
CREATE TRIGGER gap_removed AFTER DELETE ON gaps BEGIN
    INSERT INTO gap_changes (gap_id) VALUES (old.id);
END;
