"""The JSON API for organisers: handlers of a few lines, each behind a declared scope."""
