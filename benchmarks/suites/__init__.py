"""The suites of ``make bench``: each fills what it needs, measures, and hands back tables and data."""
