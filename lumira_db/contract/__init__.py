"""The database contract with the platform, and the comparison of a live database against it."""
