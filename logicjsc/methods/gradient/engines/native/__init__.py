"""A whole training step in compiled C++: what it needs of a network, how it is built and called."""
