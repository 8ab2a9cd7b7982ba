"""Families of neurons: their settings, and how they become modules and tables; one file each.

Importing a family does not import torch; its `Family.make` does.
"""
