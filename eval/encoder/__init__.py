"""Trains the Chinese half of the bilingual encoder: ``python -m eval.encoder`` writes ``kb/models/bilingual``."""
