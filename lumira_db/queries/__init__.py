"""Reads: functions that take a session first and return frozen rows."""
