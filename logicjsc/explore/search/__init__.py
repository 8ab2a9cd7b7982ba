"""Search for networks that are accurate, small and fast at once, on one machine or on many."""
