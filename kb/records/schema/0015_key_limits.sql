-- How often a key may call, in the notation of the limits package; null: as often as the setting for all keys allows.
ALTER TABLE keys ADD COLUMN rate_limit TEXT;
