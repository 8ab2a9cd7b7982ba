"""The parts of a page, one module each; a module with a ``PART`` is found by itself."""
