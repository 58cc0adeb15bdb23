"""What the client receives: the reading as a PDF and the message that carries it, both in French."""
