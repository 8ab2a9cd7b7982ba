"""Training a network and keeping what came of it.

Importing this package does not import torch; its modules do, except `rundir`.
"""
