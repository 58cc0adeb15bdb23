"""Rows become pixels here: views get what they show, return what was chosen, and fetch nothing."""
