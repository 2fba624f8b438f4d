"""Us against graph libraries and real peers, in one run on one machine: `python -m benchmarks.race --help`."""
