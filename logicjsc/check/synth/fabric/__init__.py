"""Place and route on a fabric that is described by our own delays."""
