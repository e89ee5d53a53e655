-- Who had a signal of a gap, when first and when last: people in a period are counted here, without reading every signal.
-- A person is the visitor's key, else the conversation, else the signal itself. Triggers keep the table, so that nothing
-- that stores, moves or removes signals can forget it. Owners who flag a gap are no visitors: such a signal is a person of its
-- own whom no period has seen.
CREATE TABLE gap_people (
    gap_id TEXT NOT NULL,
    person TEXT NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (gap_id, person)
) WITHOUT ROWID;
INSERT INTO gap_people (gap_id, person, first_at, last_at)
SELECT gap_id, coalesce(visitor, conversation_id, id), min(at), max(at) FROM signals GROUP BY 1, 2;
CREATE INDEX signals_by_person ON signals (gap_id, coalesce(visitor, conversation_id, id), at);
CREATE INDEX signals_by_kind ON signals (gap_id, kind, at);
-- What the board is chosen by, without the vectors that the table holds.
CREATE INDEX gaps_board ON gaps (merged_into, id, status, cause, lang, owner, assignee, due_on);
CREATE INDEX signals_for_person ON signals (gap_id, at, kind) WHERE kind = 'asked_for_person';

CREATE TRIGGER gap_people_added AFTER INSERT ON signals BEGIN
    INSERT INTO gap_people (gap_id, person, first_at, last_at)
    VALUES (new.gap_id, coalesce(new.visitor, new.conversation_id, new.id),
            iif(new.kind = 'owner_flag', 0, new.at), iif(new.kind = 'owner_flag', 0, new.at))
    ON CONFLICT (gap_id, person)
    DO UPDATE SET first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at);
END;
CREATE TRIGGER gap_people_removed AFTER DELETE ON signals BEGIN
    DELETE FROM gap_people
    WHERE gap_id = old.gap_id AND person = coalesce(old.visitor, old.conversation_id, old.id);
    INSERT INTO gap_people (gap_id, person, first_at, last_at)
    SELECT old.gap_id, coalesce(old.visitor, old.conversation_id, old.id), min(at), max(at) FROM signals
    WHERE gap_id = old.gap_id
      AND coalesce(visitor, conversation_id, id) = coalesce(old.visitor, old.conversation_id, old.id)
    HAVING max(at) IS NOT NULL;
END;
CREATE TRIGGER gap_people_moved AFTER UPDATE OF gap_id, visitor, conversation_id, at ON signals BEGIN
    DELETE FROM gap_people
    WHERE gap_id = old.gap_id AND person = coalesce(old.visitor, old.conversation_id, old.id);
    INSERT INTO gap_people (gap_id, person, first_at, last_at)
    SELECT old.gap_id, coalesce(old.visitor, old.conversation_id, old.id), min(at), max(at) FROM signals
    WHERE gap_id = old.gap_id
      AND coalesce(visitor, conversation_id, id) = coalesce(old.visitor, old.conversation_id, old.id)
    HAVING max(at) IS NOT NULL;
    INSERT INTO gap_people (gap_id, person, first_at, last_at)
    VALUES (new.gap_id, coalesce(new.visitor, new.conversation_id, new.id),
            iif(new.kind = 'owner_flag', 0, new.at), iif(new.kind = 'owner_flag', 0, new.at))
    ON CONFLICT (gap_id, person)
    DO UPDATE SET first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at);
END;
