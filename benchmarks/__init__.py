"""What ``make bench`` runs: the real server, measured through the websocket that a browser would use."""
