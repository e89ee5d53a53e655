"""One answer at every door: the same questions asked everywhere, and what differs."""
