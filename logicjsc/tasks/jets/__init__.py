"""Jet substructure classification: 16 features of an LHC jet, five classes."""
