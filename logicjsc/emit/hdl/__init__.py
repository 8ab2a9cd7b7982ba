"""Pieces of hardware descriptions that ends and networks are written with."""
