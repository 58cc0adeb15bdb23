"""Invented data that looks like the real thing: for the demo, the tests and the measurements."""
