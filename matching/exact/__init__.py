"""The exact engine for pairs of 50 to about 5,000 people: price and repair around Edmonds' weighted blossoms.

Read in this order: `heap.py`, `halves.py` (matchings of whole and half edges), `state.py`, `blossoms.py` (shrink and
expand), `search.py` (one alternating tree), `blossom.py` (the heaviest matching of a list of edges), `rows.py` (weights
of all pairs, a row at a time), `looks.py` (which pairs matter), `pricing.py` (the optimum of the complete graph),
`threes.py` and `hopes.py` (what a trio weighs, and which could be best), `trio.py`, `islands.py`, `engine.py`.
"""
