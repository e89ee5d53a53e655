-- Where it was opened: whether openings are reported for a channel at all.
ALTER TABLE openings ADD COLUMN channel TEXT NOT NULL DEFAULT '';
CREATE INDEX openings_by_channel ON openings (channel, at) WHERE source_id IS NOT NULL;
