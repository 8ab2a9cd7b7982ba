"""Networks to train: sparse quantised ones that become truth tables, dense float ones to compare.

Importing this package does not import torch; its modules do.
"""
