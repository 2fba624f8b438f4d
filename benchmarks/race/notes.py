"""The words of docs/benchmark.md that are not figures."""

HOW = """\
Who races:

- **Coffee Trial**: `match`, as the service calls it, certificate included.
- **NetworkX, best of plain**: the complete graph with whole-number weights that hold our order of aims, maximum
  cardinality; the odd one, who has been in the fewest trios, joins the cheapest pair. What a careful person would
  write.
- **rustworkx, complete graph**: the same with the compiled library.
- **colette 0.3.1**: the published command, from the package index, in an environment and a process of its own. It
  stops its solver after 30 s. Its seconds are those of the clock, its start included.
- **Yelp Beans' rule**: our own rendering of its rule for pairs, written from a description: NetworkX's largest
  matching over people who have not met within ten weeks and are of different departments. Not its code, and not
  its service.
- **greedy shuffle**: each takes whoever is free and costs least. **plain shuffle**: neighbours in a random list.

`.venv/bin/python -m benchmarks.race` repeats all of it in about half an hour on a quiet machine (it fetches colette
into `benchmarks/.cache/`), `--small` in some seconds at toy sizes, `--only scale` one part. Every job is a process
of its own, one after the other, with one thread. Seconds are CPU seconds of that process, medians over runs and
seeds. `.venv/bin/python -m benchmarks.race --render benchmarks/results/race.json` writes this page from the stored
figures."""

SINGLE = """\
Power-law teams, eight rounds of history, four topics of each sort, languages, blocks; the same instance for
everybody. The libraries are timed from the finished graph to the matching, and we from the pool to the
certificate. colette and Beans know nothing of topics: their score is chance."""

ROUNDS = """\
Left out is a share of all seats; repeats and same team are shares of all pairs, and a trio is three pairs; all
over all rounds and seeds. Worst sit-outs: how often the unluckiest person of all seeds stayed at home. Seconds are
for one round, with its graph or pool. Peers run with their own defaults: colette and Beans look back ten rounds.
From 60 people on colette plays one seed."""

HORIZON = """\
The same people every time: rounds before the first with a repeat, an empty chair or, with equal teams, a pair
inside a team. The worst seed, out of as many rounds as exist. Whoever forgets is told to remember everything here."""

SCALE = """\
Ourselves alone: arrays in, groups and certificate out, CPU seconds in one process that does nothing else. The picture
above joins this part to the first."""

NOT_MEASURED = """\
## What is not measured

- Whether people like whom they meet. No matcher's figures say that.
- Peers' services: sign-up, mails, dashboards. Only who meets whom.
- chat-roulette (it draws inside Postgres), and others that have no command or library to call.
- Beans' groups, colette's roles and overrides, our circles of three to six.
- Interests in part 2: people there have teams and a past, which is what the peers know of them.
- Other machines. Ratios travel better than seconds."""
