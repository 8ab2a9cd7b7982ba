"""The public face for Python: what the commands do, in as few lines; see `logicjsc`."""
