"""Shared test machinery: real servers that tests start and stop."""
