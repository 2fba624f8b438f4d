"""Loops that every large engine shares, compiled where numba is there: the lot, the tests of a pair, its score."""
