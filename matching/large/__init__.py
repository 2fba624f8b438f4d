"""Pairs for any number of people in nearly linear time.

`start` deals teams against each other, `repair` and `augment` mend what rules forbid, `shake` is the lottery among
equals, and `candidates`, `climb` look for the best interest score; `engine` puts them in order.
"""
