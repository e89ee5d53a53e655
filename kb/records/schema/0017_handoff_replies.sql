-- Who a request for a person goes to, and what a person answered.
ALTER TABLE handoffs ADD COLUMN topic TEXT;           -- of the policy, null: none
ALTER TABLE handoffs ADD COLUMN team TEXT;            -- of the policy, null: nobody in particular
CREATE INDEX handoffs_by_gap ON handoffs (gap_id) WHERE gap_id IS NOT NULL;
CREATE TABLE handoff_replies (
    id TEXT PRIMARY KEY,                              -- sorts by time
    handoff_id TEXT NOT NULL REFERENCES handoffs (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,                                -- never shown to the visitor
    text TEXT NOT NULL,                               -- masked
    lang TEXT NOT NULL,
    event_id TEXT NOT NULL,
    request_key TEXT UNIQUE,                          -- hash of the caller's Idempotency-Key, null without one
    request_hash TEXT NOT NULL
);
CREATE INDEX handoff_replies_by_handoff ON handoff_replies (handoff_id, id);
