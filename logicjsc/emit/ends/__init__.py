"""What stands in front of and behind a network: encoder and argmax."""
