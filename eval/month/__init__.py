"""A month of a help desk, invented from the query sets with needs and missing articles that are known."""
