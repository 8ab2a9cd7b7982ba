"""Circuits whose table contents are loaded at run time, and the images that are loaded."""
