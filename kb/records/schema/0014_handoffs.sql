-- Requests for a person, each with what the person who takes it over should know.
CREATE TABLE handoffs (
    id TEXT PRIMARY KEY,                              -- sorts by time
    at INTEGER NOT NULL,
    status TEXT NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'delivered', 'acknowledged', 'failed')),
    acknowledged_at INTEGER,
    acknowledged_by TEXT,
    conversation_id TEXT,                             -- null: nothing was asked here before
    answer_id TEXT,                                   -- the answer under which a person was asked for
    visitor TEXT,
    channel TEXT NOT NULL,
    lang TEXT NOT NULL,
    category TEXT,
    urgency TEXT NOT NULL CHECK (urgency IN ('normal', 'high')),
    gap_id TEXT,                                      -- as it was when a person was asked for
    question TEXT NOT NULL,                           -- masked, like everything in packet
    page_url TEXT,                                    -- without its query
    packet TEXT NOT NULL,                             -- JSON
    contact BLOB,                                     -- encrypted; null: none was given
    event_id TEXT NOT NULL,
    request_key TEXT UNIQUE,                          -- hash of the caller's Idempotency-Key, null without one
    request_hash TEXT NOT NULL                        -- of what was sent: a key is for one request
);
CREATE INDEX handoffs_by_time ON handoffs (at);
CREATE INDEX handoffs_by_event ON handoffs (event_id);
CREATE INDEX handoffs_open ON handoffs (at) WHERE acknowledged_at IS NULL;
CREATE INDEX handoffs_by_conversation ON handoffs (conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX handoffs_by_visitor ON handoffs (visitor) WHERE visitor IS NOT NULL;
-- A hand-over is delivered when one receiver has it, and failed when none has it and none will be tried again.
CREATE TRIGGER handoffs_told AFTER UPDATE OF next_at, delivered_at ON deliveries BEGIN
    UPDATE handoffs SET status = CASE
        WHEN EXISTS (SELECT 1 FROM deliveries WHERE event_id = new.event_id AND delivered_at IS NOT NULL) THEN 'delivered'
        WHEN EXISTS (SELECT 1 FROM deliveries WHERE event_id = new.event_id AND next_at IS NOT NULL) THEN 'queued'
        ELSE 'failed' END
    WHERE event_id = new.event_id AND acknowledged_at IS NULL;
END;
