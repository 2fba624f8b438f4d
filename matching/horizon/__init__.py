"""How long a community can go on without anyone meeting twice, and rounds drawn so that it does.

fresh.py        who may still meet for the first time: counted for any size, as a matrix for up to 2,500 people
perfect.py      a random perfect matching of a sparse graph
split.py        a graph into as many disjoint perfect matchings as everybody has partners left
pieces.py       the parts of a community whose last rounds are worth planning
ahead.py        planned rounds, and whether a drawn round leaves the rest plannable
search.py       tiny pools: all histories
count.py        bounds by counting and by theorems
left.py         how many rounds are left, in numbers and words
"""

from matching.horizon.ahead import ahead, keeps_horizon, secure
from matching.horizon.fresh import fresh_partners
from matching.horizon.left import RoundsLeft, rounds_left

__all__ = ["RoundsLeft", "ahead", "fresh_partners", "keeps_horizon", "rounds_left", "secure"]
