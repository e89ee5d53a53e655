-- Messages that a platform sent us and that are answered through its own API, each once.
CREATE TABLE inbound_messages (
    id TEXT PRIMARY KEY,                              -- the platform's name of it, so that a repeated delivery is known
    conversation TEXT NOT NULL,                       -- the platform's name of where it was said
    at INTEGER NOT NULL,
    asked TEXT NOT NULL,                              -- JSON, words masked; '{}' once it is answered
    steps TEXT,                                       -- JSON: calls of the platform's API, in order; null: not answered yet
    done INTEGER NOT NULL DEFAULT 0,                  -- steps that were carried out
    uncertain TEXT,                                   -- hash of the words of a step that may have been carried out
    choices TEXT NOT NULL DEFAULT '{}',               -- JSON: what the buttons that were shown mean, by their words
    attempts INTEGER NOT NULL DEFAULT 0,              -- of the step that is next
    next_at INTEGER,                                  -- when it is due; null: finished or given up
    error TEXT
);
CREATE INDEX inbound_messages_due ON inbound_messages (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX inbound_messages_by_conversation ON inbound_messages (conversation, at);
