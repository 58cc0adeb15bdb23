"""Rows become figures: pure functions, no database, no screen. A figure is plain data that plotly understands."""
