"""Coming in: passwords, sign-in, sessions, and the guard in front of everything."""
