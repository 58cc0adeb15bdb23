"""The Desk: everything around the screens."""
