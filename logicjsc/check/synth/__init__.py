"""Area and speed of a circuit, as our own mapper and other people's tools see it."""
