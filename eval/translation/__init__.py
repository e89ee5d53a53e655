"""Learning which English term and which Chinese word stand for each other; see ``python -m eval.translation --help``."""
