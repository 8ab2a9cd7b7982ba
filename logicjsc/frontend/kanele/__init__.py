"""KANELÉ: Kolmogorov-Arnold networks as a table per edge, added up and saturated."""
