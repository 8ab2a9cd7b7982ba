"""Static timing of LUT networks: delays of parts, and the longest path between registers."""
