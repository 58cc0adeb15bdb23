"""What the screens of figures show: what their address means, what they read, and what they draw of it."""
