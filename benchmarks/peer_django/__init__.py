"""The peer of the search: Django's admin over the same tables, in an environment of its own."""
