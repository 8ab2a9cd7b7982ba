"""BLIF, the Berkeley Logic Interchange Format, without registers."""
