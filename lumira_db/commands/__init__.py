"""Writes: one business verb a function; the session comes first and is committed only by the door."""
