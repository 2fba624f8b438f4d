"""Groups of three to six: schedules that algebra and search have found, and a search for every other round.

bank, formulas, rings            schedules without a repeat for g groups of k; `hunt*` found those in bank.txt
plan                             a whole schedule for a community, its people in random places
past, colours, recognise, ahead  playing a schedule round by round, from the history alone
shapes, prices, scores, exact    what a round costs and is worth; every round of up to ten people
deal, swaps                      a start, and swaps in plain Python
search, kernels, finish, rescue  the search: swaps compiled, lawful groups in the end, groups from scratch
engine                           `draw`, the face
"""
