-- Who a caller's customer talked with us as, in whatever channel: a keyed hash of the caller's name of that person.
CREATE TABLE person_conversations (
    person TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (person, conversation_id)
) WITHOUT ROWID;
CREATE INDEX person_conversations_by_time ON person_conversations (last_at);
CREATE INDEX person_conversations_by_conversation ON person_conversations (conversation_id);

-- A check cannot be changed in place.
CREATE TABLE erasures_of_people (
    kind TEXT NOT NULL CHECK (kind IN ('conversation', 'visitor', 'person')),
    key TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;
INSERT INTO erasures_of_people SELECT kind, key, at FROM erasures;
DROP TABLE erasures;
ALTER TABLE erasures_of_people RENAME TO erasures;

-- Questions that were sent with an Idempotency-Key: a hash of the key, and one of what was sent under it.
CREATE TABLE answer_requests (
    request_key TEXT PRIMARY KEY,
    request_hash TEXT NOT NULL,
    answer_id TEXT NOT NULL REFERENCES questions (id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX answer_requests_by_answer ON answer_requests (answer_id);

ALTER TABLE keys ADD COLUMN expires_at INTEGER;
ALTER TABLE keys ADD COLUMN last_used_at INTEGER;                 -- to the minute
