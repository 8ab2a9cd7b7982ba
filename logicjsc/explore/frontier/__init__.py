"""Accuracy against area: our points, the zoo's and published ones, in one table and one picture."""
