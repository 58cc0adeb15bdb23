"""Invented data that looks like the real thing: for the demo, the tests and the measurements."""

VERSION = 2
"""Goes up when the rows change that a seed makes: what was kept of an older one is made again."""
