"""Rounds of pairs for up to a few hundred people: exact, on all pairs at once, with nothing to compile."""
