"""Real-life searches, typed by hand, over a small client base whose people resemble each other."""
