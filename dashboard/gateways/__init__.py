"""The world outside: each gateway is a small protocol with one real implementation, chosen by the settings."""
