"""Platforms that call us: each sends what a visitor said in its own shape, and gets the one answer back in its own shape."""
