"""Groups of three to six: schedules that algebra and search have found, and a search for every other round.

bank, formulas, rings            schedules without a repeat for g groups of k; `hunt*` found those in bank.txt
plan                             a whole schedule for a community, its people in random places
past, resolve, orders            the rounds of a history and of shadow draws, and which of a schedule they may be
colours, recognise, ahead        playing a schedule round by round, from the history alone
shapes, prices, scores, exact    what a round costs and is worth; every round of up to ten people
deal, swaps                      a start, and swaps in plain Python
search, kernels, climb           the search: swaps compiled
finish, rescue                   lawful groups in the end, groups from scratch
engine                           `draw`, the face
"""
