"""Why nothing beats a round: figures counted from its groups, beside bounds from arguments of their own.

Nothing here is shared with `solve` and its engines but the data (`columns`, `drawn`) and the rules (`rules`).

pairs.py      what the columns say about a list of pairs          figures.py   what a round costs, counted
matrix.py     the same for rows of all pairs                      graph.py     who may be paired, row by row
barrier.py    Edmonds' search for a set that proves how many must stay single, and its check
cardinal.py   left out, repeats and same team from barriers       spread.py    counting arguments without a graph
witness.py    checks the dual values that an engine hands over    again.py     small rounds solved again
assignment.py a dual bound on the score of our own                topical.py   a bound from topics, at any size
trios.py      the most that a trio adds to those dual values
"""
