"""Committed networks: their figures, how these are measured, and the checks that they hold."""
