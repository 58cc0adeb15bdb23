"""The screens, one file each: gate, read, draw, offer."""
